// A link between page and server that a test can hold in the middle of a stream. In: the server's address. Out: the
// address for the page. What comes after the first part of a stream waits until it is released; all else passes.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Enough to be heard. */
const firstPartBytes = 100_000;

export class HeldLink {
  readonly url: string;
  readonly #close: () => void;
  readonly #held: Set<Socket>;

  private constructor(parts: { url: string; close: () => void; held: Set<Socket> }) {
    this.url = parts.url;
    this.#close = parts.close;
    this.#held = parts.held;
  }

  /** Whether a stream waits. */
  get holds(): boolean {
    return this.#held.size > 0;
  }

  static async to(url: string): Promise<HeldLink> {
    const held = new Set<Socket>();
    const sockets = new Set<Socket>();
    const listener = createServer((page) => {
      const server = connect(Number(new URL(url).port), "127.0.0.1");
      for (const socket of [page, server]) {
        sockets.add(socket);
        socket.on("error", () => socket.destroy()); // one that leaves is nothing to report
      }
      join(page, server, held);
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    const close = (): void => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    };
    return new HeldLink({ url: `http://127.0.0.1:${port}`, close, held });
  }

  release(): void {
    for (const server of this.#held) server.resume();
    this.#held.clear();
  }

  close(): void {
    this.#close();
  }
}

function join(page: Socket, server: Socket, held: Set<Socket>): void {
  let leftBytes = Infinity;
  page.on("data", (piece) => {
    const request = /^[A-Z]+ (\S+) HTTP/.exec(piece.toString("latin1"));
    // Without one it is the rest of a body.
    if (request) leftBytes = request[1] === "/tts/stream" ? firstPartBytes : Infinity;
    server.write(piece);
  });
  page.on("close", () => server.destroy());
  server.on("close", () => page.destroy());
  server.on("data", (piece) => {
    page.write(piece);
    leftBytes -= piece.length;
    if (leftBytes > 0) return;
    leftBytes = Infinity;
    held.add(server);
    server.pause();
  });
}
