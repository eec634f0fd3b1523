// The machines of the browser tests that need the real engine: the built program as `npm start` runs it, tiny checkpoints,
// a stand-in for the hub, and a fresh empty cache at each start.
import { once } from "node:events";
import { join } from "node:path";
import { hubFilesOf } from "qwen3-tts/testing";
import { emptyMachine, repo, type Machine } from "./arriving-model.ts";
import { addressOf, startCli, type CliProcess } from "./cli-process.ts";
import { serveControls } from "./e2e-controls.ts";
import { writeBrief, writeDesigner, type Fixture } from "./tiny-checkpoints.ts";

let running: { machine: Machine; child: CliProcess } | undefined;

async function obey({ pathname, searchParams }: URL): Promise<object> {
  if (pathname === "/start") {
    await close();
    return { url: await start(searchParams.get("models")?.split(",") ?? []) };
  }
  running!.machine.hub.misbehave(undefined);
  return {};
}

/** Until it is told otherwise: slow enough for a person to see a model come. */
const bytesPerSecond = 10_000;

async function start(models: readonly string[]): Promise<string> {
  const machine = await emptyMachine({
    misbehave: ({ host }) => (host === "cdn" ? { kind: "slow", bytesPerSecond } : undefined),
  });
  const published = join(machine.folder, "brief");
  writeBrief("custom-voice-0b6", published);
  await machine.hub.publish(repo, await hubFilesOf(published));
  const folders = models.flatMap((name) => ["--model", writeModel(machine.folder, name)]);
  const child = startCli(
    [...folders, "--port", "0", "--precision", "f32", "--threads", "1", "--log-level", "warn"],
    { env: { ...machine.environment, QWEN_TTS_VOICES: join(machine.folder, "voices") } },
  );
  child.stderr.pipe(process.stderr);
  running = { machine, child };
  return addressOf(child);
}

function writeModel(parent: string, name: string): string {
  const folder = join(parent, name);
  if (name === "designer") writeDesigner(folder);
  else writeBrief(name as Fixture, folder);
  return folder;
}

async function close(): Promise<void> {
  if (!running) return;
  const { machine, child } = running;
  running = undefined;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
  await machine.close();
}

serveControls({ obey, close });
