/**
 * The network in front of edgeHub: a TCP door that passes bytes to a socket inside, and can misbehave.
 *
 * It stands outside TLS and MQTT, so that a freeze looks as it does when the process gets SIGSTOP: the kernel still
 * accepts connections, and nothing ever answers.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class Gate {
  readonly #inside: string;
  readonly #pairs = new Set<{ readonly outer: Socket; readonly inner: Socket }>();
  readonly #waiting = new Set<Socket>();
  #server: Server | undefined;
  #frozen = false;
  #port = 0;

  /** `inside`: path of the unix socket that serves. */
  constructor(inside: string) {
    this.#inside = inside;
  }

  get port(): number {
    return this.#port;
  }

  /** Opens on a free port the first time, on the same one afterwards. */
  async open(port = this.#port): Promise<void> {
    const server = createServer((outer) => this.#accept(outer));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  /** Refuses new connections and cuts the present ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    if (server) await new Promise((closed) => server.close(closed));
  }

  /** Cuts every connection with a reset. */
  cut(): void {
    for (const outer of this.#waiting) outer.destroy();
    for (const { outer, inner } of this.#pairs) {
      outer.resetAndDestroy();
      inner.destroy();
    }
  }

  freeze(): void {
    this.#frozen = true;
    for (const { outer, inner } of this.#pairs) {
      outer.pause();
      inner.pause();
    }
  }

  thaw(): void {
    this.#frozen = false;
    for (const { outer, inner } of this.#pairs) {
      outer.resume();
      inner.resume();
    }
    for (const outer of this.#waiting) this.#join(outer);
    this.#waiting.clear();
  }

  #accept(outer: Socket): void {
    outer.on("error", () => outer.destroy());
    if (!this.#frozen) this.#join(outer);
    else {
      outer.pause();
      this.#waiting.add(outer);
      outer.once("close", () => this.#waiting.delete(outer));
    }
  }

  #join(outer: Socket): void {
    if (outer.destroyed) return;
    const inner = connect(this.#inside);
    const pair = { outer, inner };
    this.#pairs.add(pair);
    this.#pass(outer, inner);
    this.#pass(inner, outer);
    const end = () => {
      this.#pairs.delete(pair);
      outer.destroy();
      inner.destroy();
    };
    for (const side of [outer, inner]) side.once("close", end).on("error", end);
    outer.resume();
  }

  #pass(from: Socket, to: Socket): void {
    from.on("data", (bytes) => {
      if (!to.write(bytes)) from.pause();
    });
    from.on("end", () => to.end());
    to.on("drain", () => {
      if (!this.#frozen) from.resume();
    });
  }
}
