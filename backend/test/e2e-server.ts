// The servers of the browser tests that need an engine they can steer: the fake engine and the built
// page, a fresh one at each start, and their controls on a port of their own, which is printed as a
// line of JSON. Ends with its stdin.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startFakeServer } from "./test-server.ts";

const pageFolder = fileURLToPath(new URL("../../frontend/dist", import.meta.url));
let fake: Awaited<ReturnType<typeof startFakeServer>> | undefined;

async function obey({ pathname, searchParams }: URL): Promise<object> {
  if (pathname === "/start") {
    await fake?.close();
    const port = Number(searchParams.get("port"));
    const voices = mkdtempSync(join(tmpdir(), "qwen-tts-voices-"));
    fake = await startFakeServer({}, { port, voices, settings: { pageFolder } });
    return { url: fake.url };
  }
  if (pathname === "/release") fake!.engine.release();
  const { steps, activeRows, started, finished } = fake!.engine;
  return { steps, activeRows, started, finished };
}

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
process.stdin.on("end", () => process.exit(0)).resume();
