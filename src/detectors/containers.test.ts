import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContainerDetail, DockerListener, Fact } from "../events/fact.ts";
import { cryptoMinerContainerImageCommand } from "./crypto-miner-container-image.command.ts";
import { cryptoMinerContainerImage } from "./crypto-miner-container-image.ts";
import type { Context, Detector, Match } from "./detector.ts";
import { exposedDockerDaemonCommand } from "./exposed-docker-daemon.command.ts";
import { exposedDockerDaemon } from "./exposed-docker-daemon.ts";
import { imageReference, isAllowed } from "./knowledge/image-reference.ts";
import { minerImage } from "./knowledge/miner-images.ts";
import { minerSetting } from "./knowledge/miner-settings.ts";
import { privilegedContainerCommand } from "./privileged-container.command.ts";
import { privilegedContainer } from "./privileged-container.ts";

const context: Context = {
  threats: {
    address: () => undefined,
    domain: () => undefined,
    url: () => undefined,
    image: (reference) => (reference.startsWith("evil/") ? { list: "mine", entry: "evil/*" } : undefined),
  },
  userName: () => undefined,
};

function judge(detector: Detector, fact: Fact, settings: object = {}): Match[] {
  const judged = detector.start(detector.settings.parse(settings), context).judge(fact);
  return judged === undefined ? [] : Array.isArray(judged) ? [...judged] : [judged as Match];
}

const container = (detail: Partial<ContainerDetail> = {}): Fact => ({
  kind: "container.started",
  at: 1,
  container: {
    id: "c".repeat(64),
    name: "web",
    image: "acme/app:1",
    imageId: "sha256:11",
    repoDigests: ["acme/app@sha256:22"],
    privileged: false,
    capAdd: [],
    binds: [],
    labels: {},
    command: [],
    entrypoint: [],
    environment: [],
    ...detail,
  },
});

const run = (...argv: string[]): Fact => ({
  kind: "process.started",
  at: 1,
  process: { pid: 2, ppid: 1, exe: `/usr/bin/${argv[0]}`, argv },
});
const shell = (line: string) => run("sh", "-c", line);

describe("privileged container", () => {
  test("the flag raises, what only looks like it does not", () => {
    expect(judge(privilegedContainer, container({ privileged: true }))).toMatchObject([
      { subject: "image acme/app:1", confidence: "high" },
    ]);
    const near = { capAdd: ["ALL"], pidMode: "host", binds: ["/:/host", "/var/run/docker.sock:/var/run/docker.sock"] };
    expect(judge(privilegedContainer, container(near))).toEqual([]);
  });

  test("capabilities and mounts are evidence", () => {
    const [match] = judge(privilegedContainer, container({ privileged: true, capAdd: ["SYS_ADMIN"], pidMode: "host" }));
    expect(match?.evidence.data).toMatchObject({ capAdd: ["SYS_ADMIN"], pidMode: "host" });
  });

  test.each([
    [{ allowedImageIds: ["sha256:11"] }, 0],
    [{ allowedImageIds: ["sha256:22"] }, 0],
    [{ allowedImageIds: ["acme/app@sha256:22"] }, 0],
    [{ allowedImages: ["acme/app"] }, 0],
    [{ allowedImages: ["docker.io/acme/app:1"] }, 0],
    [{ allowedImages: ["acme/*"] }, 0],
    [{ allowedImages: ["acme/app:2"] }, 1],
    [{ allowedImages: ["acme/ap"] }, 1],
    [{ allowedImages: ["*"] }, 1],
    [{ allowedImageIds: ["sha256:33", ""] }, 1],
  ])("allowed by %j leaves %i", (settings, count) => {
    expect(judge(privilegedContainer, container({ privileged: true }), settings)).toHaveLength(count);
  });

  test.each([
    "docker run --privileged alpine",
    "docker run -it --rm -v /a:/b --name x --privileged alpine sh",
    "docker container create --privileged=true ubuntu:24.04",
    "sudo podman run -d --network host --privileged fedora",
    "docker -H tcp://192.0.2.7:2375 --context c run -itd --privileged debian",
    "nerdctl --namespace k8s.io run --privileged busybox",
    "lxc launch ubuntu:24.04 c -c security.privileged=true",
    "incus config set c security.privileged true",
    "ctr -n k8s.io run --rm --privileged docker.io/library/busybox:1 x",
    "docker exec -it --privileged web sh",
    "kubectl run p --image=busybox --privileged -- sleep 9",
    `kubectl run p --image busybox --overrides='{"spec":{"containers":[{"securityContext":{"privileged": true}}]}}'`,
    "kubectl debug node/n -it --image=busybox --profile=sysadmin",
    `curl --unix-socket /var/run/docker.sock -d '{"Image":"busybox","HostConfig":{"Privileged":true}}' http://d/v1.41/containers/create`,
    "kubectl apply -f - <<EOF\nkind: Pod\nspec:\n  containers:\n  - image: busybox\n    securityContext:\n      privileged: true\nEOF",
    "cat <<EOF | docker compose -f - up -d\nservices:\n  a:\n    image: busybox\n    privileged: true\nEOF",
  ])("asked for: %s", (line) => {
    expect(judge(privilegedContainerCommand, shell(line))).toMatchObject([{ confidence: "high" }]);
  });

  test("who asks has another subject than the container that runs", () => {
    const [asked] = judge(privilegedContainerCommand, shell("docker run --privileged alpine"));
    const [runs] = judge(privilegedContainer, container({ privileged: true, image: "alpine" }));
    expect([asked?.subject, runs?.subject]).toEqual(["docker run of alpine", "image alpine"]);
  });

  test.each([
    "docker run --privileged=false alpine",
    "lxc launch ubuntu:24.04 c -c security.nesting=true",
    "lxc config set c security.privileged false",
    "docker run alpine setup --privileged",
    "docker run --label --privileged alpine",
    "docker run -e MODE=--privileged alpine",
    "docker exec web tool --privileged",
    "docker pull docker:dind",
    "docker run --cap-add SYS_ADMIN --pid=host alpine",
    "docker run -v /:/host:ro,rslave prom/node-exporter --path.rootfs=/host",
    "kubectl run p --image=busybox -- tool --privileged",
    "echo docker run --privileged alpine",
    "grep -r 'privileged: true' /etc/manifests",
    "git commit -m 'docker run --privileged'",
  ])("not asked for: %s", (line) => {
    expect(judge(privilegedContainerCommand, shell(line))).toEqual([]);
  });

  test("a root mount that is entered is graded low", () => {
    const line = "docker run --rm -it --mount type=bind,source=/,target=/mnt alpine chroot /mnt";
    expect(judge(privilegedContainerCommand, shell(line))).toMatchObject([{ confidence: "low" }]);
  });

  test("an allowed name silences the command too", () => {
    const fact = shell("docker run --privileged acme/app:1");
    expect(judge(privilegedContainerCommand, fact, { allowedImages: ["acme/app"] })).toEqual([]);
  });
});

describe("exposed docker daemon", () => {
  const posture = (...listeners: DockerListener[]): Fact => ({ kind: "docker.posture", at: 1, listeners });
  const listener = (more: Partial<DockerListener> = {}): DockerListener => ({
    host: "0.0.0.0",
    port: 2375,
    tls: "none",
    seenIn: ["socket"],
    ...more,
  });

  test("each open listener is one finding", () => {
    const found = judge(exposedDockerDaemon, posture(listener(), listener({ port: 2376, tls: "tls" })));
    expect(found.map(({ subject, confidence, severity }) => [subject, confidence, severity])).toEqual([
      ["listener 0.0.0.0:2375", "high", undefined],
      ["listener 0.0.0.0:2376", "high", undefined],
    ]);
  });

  test("client certificates, an allowed address and no listener are quiet", () => {
    expect(judge(exposedDockerDaemon, posture(listener({ tls: "tlsverify" })))).toEqual([]);
    expect(judge(exposedDockerDaemon, posture(listener()), { allowedListeners: ["0.0.0.0:2375"] })).toEqual([]);
    expect(judge(exposedDockerDaemon, posture())).toEqual([]);
  });

  test.each(["127.0.0.1", "localhost", "::1"])("%s is low, and quiet on request", (host) => {
    const fact = posture(listener({ host }));
    expect(judge(exposedDockerDaemon, fact)).toMatchObject([{ severity: "low", confidence: "low" }]);
    expect(judge(exposedDockerDaemon, fact, { ignoreLoopback: true })).toEqual([]);
  });

  test("every address is no loopback", () => {
    for (const host of ["0.0.0.0", "::"]) {
      expect(judge(exposedDockerDaemon, posture(listener({ host })), { ignoreLoopback: true })).toHaveLength(1);
    }
  });

  test("what only a file says is medium", () => {
    expect(judge(exposedDockerDaemon, posture(listener({ seenIn: ["daemon.json"] })))).toMatchObject([
      { confidence: "medium", reason: expect.stringContaining("started again") },
    ]);
  });

  test.each([
    "dockerd -H tcp://0.0.0.0:2375",
    "/usr/sbin/dockerd --host 10.0.0.2:2375 --host unix:///var/run/docker.sock",
    "dockerd --tls --tlscert=c --tlskey=k -H tcp://0.0.0.0:2376",
    "dockerd --tlsverify=false -H tcp://0.0.0.0:2376",
    "docker daemon -H tcp://[::]:2375",
    "docker -d -H 0.0.0.0:4243",
    "nohup dockerd -H=tcp://0.0.0.0:2375 &",
    "socat TCP4-LISTEN:2375,fork,reuseaddr UNIX-CONNECT:/var/run/docker.sock",
    "ncat -lk 0.0.0.0 4243 -c 'nc -U /var/run/docker.sock'",
    "podman system service -t 0 tcp:0.0.0.0:8888",
    "docker run -d -v /var/run/docker.sock:/var/run/docker.sock -p 2375:2375 alpine/socat tcp-listen:2375,fork unix-connect:/var/run/docker.sock",
  ])("opened by: %s", (line) => {
    expect(judge(exposedDockerDaemonCommand, shell(line))).toMatchObject([{ confidence: "high" }]);
  });

  test.each([
    `echo '{"hosts": ["fd://", "tcp://0.0.0.0:2375"]}' > /etc/docker/daemon.json`,
    `printf 'DOCKER_OPTS="-H tcp://0.0.0.0:4243"' | sudo tee -a /etc/default/docker`,
    "sed -i s,fd://,tcp://0.0.0.0:2375, /lib/systemd/system/docker.service",
    "cat <<EOF > /etc/systemd/system/docker.service.d/override.conf\n[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2375\nEOF",
  ])("written down by: %s", (line) => {
    expect(judge(exposedDockerDaemonCommand, shell(line))).toMatchObject([{ confidence: "medium" }]);
  });

  test.each([
    "docker -H tcp://0.0.0.0:2375 ps",
    "DOCKER_HOST=tcp://10.0.0.1:2375 docker run alpine",
    "dockerd",
    "dockerd -H fd:// --containerd=/run/containerd/containerd.sock",
    "dockerd -H unix:///var/run/docker.sock --metrics-addr 0.0.0.0:9323",
    "dockerd --tlsverify --tlscacert=ca.pem --tlscert=c.pem --tlskey=k.pem -H=0.0.0.0:2376",
    "dockerd --insecure-registry 10.0.0.1:5000 --dns 10.0.0.2",
    "socat UNIX-LISTEN:/tmp/d.sock,fork TCP:10.0.0.1:2375",
    "socat TCP-LISTEN:2375,bind=127.0.0.1,fork UNIX-CONNECT:/var/run/docker.sock",
    "socat TCP-LISTEN:3306,fork UNIX-CONNECT:/run/mysqld/mysqld.sock",
    "podman system service unix:///run/podman/podman.sock",
    `echo '{"hosts":["tcp://0.0.0.0:2376"],"tlsverify":true}' > /etc/docker/daemon.json`,
    "cat /etc/docker/daemon.json",
    "echo dockerd -H tcp://0.0.0.0:2375",
    "curl tcp://x > /etc/docker/daemon.json.example",
  ])("not opened by: %s", (line) => {
    expect(judge(exposedDockerDaemonCommand, shell(line))).toEqual([]);
  });
});

describe("miner image names", () => {
  test.each([
    "pocosow/centos:7.6.1810",
    "docker.io/gakeaws/mysql",
    "mirror.example:5000/proxy/docker123321/cron@sha256:0",
    "AZURENQL/227_135:442",
    "xmrig/xmrig",
    "ghcr.io/someone/xmrig-mo:v6.21",
    "registry.example/team/cpuminer-multi",
    "xmr-stak",
    "who/docker-xmrig",
    "who/lolminer_1.88",
    "who/t-rex-miner",
    "who/eth-cuda-miner",
    "who/litecoin_miner",
    "minergate-cli",
    "aeon-miner",
    "bitcoin-mining",
    "monero/cpu-miner",
    "who/xmr_gpu_xmrpool",
    "dero/miner:latest",
    "who/zoinminer_armhf",
    "who/tools:xmrig-6",
    "crypto-miner",
  ])("%s mines", (name) => {
    expect(minerImage(name)?.confidence).toBe("high");
  });

  test.each([
    "itzg/minecraft-server",
    "minio/minio",
    "who/monerod:latest",
    "who/monero-wallet-rpc",
    "bitcoin/bitcoin-core",
    "lncm/bitcoind",
    "acme/process-miner",
    "acme/data-miner",
    "dataminer",
    "text-miner",
    "acme/examiner",
    "helium/miner",
    "rapidminer/rapidminer-studio",
    "determined-ai/environments",
    "minerva",
    "trex/trex",
    "centos:7.6.1810",
    "mysql:5.6",
    "nginx",
    "crypto/signer",
    "coin/price-feed",
    "acme/mines",
    `sha256:${"a".repeat(64)}`,
    "a".repeat(64),
    "",
    "not a name",
  ])("%s does not", (name) => {
    expect(minerImage(name)).toBeUndefined();
  });

  test("software about miners is low", () => {
    for (const name of ["who/xmrig-exporter", "acme/cryptominer-detector", "who/cgminer-monitoring"]) {
      expect(minerImage(name)?.confidence).toBe("low");
    }
  });

  test("any text is taken", () => {
    fc.assert(fc.property(fc.string(), (text) => void minerImage(text)));
    minerImage(`${"miner-".repeat(100_000)}x`);
  });
});

describe("image reference", () => {
  test.each([
    ["nginx", "", ["nginx"], "", ""],
    ["a/b:1", "", ["a", "b"], "1", ""],
    ["host:5000/a/b/c:1@sha256:9", "host:5000", ["a", "b", "c"], "1", "sha256:9"],
    ["localhost/x", "localhost", ["x"], "", ""],
    ["mcr.microsoft.com/azureiotedge-hub:1.5", "mcr.microsoft.com", ["azureiotedge-hub"], "1.5", ""],
  ])("%s", (text, registry, path, tag, digest) => {
    expect(imageReference(text)).toEqual({ registry, path, tag, digest });
  });

  test("no tag is the tag latest, and the short name is the full one", () => {
    const allow = (allowed: string) => ({ allowedImages: [allowed], allowedImageIds: [] });
    expect(isAllowed({ image: "nginx" }, allow("docker.io/library/nginx:latest"))).toBe(true);
    expect(isAllowed({ image: "evil.example/nginx" }, allow("nginx"))).toBe(false);
    expect(isAllowed({ image: "nginx:1" }, allow("nginx:latest"))).toBe(false);
    expect(isAllowed({}, allow("nginx"))).toBe(false);
  });
});

describe("miner settings", () => {
  test.each([
    [["/run.sh", "-o", "stratum+tcp://x.example:3333"], []],
    [["sh", "-c", "cd /tmp && ./xmrig -c /c.json"], []],
    [["--donate-level=1"], []],
    [["app", "-o", "pool.supportxmr.com:443"], []],
    [["/usr/bin/xmrig"], []],
    [[], ["POOL=stratum2+ssl://x.example:1"]],
    [[], ["POOL_URL=xmr-eu1.nanopool.org:14433"]],
  ])("%j %j", (words, environment) => {
    expect(minerSetting(words, environment)).toBeDefined();
  });

  test.each([
    [
      ["node", "server.js", "--pool-size=4"],
      ["POOL=5", "DATABASE_POOL=db.example:5432"],
    ],
    [["pkill", "xmrig"], []],
    [["curl", "https://api.nanopool.org/v1/eth"], []],
    [["sh", "-c", "grep xmrig /var/log/x"], []],
    [["hash", "--algo", "scrypt"], []],
    [[], ["NAME=xmrig"]],
  ])("nothing in %j %j", (words, environment) => {
    expect(minerSetting(words, environment)).toBeUndefined();
  });

  test("any text is taken", () => {
    fc.assert(fc.property(fc.array(fc.string()), fc.array(fc.string()), (w, e) => void minerSetting(w, e)));
    minerSetting(["stratum".repeat(100_000), "a.".repeat(100_000)], [`x=${"a-".repeat(100_000)}`]);
  });
});

describe("crypto miner container image", () => {
  test("a running container by name, list and setting; a stored image at medium", () => {
    expect(judge(cryptoMinerContainerImage, container({ image: "xmrig/xmrig" }))).toMatchObject([
      { confidence: "high" },
    ]);
    expect(judge(cryptoMinerContainerImage, container({ image: "evil/app" }))).toMatchObject([
      { reason: expect.stringContaining("threat list mine") },
    ]);
    expect(judge(cryptoMinerContainerImage, container({ environment: ["P=stratum+tcp://x.example:1"] }))).toHaveLength(
      1,
    );
    expect(judge(cryptoMinerContainerImage, container())).toEqual([]);
    const stored: Fact = { kind: "image.present", at: 1, image: "who/monero-miner:1" };
    expect(judge(cryptoMinerContainerImage, stored)).toMatchObject([
      { subject: "image who/monero-miner:1", confidence: "medium" },
    ]);
    expect(judge(cryptoMinerContainerImage, { ...stored, image: "alpine" })).toEqual([]);
  });

  test("a renamed image keeps the digest's name", () => {
    const detail = { image: "nginx", repoDigests: ["gakeaws/nginx@sha256:1"] };
    expect(judge(cryptoMinerContainerImage, container(detail))).toHaveLength(1);
  });

  test("allowed by id, whatever told", () => {
    const settings = { allowedImageIds: ["sha256:11"] };
    const detail = { image: "xmrig/xmrig", environment: ["P=stratum+tcp://x.example:1"] };
    expect(judge(cryptoMinerContainerImage, container(detail), settings)).toEqual([]);
  });

  test.each([
    "docker pull who/monero-miner",
    "docker run -d --name x xmrig/xmrig -o pool.supportxmr.com:443",
    "kubectl run m --image=docker.io/who/xmr-miner:latest",
    "kubectl create deployment m --image=xmrig/xmrig",
    "ctr images pull docker.io/pocosow/centos:7.6.1810",
    "crictl pull who/cpuminer",
    "docker service create --mode global --name m who/ccminer",
    "docker run -e URL=stratum+tcp://x.example:3333 acme/app",
    "curl -XPOST http://192.0.2.1:2375/images/create?fromImage=who%2Fxmrig",
  ])("asked for: %s", (line) => {
    expect(judge(cryptoMinerContainerImageCommand, shell(line))).toHaveLength(1);
  });

  test.each([
    "docker rmi xmrig/xmrig",
    "docker images xmrig/xmrig",
    "docker run itzg/minecraft-server",
    "docker run --name xmrig alpine",
    "docker pull who/monerod",
    "docker ps | grep xmrig",
    "docker run alpine echo https://api.nanopool.org",
  ])("not asked for: %s", (line) => {
    expect(judge(cryptoMinerContainerImageCommand, shell(line))).toEqual([]);
  });
});

test("no command line makes a detector throw", () => {
  const detectors = [privilegedContainerCommand, exposedDockerDaemonCommand, cryptoMinerContainerImageCommand];
  const program = fc.constantFrom("docker", "kubectl", "ctr", "dockerd", "socat", "curl", "podman", "sh");
  const word = fc.oneof(fc.string(), fc.constantFrom("run", "-H", "-c", "--image", "system", "service", "-", "apply"));
  fc.assert(
    fc.property(program, fc.array(word), (name, args) => {
      for (const detector of detectors) judge(detector, run(name, ...args));
    }),
  );
});
