// A client on a bare socket, which may leave (`destroy`), stop reading (`pause`) or keep the connection.
import { connect, type Socket } from "node:net";

export type RawRequest = { path: string; body: unknown; headers?: Record<string, string> };

export function openRaw(url: string, request: RawRequest): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined); // a reset; whoever cares looks at what was read
  sendRaw(socket, request);
  return socket;
}

export function sendRaw(socket: Socket, { path, body, headers = {} }: RawRequest): void {
  const text = JSON.stringify(body);
  const fields = {
    Host: "localhost",
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(text)),
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n${text}`);
}
