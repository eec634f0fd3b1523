// The program as a process, with the engine's tiny checkpoints: its files hold what the official package says
// (engine/test/goldens), and standard output and standard error what is meant for each.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./cli-process.ts";

type Wave = { file: string; sampleRate: number; samples: number; stride: number };
type Golden = {
  checkpoint: string;
  request: Record<string, string | number | boolean>;
  finishReason: string;
  codes: number[][];
  wave: Wave;
  audio: string;
  speakerEmbedding: { file: string };
};

const engineTest = (path: string) =>
  fileURLToPath(new URL(`../../engine/test/${path}`, import.meta.url));
const fixture = (name: string) => engineTest(`fixtures/${name}`);
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8")) as unknown;
const readGolden = (name: string) => readJson(engineTest(`goldens/${name}.json`)) as Golden;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-goldens-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  runCli(args, { env: { QWEN_TTS_CACHE: join(folder, "cache"), NODE_NO_WARNINGS: "1" } });

function floats(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function expectNear(found: number[], { file }: { file: string }): void {
  const expected = floats(readFileSync(engineTest(`goldens/${file}`)));
  expect(found).toHaveLength(expected.length);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThan(1e-4);
}

const headerBytes = 44;

/** A WAV file of 32-bit floats. */
function expectWav(bytes: Buffer, wave: Wave): void {
  expect(bytes.readUInt32LE(24)).toBe(wave.sampleRate);
  const samples = floats(bytes.subarray(headerBytes));
  expect(samples).toHaveLength(wave.samples);
  expectNear(
    samples.filter((_, i) => i % wave.stride === 0),
    wave,
  );
}

/** `refAudio` is a file of the fixtures: "--ref-audio=…". */
function speakArguments(request: Golden["request"]): string[] {
  return Object.entries(request).map(([field, value]) => {
    const option = `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return option;
    return `${option}=${field === "refAudio" ? fixture(String(value)) : value}`;
  });
}

const left = /^--instruct is left out\. The 0\.6B model takes no instructions\..*\n$/;

test.concurrent.each([
  ["custom-voice-0b6.instruct-ignored", left],
  ["custom-voice-1b7.end", /^$/],
  ["voice-design.mixed-case-mistral", /^$/],
  ["base-0b6.x-vector-whole", /^$/],
  ["base-1b7.icl-codes-longer", /^$/],
])("speak: %s", async (name, expectedErr) => {
  const golden = readGolden(name);
  const [wav, codes] = [join(folder, `${name}.wav`), join(folder, `${name}.json`)];
  const { out, err, code } = await run(
    ...["speak", "--model", fixture(golden.checkpoint), ...speakArguments(golden.request)],
    ...["--greedy", "--precision", "f32", "--sample-format", "f32", "--threads", "1", "--json"],
    ...["--out", wav, "--codes-out", codes],
  );
  expect(err).toMatch(expectedErr);
  expect(code).toBe(0);
  const { finishReason, wave } = golden;
  expect(readJson(codes)).toEqual({ codes: golden.codes, finish_reason: finishReason });
  expectWav(readFileSync(wav), wave);
  expect(JSON.parse(out.toString())).toMatchObject({
    frames: golden.codes.length,
    seconds: wave.samples / wave.sampleRate,
    finish_reason: finishReason,
  });
});

test.concurrent("codec decode, to standard output: nothing but a WAV stream", async () => {
  const golden = readGolden("custom-voice-1b7.decode-40");
  const { out, code } = await run(
    ...["codec", "decode", "--model", fixture(golden.checkpoint), "--chunk-frames", "7"],
    ...["--codes", engineTest("goldens/custom-voice-1b7.decode-40.json")],
    ...["--sample-format", "f32", "--out", "-"],
  );
  expect(code).toBe(0);
  expect(out.readUInt32LE(40)).toBe(0xffffffff);
  expectWav(out, golden.wave);
});

test.concurrent("codec encode and speaker-embedding", async () => {
  const golden = readGolden("base-1b7.encode-short-24k");
  const recording = ["--model", fixture(golden.checkpoint), "--audio", fixture(golden.audio)];
  const [codes, embedding] = [join(folder, "codes.json"), join(folder, "embedding.json")];
  const runs = await Promise.all([
    run("codec", "encode", ...recording, "--out", codes),
    run("speaker-embedding", ...recording, "--out", embedding),
  ]);
  expect(runs.map(({ code, err, out }) => [code, err, out.length])).toEqual([
    [0, "", 0],
    [0, "", 0],
  ]);
  expect(readJson(codes)).toEqual({ codes: golden.codes });
  expectNear(readJson(embedding) as number[], golden.speakerEmbedding);
});
