// The server of the browser tests that need an engine they can steer: the fake engine and the built
// page on one port, its controls on another. Prints both as a line of JSON and ends with its stdin.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { startFakeServer } from "./test-server.ts";

const pageFolder = fileURLToPath(new URL("../../frontend/dist", import.meta.url));
const port = Number(process.argv[2] ?? 0);
const fake = await startFakeServer({}, { port, settings: { pageFolder } });

const control = createServer((request, response) => {
  if (request.url === "/release") fake.engine.release();
  const { steps, activeRows, started, finished } = fake.engine;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ steps, activeRows, started, finished }));
});
control.listen(0, "127.0.0.1", () => {
  const { port } = control.address() as AddressInfo;
  process.stdout.write(
    `${JSON.stringify({ url: fake.url, control: `http://127.0.0.1:${port}` })}\n`,
  );
});
process.stdin.on("end", () => process.exit(0)).resume();
