/**
 * Hosts from which vendors tell people to install software, `curl | sh` included. Written from general knowledge of
 * their installation pages (November 2026), not fetched from them: an entry that is missing costs a finding, one too many
 * lowers the confidence of a finding that is still raised. Hosts where strangers may upload stay out, except release
 * files on github.com, which the label policy counts as benign.
 */
import { parseUrl } from "./addresses.ts";

/** Hosts that one publisher controls. */
const hosts: ReadonlySet<string> = new Set(
  "get.docker.com download.docker.com sh.rustup.rs static.rust-lang.org deb.nodesource.com rpm.nodesource.com nodejs.org get.k3s.io get.rke2.io get.helm.sh dl.k8s.io packages.microsoft.com aka.ms azurecliprod.blob.core.windows.net dot.net builds.dotnet.microsoft.com install.python-poetry.org astral.sh bootstrap.pypa.io pyenv.run tailscale.com pkgs.tailscale.com get.pnpm.io bun.sh deno.land ollama.com get.netdata.cloud my-netdata.io packages.cloud.google.com sdk.cloud.google.com dl.google.com apt.releases.hashicorp.com releases.hashicorp.com get.pulumi.com awscli.amazonaws.com repo.anaconda.com repo.continuum.io micro.mamba.pm getcomposer.org get.sdkman.io nixos.org install.determinate.systems starship.rs mise.jdx.dev mise.run get.volta.sh cli.github.com get.portainer.io downloads.portainer.io install.pi-hole.net get.pivpn.io raspberrypi.org get.balena.io packages.wazuh.com artifacts.elastic.co packages.grafana.com dl.influxdata.com repos.influxdata.com install.crowdsec.net packages.gitlab.com download.opensuse.org dl.fedoraproject.org ftp.gnu.org www.kernel.org cdn.kernel.org sentry.io cli.sentry.dev update.code.visualstudio.com go.dev golang.org dl-cdn.alpinelinux.org dl.yarnpkg.com yarnpkg.com archive.apache.org downloads.apache.org download.oracle.com ollama.ai linkerd.io run.linkerd.io istio.io fluxcd.io get.okteto.com code-server.dev webi.sh".split(
    " ",
  ),
);

/** Owners on code-hosting sites whose raw files are documented installers: `<owner>/<repository>`. */
const repositories: ReadonlySet<string> = new Set([
  "homebrew/install",
  "nvm-sh/nvm",
  "creationix/nvm",
  "ohmyzsh/ohmyzsh",
  "robbyrussell/oh-my-zsh",
  "helm/helm",
  "rancher/k3d",
  "k3d-io/k3d",
  "pyenv/pyenv-installer",
  "golangci/golangci-lint",
  "anchore/grype",
  "anchore/syft",
  "aquasecurity/trivy",
  "kubernetes-sigs/kustomize",
  "home-assistant/supervised-installer",
  "pi-hole/pi-hole",
  "azure/iotedge",
  "azure/azure-iotedge",
  "microsoft/vscode-dev-containers",
  "devcontainers/features",
  "tj/n",
  "junegunn/vim-plug",
  "docker/docker-install",
]);

/** Does a URL belong to a publisher, over https? */
function fromPublisher(url: string): boolean {
  const parsed = parseUrl(url);
  if (!parsed || (parsed.scheme !== "https" && parsed.scheme !== "")) return false;
  if (hosts.has(parsed.host)) return true;
  const [, owner = "", repository = "", third] = parsed.path.toLowerCase().split("/", 4);
  if (parsed.host === "raw.githubusercontent.com") return repositories.has(`${owner}/${repository}`);
  return parsed.host === "github.com" && third === "releases";
}

/** Do all of these come from publishers? */
export function allFromPublishers(urls: readonly string[]): boolean {
  return urls.length > 0 && urls.every(fromPublisher);
}
