import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoopback, socketRows, tcpState } from "./proc-net.ts";
import { SocketTable, wantedState } from "./socket-table.ts";

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (local: string, remote: string, state: string, inode = 5, uid = 0) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000 100 0 0 10 0\n`;

const all = () => true;

describe("/proc/net/tcp", () => {
  test("IPv4 words are little-endian, ports are not", () => {
    expect(socketRows(header + row("0100007F:0CEA", "0A01A8C0:01BB", "01", 77, 1000), all)).toEqual([
      {
        localIp: "127.0.0.1",
        localPort: 3306,
        remoteIp: "192.168.1.10",
        remotePort: 443,
        state: tcpState.established,
        uid: 1000,
        inode: 77,
      },
    ]);
  });

  test("IPv6, its loopback, and IPv4 inside it", () => {
    const text =
      header +
      row("00000000000000000000000000000000:1F90", "00000000000000000000000000000000:0000", "0A") +
      row("00000000000000000000000001000000:0050", "B80D0120000000000000000001000000:0050", "01") +
      row("0000000000000000FFFF00000100007F:0050", "0000000000000000FFFF00000A01A8C0:0050", "01");
    const rows = socketRows(text, all);
    expect(rows.map(({ localIp }) => localIp)).toEqual(["::", "::1", "127.0.0.1"]);
    expect(rows.map(({ remoteIp }) => remoteIp)).toEqual(["::", "2001:db8::1", "192.168.1.10"]);
  });

  test("only wanted states, at most the limit, and no cut line", () => {
    const text =
      header + row("0100007F:0001", "0100007F:0002", "01").repeat(5) + row("0100007F:0001", "0100007F:0002", "03");
    expect(socketRows(text, (state) => state === 3)).toHaveLength(1);
    expect(socketRows(text, all, 2)).toHaveLength(2);
    expect(socketRows(text.slice(0, -30), all)).toHaveLength(5);
  });

  test("odd lines are left out", () => {
    expect(socketRows(`${header}garbage\n   0: zz:1 0100007F:0001 01\n`, all)).toEqual([]);
    fc.assert(fc.property(fc.string(), (text) => void socketRows(`${header}${text}\n`, all)));
  });

  test("127/8 and ::1 are the loopback", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1"].every(isLoopback)).toBe(true);
    expect(["128.0.0.1", "::", "0.0.0.0", "12.7.0.1"].some(isLoopback)).toBe(false);
  });
});

describe("socket table", () => {
  const socket = (remote: string, state: number = tcpState.established, localPort = 50_000, remotePort = 443) => ({
    localIp: "10.0.0.1",
    localPort,
    remoteIp: remote,
    remotePort,
    state,
    uid: 0,
    inode: 1,
  });
  const listener = (localPort: number) => socket("0.0.0.0", tcpState.listen, localPort, 0);

  test("a connection is told once, also when it goes to TIME_WAIT", () => {
    const table = new SocketTable();
    expect(table.look([socket("203.0.113.1")]).connected).toHaveLength(1);
    expect(table.look([socket("203.0.113.1")]).connected).toHaveLength(0);
    expect(table.look([socket("203.0.113.1", tcpState.timeWait)]).connected).toHaveLength(0);
  });

  test("a connection that was over before the look is seen in TIME_WAIT", () => {
    expect(new SocketTable().look([socket("203.0.113.1", tcpState.timeWait)]).connected).toHaveLength(1);
  });

  test("an attempt counts, a half-open call from outside does not", () => {
    const table = new SocketTable();
    expect(wantedState(tcpState.synReceived)).toBe(false);
    expect(table.look([socket("203.0.113.1", tcpState.synSent)]).connected).toHaveLength(1);
    expect(table.look([socket("203.0.113.2", tcpState.synReceived)]).connected).toHaveLength(0);
  });

  test("a connection to a listening port came from outside", () => {
    const { connected } = new SocketTable().look([
      listener(22),
      socket("203.0.113.1", tcpState.established, 22, 40_000),
      socket("203.0.113.1"),
    ]);
    expect(connected.map(({ inbound }) => inbound)).toEqual([true, false]);
  });

  test("a listener is told when it appears and when it comes back", () => {
    const table = new SocketTable();
    expect(table.look([listener(22)]).listening).toHaveLength(1);
    expect(table.look([listener(22)]).listening).toHaveLength(0);
    expect(table.look([]).listening).toHaveLength(0);
    expect(table.look([listener(22)]).listening).toHaveLength(1);
  });

  test("established connections are counted without the loopback", () => {
    const rows = [socket("203.0.113.1"), socket("127.0.0.1"), socket("203.0.113.2", tcpState.timeWait)];
    expect(new SocketTable().look(rows).established).toBe(1);
  });

  test("a flood is told in part and counted", () => {
    const rows = Array.from({ length: 700 }, (_, port) => socket("203.0.113.1", tcpState.established, port + 1));
    const { connected, untold } = new SocketTable().look(rows);
    expect(connected.length + untold).toBe(700);
    expect(connected).toHaveLength(512);
  });
});
