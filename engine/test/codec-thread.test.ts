// The codec's thread over a tiny checkpoint, beside the same decoder in this process.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { EngineError } from "../src/engine-error.ts";
import {
  createCodecState,
  decodeFrames,
  loadCodecDecoder,
  releaseCodecDecoder,
  type CodecDecoder,
} from "../src/model/codec-decoder.ts";
import { fixturePath, readGoldens } from "../src/testing/goldens.ts";
import { CodecThread } from "../src/local/codec-thread.ts";
import { graphOptions } from "../src/local/graph-options.ts";

const options = { folder: fixturePath("custom-voice-0b6"), threads: 1 };
const longest = (await readGoldens("codec-decode")).find(
  ({ name }) => name === "custom-voice-0b6.decode-350",
)!;
const codes = (first: number, count: number) => longest.codes.slice(first, first + count);

let cache: string;
let decoder: CodecDecoder;
let thread: CodecThread;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "codec-thread-"));
  process.env.QWEN_TTS_CACHE = cache;
  const checkpoint = await openCheckpoint(options.folder);
  decoder = await loadCodecDecoder(checkpoint, await graphOptions(checkpoint, 1));
  thread = await CodecThread.start(options);
});
afterAll(async () => {
  await thread.close();
  await releaseCodecDecoder(decoder);
  await rm(cache, { recursive: true });
});

/** Calls of these numbers of frames of the golden clip, from its frame `first` on. */
const calls = (first: number, sizes: readonly number[]) =>
  sizes.map((size, index) => codes(first + sizes.slice(0, index).reduce((a, b) => a + b, 0), size));

async function here(pieces: readonly number[][][]): Promise<Float32Array[]> {
  const state = createCodecState(decoder);
  const samples = [];
  for (const piece of pieces) samples.push(await decodeFrames(decoder, state, piece));
  return samples;
}

async function there(pieces: readonly number[][][]): Promise<Float32Array[]> {
  const stream = thread.openStream();
  const samples = [];
  for (const piece of pieces)
    samples.push((await thread.decode(stream, piece, { dueMs: 0 })).samples);
  thread.closeStream(stream);
  return samples;
}

test("streams beside one another sound as each does in this process, to the last bit", async () => {
  const streams = [calls(0, [1, 1, 2, 4, 4, 3]), calls(100, [1, 1, 2, 4, 1]), calls(200, [1, 1])];
  const expected = [];
  for (const pieces of streams) expected.push(await here(pieces));
  expect(await Promise.all(streams.map(there))).toEqual(expected);
});

test("frames that were heard elsewhere leave the stream as heard ones would", async () => {
  const [, expected] = await here([codes(0, 40), codes(40, 4)]);
  const stream = thread.openStream();
  expect((await thread.prime(stream, codes(0, 40), 0)).samples).toHaveLength(0);
  const { samples } = await thread.decode(stream, codes(40, 4), { dueMs: 0 });
  thread.closeStream(stream);
  expect(samples).toHaveLength(expected!.length);
  samples.forEach((sample, at) => expect(Math.abs(sample - expected![at]!)).toBeLessThan(1e-5));
});

test("a reference that went through before leaves its next stream the same, bit for bit", async () => {
  const [reference, next] = [codes(7, 40), codes(50, 4)];
  const heard: Float32Array[] = [];
  for (let use = 0; use < 3; use++) {
    const stream = thread.openStream();
    await thread.prime(stream, reference, 0);
    heard.push((await thread.decode(stream, next, { dueMs: 0 })).samples);
    thread.closeStream(stream);
  }
  expect(heard[0]!.some((sample) => sample !== 0)).toBe(true);
  expect(heard[1]).toEqual(heard[0]);
  expect(heard[2]).toEqual(heard[0]);
});

test("of the calls that wait the one that is due first comes first", async () => {
  const order: string[] = [];
  const call = async (name: string, count: number, dueMs: number) => {
    const stream = thread.openStream();
    await thread.decode(stream, codes(0, count), { dueMs });
    order.push(name);
    thread.closeStream(stream);
  };
  await Promise.all([
    call("under way", 80, 0),
    call("a file", 4, 3000),
    call("nearly dry", 40, 1000),
    call("as dry, but later", 4, 1000),
    call("in no hurry", 1, 2000),
    call("first sound", 1, -Infinity),
  ]);
  expect(order).toEqual([
    "under way",
    "first sound",
    "nearly dry",
    "as dry, but later",
    "in no hurry",
    "a file",
  ]);
});

test("a call that all steps wait for goes between the parts of one under way", async () => {
  // One that has done nothing yet: the first call is under way when the others come.
  const fresh = await CodecThread.start(options);
  const order: string[] = [];
  const call = async (name: string, piece: number[][], work: { dueMs: number; alone: boolean }) => {
    const stream = fresh.openStream();
    const { samples, ms } = await fresh.decode(stream, piece, work);
    order.push(name);
    fresh.closeStream(stream);
    return { samples, ms };
  };
  const startMs = performance.now();
  const made = await Promise.all([
    call("under way", codes(0, 80), { dueMs: 0, alone: false }),
    call("a file's last", codes(100, 4), { dueMs: 3000, alone: true }),
    call("beside steps", codes(200, 4), { dueMs: -Infinity, alone: false }),
    call("first sound", codes(300, 1), { dueMs: -Infinity, alone: true }),
  ]);
  const wholeMs = performance.now() - startMs;
  await fresh.close();
  expect(order).toEqual(["first sound", "under way", "beside steps", "a file's last"]);
  const [long, last, beside, first] = made.map(({ samples }) => samples);
  expect([long]).toEqual(await here([codes(0, 80)]));
  expect([first]).toEqual(await here([codes(300, 1)]));
  expect([last]).toEqual(await here([codes(100, 4)]));
  expect([beside]).toEqual(await here([codes(200, 4)]));
  // What a call gave to another is not its own time.
  expect(made.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThanOrEqual(wholeMs);
});

test("a stream that is closed answers the calls that wait, and takes no more", async () => {
  const [busy, closing] = [thread.openStream(), thread.openStream()];
  const underWay = thread.decode(busy, codes(0, 40), { dueMs: 0 });
  const waiting = thread.decode(closing, codes(0, 4), { dueMs: 0 });
  thread.closeStream(closing);
  await expect(waiting).rejects.toMatchObject({ code: "closed" });
  await expect(thread.decode(closing, codes(0, 4), { dueMs: 0 })).rejects.toMatchObject({
    code: "closed",
  });
  const [expected] = await here([codes(0, 40)]);
  expect((await underWay).samples).toEqual(expected);
  thread.closeStream(busy);
});

test("a wrong code is that call's failure", async () => {
  const stream = thread.openStream();
  const wrong = thread.decode(stream, [[-1]], { dueMs: 0 });
  await expect(wrong).rejects.toThrow(EngineError);
  expect(await there([codes(0, 1)])).toEqual(await here([codes(0, 1)]));
  thread.closeStream(stream);
});

test("the end comes after the calls that wait, and once", async () => {
  const ending = await CodecThread.start(options);
  const stream = ending.openStream();
  const other = ending.openStream();
  const all = [
    ending.decode(stream, codes(0, 8), { dueMs: 0 }),
    ending.decode(other, codes(100, 8), { dueMs: 0 }),
  ];
  await Promise.all([ending.close(), ending.close()]);
  const samples = (await Promise.all(all)).map((decoded) => decoded.samples);
  expect(samples).toEqual([...(await here([codes(0, 8)])), ...(await here([codes(100, 8)]))]);
  await expect(ending.decode(stream, codes(8, 1), { dueMs: 0 })).rejects.toMatchObject({
    code: "closed",
  });
});

test("a checkpoint that cannot be loaded is an EngineError", async () => {
  const missing = CodecThread.start({ ...options, folder: join(cache, "missing") });
  await expect(missing).rejects.toThrow(EngineError);
});

test("a thread that dies fails its streams with `crashed`; the next stream has another", async () => {
  const started = once(process, "worker") as Promise<[Worker]>;
  const dying = await CodecThread.start(options);
  const [worker] = await started;
  const [waiting, idle] = [dying.openStream(), dying.openStream()];
  const lost = dying.decode(waiting, codes(0, 200), { dueMs: 0 });
  lost.catch(() => undefined);
  await worker.terminate();
  const crashed = { name: "EngineError", code: "crashed", retryable: true };
  await expect(lost).rejects.toMatchObject(crashed);
  await expect(dying.decode(idle, codes(0, 1), { dueMs: 0 })).rejects.toMatchObject(crashed);
  const { samples } = await dying.decode(dying.openStream(), codes(0, 2), { dueMs: 0 });
  expect([samples]).toEqual(await here([codes(0, 2)]));
  await dying.close();
});

/** What a program of its own prints that has a `thread` and some `codes`. */
async function printed(program: string): Promise<string> {
  const source = `
    import { CodecThread } from ${JSON.stringify(new URL("../dist/local/codec-thread.js", import.meta.url))};
    const codes = ${JSON.stringify(codes(0, 60))};
    const thread = await CodecThread.start(${JSON.stringify(options)});
    const stream = thread.openStream();
    ${program}`;
  const file = join(await mkdtemp(join(cache, "program-")), "program.mjs");
  await writeFile(file, source);
  return (await promisify(execFile)(process.execPath, [file])).stdout.trim();
}

test("a process ends by itself, and not before what it waits for", async () => {
  const [forgotten, closed] = await Promise.all([
    printed("console.log((await thread.decode(stream, codes, { dueMs: 0 })).samples.length)"),
    printed("void thread.prime(stream, codes, 0); await thread.close(); console.log('closed')"),
  ]);
  expect(forgotten).toBe(String(60 * decoder.samplesPerFrame));
  expect(closed).toBe("closed");
});
