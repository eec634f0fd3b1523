// Several tiny checkpoints behind one engine, under a budget too small for all: real hosts, real memory.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readWav, loadModel, type SpeechRequest, type VoicePrompt } from "qwen3-tts";
import { collect, sip, speechRequest, statusWhere } from "qwen3-tts/testing";
import { describeSpeechEngine } from "qwen3-tts/testing/contract";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createLocalEngine, type LocalEngineOptions } from "../src/engines/local/local-engine.ts";
import type { PooledEngine } from "../src/engines/local/pooled-engine.ts";

const fixtures = fileURLToPath(new URL("../../engine/test/fixtures/", import.meta.url));
const names = ["custom-voice-0b6", "custom-voice-1b7", "voice-design", "base-0b6", "base-1b7"];
const folders = names.map((name) => join(fixtures, name));
const threads = 1;
const precision = "f32";
/** Two hosts with a tiny model fit into it, three do not. */
const memoryBudgetBytes = 1_300_000_000;

let cache: string;
let recording: { samples: Float32Array; sampleRate: number };
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "pool-"));
  process.env.QWEN_TTS_CACHE = cache;
  recording = readWav(await readFile(join(fixtures, "audio", "short-24k.wav")));
});
afterAll(() => rm(cache, { recursive: true }));

const engines: PooledEngine[] = [];
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

async function open(changes: Partial<LocalEngineOptions> = {}): Promise<PooledEngine> {
  const engine = await createLocalEngine({
    folders,
    precision,
    device: "cpu",
    threads,
    rows: 2,
    positions: null,
    runaway: {},
    memoryBudgetBytes,
    idleUnloadSeconds: null,
    logger: { info: () => undefined, error: () => undefined },
    ...changes,
  });
  engines.push(engine);
  return engine;
}

describeSpeechEngine("the pool", {
  create: async () => {
    const engine = await open({ folders: [folders[1]!], rows: 3 });
    engines.splice(engines.indexOf(engine), 1); // the suite closes it
    await engine.load("custom-voice-1b7");
    return engine;
  },
});

const limits = { minFrames: 3, maxFrames: 3 };

function say(text: string, changes: Partial<SpeechRequest> = {}): SpeechRequest {
  const plain = speechRequest({ text, speaker: "Serena", language: "English" });
  return { ...plain, limits, ...changes };
}

/** The hosts that this process has. */
async function hostPids(): Promise<number[]> {
  const pids: number[] = [];
  for (const entry of await readdir("/proc")) {
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const [, state, parent] = /\) (\w) (\d+)/.exec(stat) ?? [];
    if (Number(parent) !== process.pid || state === "Z") continue;
    const command = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (/host\/entry\.\w+/.test(command)) pids.push(Number(entry));
  }
  return pids;
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

const mix = 300;
/** A speaker that the large model alone has. */
const larger: Partial<SpeechRequest> = { voice: { kind: "preset", speaker: "Vivian" } };

test(`${mix} mixed requests: the right model each time, never over the budget, all end`, async () => {
  const engine = await open();
  const over: number[] = [];
  const loaded: string[] = [];
  let shown = "";
  engine.onStatus(({ models }) => {
    if (engine.memory().usedBytes > memoryBudgetBytes) over.push(engine.memory().usedBytes);
    const ready = models.filter(({ state }) => state.kind === "ready").map(({ id }) => id);
    if (ready.join() !== shown && ready.length > 0) loaded.push((shown = ready.join()));
  });
  const prompts = new Map<string, VoicePrompt>();
  for (const size of ["0.6B", "1.7B"]) {
    const { samples, sampleRate } = recording;
    prompts.set(size, await engine.createVoice(samples, sampleRate, { size }));
    expect(prompts.get(size)!.size).toBe(size);
  }
  const kinds: [string, Partial<SpeechRequest>][] = [
    ["custom-voice-0b6", {}],
    ["custom-voice-1b7", { instruct: "softly", ...larger }],
    ["custom-voice-1b7", { model: "custom-voice-1b7", ...larger }],
    ["voice-design", { voice: { kind: "design", description: "a calm voice" } }],
    ["base-0b6", { voice: { kind: "clone", prompt: prompts.get("0.6B")! } }],
    ["base-1b7", { voice: { kind: "clone", prompt: prompts.get("1.7B")! } }],
  ];
  let seed = 6;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const requests = Array.from({ length: mix }, (_, index) => {
    const [model, changes] = kinds[random(kinds.length)]!;
    return { model, request: say(`Request ${index}.`, { seed: index, ...changes }) };
  });
  const clips = await Promise.all(
    requests.map(async ({ request }) => {
      const clip = await collect(engine, request);
      const bytes = await Promise.all((await hostPids()).map(residentBytes));
      const sum = bytes.reduce((total, one) => total + one, 0);
      if (sum > memoryBudgetBytes) over.push(sum);
      return clip;
    }),
  );
  expect(clips.map(({ start }) => start?.model)).toEqual(requests.map(({ model }) => model));
  expect(over).toEqual([]);
  expect(new Set(loaded.flatMap((ids) => ids.split(","))).size).toBe(names.length);
  for (const name of names) {
    const alone = await loadModel(join(fixtures, name), { precision, threads, rows: 1 });
    const index = requests.findIndex(({ model }) => model === name);
    const request = { ...requests[index]!.request };
    delete request.model; // a name of the pool's
    expect(clips[index]!.samples).toEqual((await collect(alone, request)).samples);
    await alone.close();
  }
});

test("an idle model is unloaded, its process is gone, and it comes back with the same audio", async () => {
  const engine = await open({ folders: [folders[0]!], idleUnloadSeconds: 0.05 });
  const first = await collect(engine, say("Again."));
  await statusWhere(engine, ({ models }) => models[0]!.state.kind === "idle");
  await engine.unload("custom-voice-0b6"); // resolves when it is out
  expect(await hostPids()).toEqual([]);
  expect(engine.memory().usedBytes).toBe(0);
  expect((await collect(engine, say("Again."))).samples).toEqual(first.samples);
});

test("a host that is killed fails its requests; its share is kept right and the next one works", async () => {
  const engine = await open({ folders: folders.slice(0, 2) });
  const before = await collect(engine, say("One."));
  const [pid] = await hostPids();
  const long = { minFrames: 500, maxFrames: 500 };
  const events = sip(engine, say("Two.", { limits: long }));
  await events.next();
  process.kill(pid!, "SIGKILL");
  const rest = async (): Promise<void> => {
    while (await events.next());
  };
  await expect(rest()).rejects.toMatchObject({ code: "crashed" });
  expect((await collect(engine, say("One."))).samples).toEqual(before.samples);
  const other = await collect(engine, say("Three.", larger));
  expect(other.start?.model).toBe("custom-voice-1b7");
  expect(engine.memory().usedBytes).toBeLessThanOrEqual(memoryBudgetBytes);
});

test("models come and go while it runs", async () => {
  const engine = await open({ folders: [folders[0]!] });
  const design: Partial<SpeechRequest> = { voice: { kind: "design", description: "calm" } };
  await expect(collect(engine, say("Hi.", design))).rejects.toMatchObject({ code: "unsupported" });
  expect(await engine.add(folders[2]!)).toBe("voice-design");
  expect((await collect(engine, say("Hi.", design))).start?.model).toBe("voice-design");
  await engine.remove("voice-design");
  expect(engine.status().models.map(({ id }) => id)).toEqual(["custom-voice-0b6"]);
  expect(await hostPids()).toHaveLength(1);
  await expect(collect(engine, say("Hi.", design))).rejects.toMatchObject({ code: "unsupported" });
});

test("a model larger than the budget is refused in words", async () => {
  const engine = await open({ folders: [folders[0]!], memoryBudgetBytes: 1_000_000 });
  await expect(collect(engine, say("Hi."))).rejects.toMatchObject({
    code: "out_of_memory",
    message: expect.stringMatching(/--memory-budget/) as string,
  });
  expect(engine.status().models[0]!.state.kind).toBe("failed");
  expect(await hostPids()).toEqual([]);
});
