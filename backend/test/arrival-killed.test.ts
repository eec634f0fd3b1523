// The server killed at random moments of the download, of the conversion and of the load: the next start goes on, and
// at the end the model is right.
import { loadModel } from "qwen3-tts";
import { collect, speechRequest } from "qwen3-tts/testing";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { toS16le } from "../src/encoders/s16.ts";
import { seededRandom } from "../src/testing/damage.ts";
import { emptyMachine, modelIs, modelOf } from "./arriving-model.ts";
import { addressOf, startCli, type CliProcess } from "./cli-process.ts";
import { post } from "./test-server.ts";

const kills = 20;
/** So that some of the lives end within the download. */
const bytesPerSecond = 100_000;
const longestLifeMs = 1000;

test("killed 20 times, and each start goes on", async () => {
  const machine = await emptyMachine({
    misbehave: ({ host }) => (host === "cdn" ? { kind: "slow", bytesPerSecond } : undefined),
  });
  const args = ["--port", "0", "--precision", "f32", "--threads", "1", "--log-level", "silent"];
  const children: CliProcess[] = [];
  onTestFinished(async () => {
    for (const child of children) child.kill("SIGKILL");
    await machine.close();
  });
  const start = (): CliProcess => {
    children.push(startCli(args, { env: machine.environment }));
    return children.at(-1)!;
  };
  const random = seededRandom(5);
  const seen = new Set<string>();
  for (let kill = 0; kill < kills; kill += 1) {
    const child = start();
    const url = await addressOf(child);
    await sleep(random() * longestLifeMs); // the random moment
    seen.add((await modelOf({ url })).state);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  expect(seen).toContain("downloading");
  const child = start();
  const url = await addressOf(child);
  await modelIs({ url }, { state: "ready" });
  const body = { text: "Hello.", seed: 7, format: "pcm", max_seconds: 0.1 };
  const spoken = Buffer.from(await (await post(`${url}/tts`, body)).arrayBuffer());
  const model = await loadModel(machine.checkpoint, { precision: "f32", threads: 1 });
  const request = speechRequest({ text: "Hello.", speaker: "Ryan", language: "English" });
  const { samples } = await collect(model, { ...request, limits: { maxSeconds: 0.1 } });
  await model.close();
  expect(spoken.equals(Buffer.from(toS16le(samples)))).toBe(true);
  child.kill("SIGTERM");
  await once(child, "exit");
}, 600_000);
