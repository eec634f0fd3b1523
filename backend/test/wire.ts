// HTTP at the level of its writes, for what fetch hides: chunk sizes, trailers, how a connection ends.
import { connect, type Socket } from "node:net";

export type RawResponse = {
  status: number;
  headers: Map<string, string>;
  /** Where the body begins. */
  bodyAt: number;
  /** Sizes of the HTTP chunks, which are the server's writes. */
  chunks: Buffer[];
  trailers: Map<string, string>;
  /** The chunked body ended with its last chunk. */
  complete: boolean;
};

export function rawRequest(url: string, path: string, body: unknown): Socket {
  const { hostname, port } = new URL(url);
  const text = JSON.stringify(body);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
  return socket;
}

/** Read a chunked response to its end, clean or not. */
export async function readRaw(socket: Socket): Promise<RawResponse> {
  return parseRaw((await readToEnd(socket)).bytes);
}

/** Send these bytes on a connection of their own and read what comes. */
export function exchange(url: string, request: string): Promise<Received> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  return readToEnd(socket);
}

/** `reset`: the server did not end the connection, it broke it. */
export type Received = { bytes: Buffer; reset: boolean };

function readToEnd(socket: Socket): Promise<Received> {
  const pieces: Buffer[] = [];
  let reset = false;
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  socket.on("error", () => (reset = true));
  return new Promise((resolve) => {
    socket.once("close", () => resolve({ bytes: Buffer.concat(pieces), reset }));
  });
}

/** The chunks and trailers only of a chunked response. */
export function parseRaw(bytes: Buffer): RawResponse {
  const headEnd = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString().split("\r\n");
  const response: RawResponse = {
    status: Number(statusLine.split(" ")[1]),
    headers: fieldsOf(lines),
    bodyAt: headEnd + 4,
    chunks: [],
    trailers: new Map(),
    complete: false,
  };
  const chunked = response.headers.get("transfer-encoding") === "chunked";
  for (let at = response.bodyAt; chunked && at < bytes.length;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) break;
    const size = parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    if (size === 0) {
      const rest = bytes.subarray(lineEnd + 2).toString();
      response.complete = rest.endsWith("\r\n");
      response.trailers = fieldsOf(rest.split("\r\n").filter((line) => line !== ""));
      break;
    }
    const chunk = bytes.subarray(lineEnd + 2, lineEnd + 2 + size);
    response.chunks.push(chunk);
    at = lineEnd + 2 + size + 2;
  }
  return response;
}

function fieldsOf(lines: string[]): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
}
