/** An .htaccess that makes pictures run as scripts, written by a redirection: no program names the file. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "htaccess-access",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.type(
      `mkdir /var/www/${host.word}; echo "AddHandler application/x-httpd-php .jpg" > /var/www/${host.word}/.htaccess`,
    )),
  undo: async (host) => void (await host.type(`rm -r /var/www/${host.word}`)),
  expect: (finding, host) => finding.evidences.some((e) => e.file?.path?.includes(host.word)),
} satisfies Attack;
