// Kept voices spoken with, by tiny checkpoints of Base, VoiceDesign and CustomVoice: the samples are those of the command
// line with the same reference, transcript and seed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createLocalEngine } from "../src/engines/local/local-engine.ts";
import { testRecording, wavOf } from "../src/testing/recordings.ts";
import { runCli } from "./cli-process.ts";
import { checkpointFolder, writeDesigner } from "./tiny-checkpoints.ts";
import {
  changeVoice,
  deleteVoices,
  importVoice,
  upload,
  voicesPath,
  voiceUrl,
} from "./voice-client.ts";
import { post, startServer, type TestServer } from "./test-server.ts";

const root = mkdtempSync(join(tmpdir(), "voices-speech-"));
const file = (name: string): string => join(root, name);
const recording = { seconds: 3, sampleRate: 24_000 };
const headerBytes = 44;
/** Ten frames of the tiny model. */
const bounds = { seconds: 0.8, frames: 10 };

const home = file("home");
let server: TestServer;
beforeAll(async () => {
  process.env.QWEN_TTS_CACHE = file("cache");
  writeFileSync(file("me.wav"), wavOf(testRecording(recording)));
  writeDesigner(file("designer"));
  mkdirSync(home);
  await start();
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});
afterEach(() => deleteVoices(server.url));

async function start(): Promise<void> {
  const engine = await createLocalEngine({
    folders: [checkpointFolder("custom-voice-0b6"), file("designer"), checkpointFolder("base-0b6")],
    ...{ precision: "f32", device: "cpu", positions: null, threads: 1, rows: 2, runaway: {} },
    ...{ memoryBudgetBytes: 2 ** 40, idleUnloadSeconds: null },
    logger: { info: () => undefined, error: () => undefined },
  });
  server = await startServer(engine, { voices: home });
}

const cli = (...args: string[]) =>
  runCli(args, {
    env: { QWEN_TTS_CACHE: file("cache"), QWEN_TTS_VOICES: home, NODE_NO_WARNINGS: "1" },
  });

const body = { text: "Good morning.", seed: 7, max_seconds: bounds.seconds };

async function samplesOf(response: Response | Promise<Response>): Promise<string> {
  const answer = await response;
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(answer.status, bytes.toString()).toBe(200);
  expect(bytes.length).toBeGreaterThan(headerBytes + 1920);
  return bytes.subarray(headerBytes).toString("base64");
}

const speak = (speaker: string, changes: object = {}): Promise<string> =>
  samplesOf(post(`${server.url}/tts`, { ...body, speaker, ...changes }));

async function spokenByCli(reference: string, transcript: string | null): Promise<string> {
  const out = file("cli.wav");
  const { err, code } = await cli(
    ...["speak", "--model", checkpointFolder("base-0b6"), "--precision", "f32", "--threads", "1"],
    ...["--ref-audio", reference, ...(transcript === null ? [] : ["--ref-text", transcript])],
    ...["--text", body.text, "--language", "English", "--seed", String(body.seed)],
    ...["--max-frames", String(bounds.frames), "--out", out],
  );
  expect(err).toBe("");
  expect(code).toBe(0);
  return readFileSync(out).subarray(headerBytes).toString("base64");
}

test("without a transcript: as the command line with the same file", async () => {
  await upload(server.url, { name: "mine" }, readFileSync(file("me.wav")));
  expect(await speak("MINE")).toBe(await spokenByCli(file("me.wav"), null));
});

/** A cache as the hub's tools lay it out, with the folders under the models' names. */
function cacheOf(models: Record<string, string>): string {
  const hub = mkdtempSync(file("hub-"));
  for (const [name, folder] of Object.entries(models)) {
    const snapshots = join(hub, `models--Qwen--Qwen3-TTS-12Hz-${name}`, "snapshots");
    mkdirSync(snapshots, { recursive: true });
    symlinkSync(folder, join(snapshots, "a"));
  }
  return hub;
}

test("the command line speaks with it by its name, with the Base model that is there", async () => {
  await upload(server.url, { name: "mine", ref_text: "A word." }, readFileSync(file("me.wav")));
  const speakWith = (models: Record<string, string>, ...more: string[]) =>
    runCli(
      [
        ...["speak", "--speaker", "MINE", "--precision", "f32", "--threads", "1"],
        ...["--text", body.text, "--language", "English", "--seed", String(body.seed)],
        ...["--max-frames", String(bounds.frames), "--out", file("named.wav"), ...more],
      ],
      {
        env: {
          ...{ QWEN_TTS_CACHE: file("cache"), QWEN_TTS_VOICES: home, NODE_NO_WARNINGS: "1" },
          HF_HUB_CACHE: cacheOf(models),
        },
      },
    );
  const custom = { "0.6B-CustomVoice": checkpointFolder("custom-voice-0b6") };
  const both = { ...custom, "0.6B-Base": checkpointFolder("base-0b6") };
  expect(await speakWith(both)).toMatchObject({ code: 0, err: "" });
  // The prompt that it has made is there for the server, too.
  const { sizes } = (await (await fetch(voiceUrl(server.url, "mine"))).json()) as {
    sizes: string[];
  };
  expect(sizes).toEqual(["0.6B"]);
  const named = readFileSync(file("named.wav")).subarray(headerBytes).toString("base64");
  expect(named).toBe(await speak("mine"));
  expect(await speakWith(custom)).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /^The voice 'mine' needs a Base model.*download base'\.\n$/,
    ) as string,
  });
  expect(await speakWith(both, "--model", checkpointFolder("custom-voice-0b6"))).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^The voice 'mine' needs a Base model: leave --model out/) as string,
  });
});

test("with a transcript: as the command line with the reference that is kept", async () => {
  await upload(server.url, { name: "mine", ref_text: "A word." }, readFileSync(file("me.wav")));
  const reference = await fetch(voiceUrl(server.url, "mine", "/audio"));
  writeFileSync(file("kept.wav"), Buffer.from(await reference.arrayBuffer()));
  const spoken = await speak("mine");
  expect(spoken).toBe(await spokenByCli(file("kept.wav"), "A word."));
  await changeVoice(server.url, "mine", { transcript: null });
  expect(await speak("mine")).not.toBe(spoken);
});

test("the same on every route, after a restart, and from the command line's own voice", async () => {
  const { code, err } = await cli(
    ...["voices", "add", "mine", "--ref-audio", file("me.wav"), "--consent", "It is mine."],
  );
  expect([code, err]).toEqual([0, ""]);
  const whole = await speak("mine");
  expect(await samplesOf(post(`${server.url}/tts/stream`, { ...body, speaker: "mine" }))).toBe(
    whole,
  );
  const requests = [
    { ...body, speaker: "Mine" },
    { ...body, speaker: "Serena" },
  ];
  const batch = (await (await post(`${server.url}/tts/batch`, { requests })).json()) as {
    results: { audio: string }[];
  };
  const clips = batch.results.map(({ audio }) =>
    Buffer.from(audio, "base64").subarray(headerBytes).toString("base64"),
  );
  expect(clips[0]).toBe(whole);
  expect(clips[1]).not.toBe(whole);
  await server.close();
  await start();
  expect(await speak("mine")).toBe(whole);
});

test("exported, deleted, imported: identical audio, with the prompt that was made before", async () => {
  await upload(server.url, { name: "mine", ref_text: "A word." }, recording);
  const before = await speak("mine");
  const exported = await fetch(voiceUrl(server.url, "mine", "/export"));
  const bytes = Buffer.from(await exported.arrayBuffer());
  await fetch(voiceUrl(server.url, "mine"), { method: "DELETE" });
  const gone = await post(`${server.url}/tts`, { ...body, speaker: "mine" });
  expect(await gone.json()).toMatchObject({ code: "unknown_speaker" });
  const { voice } = (await (await importVoice(server.url, bytes, { name: "again" })).json()) as {
    voice: { sizes: string[] };
  };
  expect(voice.sizes).toEqual(["0.6B"]);
  expect(await speak("again")).toBe(before);
});

test("what a Base model cannot do for a voice is said", async () => {
  await upload(server.url, { name: "mine" }, recording);
  const refused = await post(`${server.url}/tts`, {
    ...body,
    speaker: "mine",
    instruct: "Whisper.",
  });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    code: "unsupported",
    detail: expect.stringMatching(/'instruct' cannot be used: A Base model/) as string,
  });
});

/** With this seed the tiny model's speech ends by itself, with the other one it does not. */
const seeds = { ends: 90, endless: 1 };

test("designed once: kept with its seed, and spoken with as any voice", async () => {
  const design = (changes: object) =>
    post(`${server.url}${voicesPath}/design`, {
      ...{ name: "deep", voice_description: "A deep voice.", consent: "Nobody's voice." },
      ...changes,
    });
  const made = await design({ seed: seeds.ends });
  const answer = (await made.json()) as { voice: object };
  expect(made.status, JSON.stringify(answer)).toBe(200);
  expect(answer.voice).toMatchObject({
    ...{ name: "deep", kind: "design", source: "design", seed: seeds.ends, language: "English" },
    description: "A deep voice.",
    transcript: expect.stringMatching(/^Hello, and welcome/) as string,
  });
  expect(await speak("deep")).toBe(await speak("DEEP"));
  expect((await design({ seed: seeds.ends })).status).toBe(409);
  expect(await (await design({ name: "other", language: "Klingon" })).json()).toMatchObject({
    code: "unknown_language",
  });
  expect(await (await design({ name: "other", seed: seeds.endless })).json()).toMatchObject({
    code: "unusable_recording",
    detail: expect.stringMatching(/did not end with seed 1/) as string,
  });
});

test("designed on the command line: the same voice as over HTTP", async () => {
  const { code, err } = await cli(
    ...["voices", "design", "deep", "--description", "A deep voice.", "--consent", "Nobody's."],
    ...["--model", file("designer"), "--seed", String(seeds.ends), "--precision", "f32"],
    ...["--threads", "1"],
  );
  expect([code, err]).toEqual([0, ""]);
  const body = { name: "twin", voice_description: "A deep voice.", consent: "x", seed: seeds.ends };
  expect((await post(`${server.url}${voicesPath}/design`, body)).status).toBe(200);
  const [mine, twin] = await Promise.all(
    ["deep", "twin"].map(async (name) => {
      const audio = await fetch(voiceUrl(server.url, name, "/audio"));
      return Buffer.from(await audio.arrayBuffer()).toString("base64");
    }),
  );
  expect(mine).toBe(twin);
});
