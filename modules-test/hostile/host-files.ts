/** Account files, the socket table, processes and threat lists, as an attacker would like them to be. */
import fc from "fast-check";
import { fromBaseline, toBaseline } from "../../src/parsers/accounts/baseline.ts";
import { difference } from "../../src/parsers/accounts/difference.ts";
import { parseGroup } from "../../src/parsers/accounts/group.ts";
import { parsePasswd } from "../../src/parsers/accounts/passwd.ts";
import { containerIdOf } from "../../src/parsers/cgroup.ts";
import { socketRows } from "../../src/parsers/sockets/proc-net.ts";
import { SocketTable, wantedState } from "../../src/parsers/sockets/socket-table.ts";
import { ThreatListParser } from "../../src/parsers/threats/threat-list.ts";
import { statFields } from "../../src/streams/process-lookup.ts";
import type { InputKind } from "./kind.ts";
import { bytesOf, json, numeral, paths, text } from "./words.ts";

const field = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("eve", "root", "x", "0", "1000", "/bin/sh", "") },
  { weight: 2, arbitrary: text },
  { weight: 1, arbitrary: numeral },
);
const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(field, numeral, numeral, field)
      .map(([name, uid, gid, shell]) => `${name}:x:${uid}:${gid}:${shell}:/home/${name}:${shell}`),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(field, numeral, fc.array(field, { maxLength: 4 }))
      .map(([name, gid, members]) => `${name}:x:${gid}:${members.join(",")}`),
  },
  { weight: 1, arbitrary: text },
);
/** passwd, group and shadow alike: each reader must bear the file of another. */
const file = bytesOf(fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n")));

export const accounts: InputKind<readonly [Buffer, Buffer, unknown]> = {
  name: "passwd, group, shadow",
  share: 8,
  arbitrary: fc.tuple(file, file, json),
  feed(subject, [before, after, saved]) {
    const read = (bytes: Buffer) => {
      const content = bytes.toString("utf8");
      return { accounts: parsePasswd(content), groups: parseGroup(content) };
    };
    const known = fromBaseline(JSON.parse(JSON.stringify(toBaseline(read(before)))));
    fromBaseline(saved);
    if (!known) subject.violated("resume", "an own baseline was not taken back");
    for (const fact of difference(known ?? read(before), read(after), subject.now())) subject.take(fact);
  },
};

const hex = fc.string({ unit: fc.constantFrom(..."0123456789ABCDEF"), maxLength: 34 });
const row = fc
  .tuple(hex, hex, hex, numeral, text)
  .map(
    ([local, peer, port, inode, rest]) =>
      ` 0: ${local}:${port.slice(0, 4)} ${peer}:${port.slice(-4)} 0${port.slice(0, 1)} 0:0 00:0 0 0 0 ${inode} ${rest}`,
  );

export const sockets: InputKind<Buffer> = {
  name: "socket table, /proc",
  share: 5,
  arbitrary: bytesOf(
    fc.array(fc.oneof(row, text), { maxLength: 5 }).map((rows) => ["  sl  local_address", ...rows].join("\n")),
  ),
  feed(subject, bytes) {
    const content = bytes.toString("utf8");
    statFields(content);
    containerIdOf(content);
    const news = new SocketTable().look(socketRows(content, wantedState));
    for (const { remoteIp, remotePort } of news.connected)
      subject.take({ kind: "socket.connected", at: subject.now(), destination: { ip: remoteIp, port: remotePort } });
  },
};

const words = fc.oneof(
  fc.array(text, { maxLength: 5 }),
  text.map((script) => ["bash", "-c", script]),
);
const number = fc.oneof(fc.nat(5000), fc.constantFrom(-1, 2 ** 53, 1e308, 4_294_967_295));
const process = fc.record({
  pid: number,
  ppid: number,
  exe: fc.oneof(text, fc.constantFrom(...paths)),
  argv: words,
  cwd: text,
  uid: number,
  user: text,
  comm: text,
  tty: text,
});

/** Facts whose every string a local user chose, past the parsers: what /proc, netlink or a later source may bring. */
export const processes: InputKind<{ process: By; path: string; host: string; which: number }> = {
  name: "processes, files, peers",
  share: 5,
  arbitrary: fc.record({ process, path: fc.oneof(text, fc.constantFrom(...paths)), host: text, which: fc.nat(5) }),
  feed(subject, { process: by, path, host, which }) {
    const fact = processFacts(by, path, host, subject.now())[which];
    if (fact) subject.take(fact);
  },
};

type By = {
  pid: number;
  ppid: number;
  exe: string;
  argv: string[];
  cwd: string;
  uid: number;
  user: string;
  comm: string;
  tty: string;
};

function processFacts(by: By, path: string, host: string, at: number) {
  return [
    { kind: "process.started", at, process: by, file: { path, mode: by.uid } },
    { kind: "file.changed", at, operation: "write", file: { path }, from: host, process: by },
    { kind: "file.opened", at, file: { path }, process: by },
    { kind: "socket.connected", at, destination: { ip: host, port: by.pid, hostname: host }, process: by },
    {
      kind: "login.failed",
      at,
      user: by.user,
      source: { ip: host },
      method: "password",
      service: by.comm,
      pid: by.pid,
    },
    { kind: "message.seen", at, deviceId: host, moduleId: by.comm, bytes: by.pid },
  ] as const;
}

const entry = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(numeral, numeral).map(([a, b]) => `198.51.100.${a.slice(0, 3)}/${b}`) },
  { weight: 3, arbitrary: text },
  { weight: 1, arbitrary: text.map((t) => `"${t}","${t}",https://${t}`) },
);

export const lists: InputKind<{ bytes: Buffer; format: "plain" | "hosts" | "csv"; column: number; asked: string }> = {
  name: "threat lists",
  share: 6,
  arbitrary: fc.record({
    bytes: bytesOf(fc.array(entry, { maxLength: 8 }).map((entries) => entries.join("\n"))),
    format: fc.constantFrom("plain", "hosts", "csv"),
    column: fc.integer({ min: 1, max: 64 }),
    asked: text,
  }),
  feed(subject, { bytes, format, column, asked }) {
    const parser = new ThreatListParser("hostile", { format, column });
    const content = bytes.toString("utf8");
    for (let at = 0; at < content.length; at += 65_536) parser.push(content.slice(at, at + 65_536));
    const { list } = parser.finish();
    for (const found of [list.address(asked), list.domain(asked), list.url(asked), list.image(asked)])
      if (found !== undefined && found.length > 4096) subject.violated("size", "an entry is longer than 4096");
  },
};
