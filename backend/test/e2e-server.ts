// The servers of the browser tests that need an engine they can steer: the fake engine and the built
// page, a fresh one at each start.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveControls } from "./e2e-controls.ts";
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

serveControls({ obey });
