// What the official package says, our engine says: every case of test/goldens, with the checkpoints of
// test/fixtures, at f32 and greedy, by the public entry.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeCodes, encodeAudio, loadModel, readWav, speakerEmbedding } from "../src/index.ts";
import type { LocalModel, SpeechRequest, Voice } from "../src/index.ts";
import { joined } from "../src/joined.ts";
import { speechRequest } from "../src/testing/collect.ts";

type Wave = { file: string; samples: number; stride: number };
type FloatFile = { file: string; shape: number[] };
type Request = {
  text: string;
  speaker?: string;
  language?: string;
  instruct?: string;
  textLayout?: "whole" | "incremental";
  pretokenizer?: "qwen" | "mistral";
  maxFrames?: number;
  repetitionPenalty?: number;
  refAudio?: string;
  refText?: string;
};
type SpeechGolden = {
  kind: "speech";
  checkpoint: string;
  request: Request;
  finishReason: string;
  codes: number[][];
  wave: Wave;
};
type DecodeGolden = { kind: "codec-decode"; checkpoint: string; codes: number[][]; wave: Wave };
type EncodeGolden = {
  kind: "encode";
  checkpoint: string;
  audio: string;
  repeat: number;
  codes: number[][];
  speakerEmbedding: FloatFile;
  resampled?: Wave;
};
type Golden = SpeechGolden | DecodeGolden | EncodeGolden | { kind: "tokens" };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const fixture = (name: string) => here(`fixtures/${name}`);

const names = (await readdir(here("goldens"))).filter((name) => name.endsWith(".json"));
const goldens = await Promise.all(
  names.map(async (name): Promise<[string, Golden]> => {
    const text = await readFile(here(`goldens/${name}`), "utf8");
    return [name.replace(/\.json$/, ""), JSON.parse(text) as Golden];
  }),
);
function ofKind<Kind extends Golden["kind"]>(kind: Kind) {
  return goldens.filter(
    (entry): entry is [string, Extract<Golden, { kind: Kind }>] => entry[1].kind === kind,
  );
}

let cache: string;
const models = new Map<string, Promise<LocalModel>>();
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "golden-"));
  process.env.QWEN_TTS_CACHE = cache;
});
afterAll(async () => {
  for (const model of models.values()) await (await model).close();
  await rm(cache, { recursive: true });
});

function modelOf({ checkpoint, request: { pretokenizer = "qwen" } }: SpeechGolden) {
  const key = `${checkpoint} ${pretokenizer}`;
  const options = { precision: "f32", threads: 1, pretokenizer } as const;
  const model = models.get(key) ?? loadModel(fixture(checkpoint), options);
  models.set(key, model);
  return model;
}

async function readFloats(file: string): Promise<Float32Array> {
  const bytes = await readFile(here(`goldens/${file}`));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
}

async function expectWave(found: Float32Array[], { file, samples, stride }: Wave): Promise<void> {
  const all = joined(found);
  expect(all).toHaveLength(samples);
  const expected = await readFloats(file);
  expect(expected).toHaveLength(Math.ceil(samples / stride));
  expectNear(
    expected.map((_, i) => all[i * stride]!),
    expected,
  );
}

/** Within 1e-4. */
function expectNear(found: Float32Array, expected: Float32Array): void {
  expect(found).toHaveLength(expected.length);
  const distances = expected.map((value, i) => Math.abs(value - found[i]!));
  expect(Math.max(...distances)).toBeLessThan(1e-4);
}

describe("speech", () => {
  test.each(ofKind("speech"))("%s", async (_name, golden) => {
    const { request, codes, wave, finishReason } = golden;
    const model = await modelOf(golden);
    const found: number[][] = [];
    const pieces: Float32Array[] = [];
    let reason: string | undefined;
    const observer = { frame: (frame: readonly number[]) => void found.push([...frame]) };
    const speech = model.synthesize(
      await engineRequest(model, request),
      new AbortController().signal,
      observer,
    );
    for await (const event of speech) {
      if (event.kind === "audio") pieces.push(event.samples);
      if (event.kind === "end") reason = event.finishReason;
    }
    expect(found).toEqual(codes);
    expect(reason).toBe(finishReason);
    await expectWave(pieces, wave);
  });
});

async function engineRequest(model: LocalModel, request: Request): Promise<SpeechRequest> {
  const { text, language = "Auto", instruct, textLayout, repetitionPenalty, maxFrames } = request;
  const [status] = model.status().models;
  return {
    ...speechRequest({ text, speaker: "", language }),
    voice: await voiceOf(model, request),
    // The official package leaves instructions out where the model takes none.
    ...(instruct && model.info.variant === "custom_voice" && status!.instruct.honoured
      ? { instruct }
      : {}),
    ...(textLayout && { textLayout }),
    sampling: { greedy: true, ...(repetitionPenalty && { repetitionPenalty }) },
    limits: maxFrames === undefined ? {} : { maxFrames },
  };
}

async function voiceOf(model: LocalModel, request: Request): Promise<Voice> {
  switch (model.info.variant) {
    case "custom_voice":
      return { kind: "preset", speaker: request.speaker ?? model.info.speakers[0]! };
    case "voice_design":
      return { kind: "design", description: request.instruct ?? "" };
    case "base": {
      const { samples, sampleRate } = readWav(await readFile(fixture(request.refAudio!)));
      return {
        kind: "clone",
        prompt: await model.createVoice(samples, sampleRate, { transcript: request.refText }),
      };
    }
  }
}

describe("decoding codes", () => {
  test.each(ofKind("codec-decode"))("%s", async (_name, { checkpoint, codes, wave }) => {
    for (const chunkFrames of ["all", 7] as const) {
      const pieces: Float32Array[] = [];
      const decoded = decodeCodes(fixture(checkpoint), codes, { chunkFrames, threads: 1 });
      for await (const piece of decoded) pieces.push(piece);
      await expectWave(pieces, wave);
    }
  });
});

describe("encoding recordings", () => {
  test.each(ofKind("encode"))("%s", async (_name, golden) => {
    const recorded = readWav(await readFile(fixture(golden.audio)));
    const once = golden.resampled ? await readFloats(golden.resampled.file) : recorded.samples;
    const sampleRate = golden.resampled ? 24_000 : recorded.sampleRate;
    const samples = new Float32Array(once.length * golden.repeat);
    for (let part = 0; part < golden.repeat; part++) samples.set(once, part * once.length);
    const folder = fixture(golden.checkpoint);
    expect(await encodeAudio(folder, samples, sampleRate)).toEqual(golden.codes);
    expectNear(
      await speakerEmbedding(folder, samples, sampleRate),
      await readFloats(golden.speakerEmbedding.file),
    );
  });
});
