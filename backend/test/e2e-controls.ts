// How the browser tests steer a program of theirs: over controls on a port of their own, whose address is printed as a
// line of JSON. The program ends with its stdin. In: what to do for an address. Out: its answer, as JSON.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Controls = {
  obey: (address: URL) => Promise<object>;
  /** Before the program ends. */
  close?: () => Promise<void>;
};

export function serveControls({ obey, close }: Controls): void {
  const control = createServer((request, response) => {
    void obey(new URL(request.url!, "http://localhost")).then((body) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(body));
    });
  });
  control.listen(0, "127.0.0.1", () => {
    const { port } = control.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ control: `http://127.0.0.1:${port}` })}\n`);
  });
  const end = async (): Promise<void> => {
    await close?.();
    process.exit(0);
  };
  process.stdin.on("end", () => void end()).resume();
}
