/** Code of other languages that ties a socket to a shell; one pass of bounded substring tests, no parsing. */

export interface SocketCode {
  readonly kind: "reverse" | "bind";
  readonly host?: string;
  readonly port?: number;
}

/** Ways in which languages open a connection. */
const dials =
  /(?:\b|socket_)connect(?:_ex|Async)?\s*\(|PeerAddr|fsockopen|pfsockopen|stream_socket_client|create_connection|createConnection|TCPSocket|TCPsocket|net\.Socket|net\.Dial|\/inet\/tcp\/|socket\.tcp|IO::Socket|new\s+Socket\s*\(|Socket\.connect|socket\s+\$?[\w.]+\s+\d|TcpStream::connect|TcpClient|open_connection|WebSocket\(/;
const listens =
  /(?:\b|socket_)(?:listen|bind)\s*\(|\/inet\/tcp\/[1-9]\d{0,4}\/0\/0|\bListen\s*=>|LocalPort|INADDR_ANY|createServer|TCPServer|tcp_server|socket_create_listen|stream_socket_server|net\.Listen|ServerSocket|socket\s+-server/;
/** Sockets at all, to tell `connect(` of a database from one of a socket. */
const sockets =
  /socket|Socket|sockaddr|fsockopen|\/inet\/tcp|net\.(?:Dial|Listen|connect|createServer|createConnection|Socket)|require\s*(?:\(\s*)?['"]net['"]|TCPServer|TcpStream|TcpClient|open_connection/;
/** Ways in which they run a program or become one. */
const runs =
  /\bdup2?\s*\(|dup2|pty\.spawn|\bspawn\s*\(|\bexec[lv]?[pe]*\b|\bsystem\b|\bpopen\b|Popen|subprocess|shell_exec|passthru|proc_open|os\.execute|io\.popen|child_process|exec\.Command|getRuntime|ProcessBuilder|ProcessStartInfo|Command::new|Process\.(?:run|start|new)|fdopen|\|&\s*getline|`[^`]{0,64}`/;
const shellNamed =
  /(?:^|[\W_])(?:ba|da|z|k|a)?sh(?:$|[\W_])|cmd\.exe|\/bin\/|\$_|\$c\b|getline|\bcmd\b|\bline\b|recv|gets|read/;

/**
 * Does the text connect (or listen) and run a shell or what it receives? `strict` asks for a shell by its path, for
 * texts that are not known to be code.
 */
export function socketCode(source: string, strict = false): SocketCode | undefined {
  const text = source.length > 16_384 ? source.slice(0, 16_384) : source;
  return direct(text, strict) ?? encoded(text, strict);
}

function direct(text: string, strict: boolean): SocketCode | undefined {
  if (!sockets.test(text) || !runs.test(text)) return undefined;
  if (strict ? !/\/bin\/(?:ba|da|z)?sh\b/.test(text) : !shellNamed.test(text)) return undefined;
  if (listens.test(text) && !/\bconnect\s*\(\s*(?:\(\s*)?["']/.test(text)) return { kind: "bind" };
  if (!dials.test(text)) return undefined;
  return { kind: "reverse", ...endpoint(text) };
}

/** First literal host and port: `("203.0.113.4",4444)`, `"203.0.113.4:4444"`, `/inet/tcp/0/203.0.113.4/4444`. */
function endpoint(text: string): { readonly host?: string; readonly port?: number } {
  const found =
    /["']([\w.-]{3,253})["']\s*,\s*["']?(\d{1,5})\b/.exec(text) ??
    /["'](?:tcp:\/\/)?([\w.-]{3,253}):(\d{1,5})["']/.exec(text) ??
    /\/inet\/tcp\/0\/([\w.-]{3,253})\/(\d{1,5})/.exec(text);
  const address = found ?? /((?:\d{1,3}\.){3}\d{1,3})/.exec(text);
  if (!address) return {};
  const port = Number(address[2]);
  return { host: address[1], port: port > 0 && port < 65_536 ? port : undefined };
}

/** Code hidden in a literal base64 text, one level deep. */
function encoded(text: string, strict: boolean): SocketCode | undefined {
  if (!/b64|base64|unpack|frombase64/i.test(text)) return undefined;
  for (const [literal] of text.matchAll(/[A-Za-z0-9+/]{64,8192}={0,2}/g)) {
    const found = direct(Buffer.from(literal, "base64").toString("latin1"), strict);
    if (found) return found;
  }
  return undefined;
}
