import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { EngineError } from "../engine-error.ts";
import { joined } from "../joined.ts";
import {
  fixturePath,
  readGoldens,
  readGoldenWave,
  type GoldenSpeech,
  type GoldenWave,
} from "../testing/goldens.ts";
import {
  createCodecState,
  decodeFrames,
  decodeRows,
  loadCodecDecoder,
  releaseCodecDecoder,
  skipFrames,
  type CodecDecoder,
} from "./codec-decoder.ts";

let folder: string;
const decoders = new Map<string, Promise<CodecDecoder>>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "codec-"));
});
afterAll(async () => {
  for (const decoder of decoders.values()) await releaseCodecDecoder(await decoder);
  await rm(folder, { recursive: true });
});

function decoderOf(checkpoint: string): Promise<CodecDecoder> {
  const known = decoders.get(checkpoint) ?? load(checkpoint);
  decoders.set(checkpoint, known);
  return known;
}

async function load(
  checkpoint: string,
  threads: { threads: number; threadsBeside?: number } = { threads: 1 },
): Promise<CodecDecoder> {
  return loadCodecDecoder(await openCheckpoint(fixturePath(checkpoint)), {
    ...threads,
    cachedFiles: async (_, produce) => {
      const place = await mkdtemp(join(folder, "files-"));
      await produce(place);
      return place;
    },
  });
}

/** All that are stored against the samples at their places. */
async function worstDifference(samples: Float32Array, wave: GoldenWave): Promise<number> {
  expect(samples).toHaveLength(wave.samples);
  const stored = await readGoldenWave(wave);
  return stored.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - samples[i * wave.stride]!)),
    0,
  );
}

/** Not `toEqual`, which takes minutes to say how two clips differ. */
function expectSameBits(left: Float32Array, right: Float32Array): void {
  expect(left).toHaveLength(right.length);
  expect(left.findIndex((sample, at) => sample !== right[at])).toBe(-1);
}

/** In calls of the given numbers of frames, over and over. */
async function decodeInPieces(decoder: CodecDecoder, codes: number[][], sizes: number[]) {
  const state = createCodecState(decoder);
  const samples = new Float32Array(codes.length * decoder.samplesPerFrame);
  for (let first = 0, call = 0; first < codes.length; call++) {
    const size = sizes[call % sizes.length]!;
    const piece = await decodeFrames(decoder, state, codes.slice(first, first + size));
    samples.set(piece, first * decoder.samplesPerFrame);
    first += size;
  }
  return samples;
}

const decodes = await readGoldens("codec-decode");
const cloned = (await readGoldens("speech")).filter(({ referenceCodes }) => referenceCodes);

describe("the official package decodes the same", () => {
  test.each(decodes)("$name", async ({ checkpoint, codes, wave }) => {
    const decoder = await decoderOf(checkpoint);
    const samples = await decodeFrames(decoder, createCodecState(decoder), codes);
    expect(await worstDifference(samples, wave)).toBeLessThan(1e-4);
  });

  test.each(cloned)("speech behind the reference of $name", async (golden) => {
    expect(await worstDifference(await speech(golden), golden.wave)).toBeLessThan(1e-4);
  });

  /** A voice's reference comes first and is not heard. */
  async function speech({ checkpoint, codes, referenceCodes }: GoldenSpeech) {
    const decoder = await decoderOf(checkpoint);
    const state = createCodecState(decoder);
    await skipFrames(decoder, state, referenceCodes ?? []);
    return decodeFrames(decoder, state, codes);
  }
});

describe("a stream", () => {
  const longest = decodes.filter(({ codes }) => codes.length > 300);

  test.each(longest)(
    "is the same to the last bit in any pieces: $name",
    async ({ checkpoint, codes }) => {
      const decoder = await decoderOf(checkpoint);
      const whole = (
        await decodeRows(decoder, [{ state: createCodecState(decoder), frames: codes }])
      )[0]!;
      expect(decoder.config.slidingWindow).toBeLessThan(codes.length);
      for (const sizes of [
        [3, 1, 7, 2],
        [64, 5],
        [130, 1],
      ]) {
        expectSameBits(await decodeInPieces(decoder, codes, sizes), whole);
      }
      const some = codes.slice(0, 100);
      const begin = whole.subarray(0, some.length * decoder.samplesPerFrame);
      for (const size of [1, 2, 4]) {
        expectSameBits(await decodeInPieces(decoder, some, [size]), begin);
      }
    },
  );

  test("is the same whether a call has all threads or leaves some to the steps", async () => {
    const { checkpoint, codes } = longest[0]!;
    const whole = await decodeFrames(
      await decoderOf(checkpoint),
      createCodecState(await decoderOf(checkpoint)),
      codes,
    );
    const decoder = await load(checkpoint, { threads: 2, threadsBeside: 1 });
    const lone = vi.spyOn(decoder.waveAlone, "run");
    const state = createCodecState(decoder);
    const pieces: Float32Array[] = [];
    for (let first = 0; first < codes.length; first += 4) {
      const row = { state, frames: codes.slice(first, first + 4) };
      pieces.push(...(await decodeRows(decoder, [row], { alone: first % 8 === 0 })));
    }
    expectSameBits(joined(pieces), whole);
    const calls = Math.ceil(codes.length / 4);
    const lastFrames = codes.length - 4 * (calls - 1);
    expect(lone).toHaveBeenCalledTimes(calls % 2 === 1 ? 2 * (calls - 1) + lastFrames : 2 * calls);
    await releaseCodecDecoder(decoder);
  });

  test("goes on from a copy of its state as from the state, which stays as it was", async () => {
    const { checkpoint, codes } = longest[0]!;
    const decoder = await decoderOf(checkpoint);
    const primed = createCodecState(decoder);
    await decodeFrames(decoder, primed, codes.slice(0, 20));
    const copy = structuredClone(primed);
    const first = await decodeFrames(decoder, copy, codes.slice(20, 40));
    await decodeFrames(decoder, copy, codes.slice(60, 90));
    expect(await decodeFrames(decoder, primed, codes.slice(20, 40))).toEqual(first);
  });

  test("sounds beside others of other ages as it sounds alone", async () => {
    const { checkpoint, codes } = longest[0]!;
    const decoder = await decoderOf(checkpoint);
    const parts = [0, 3, 30].map((age, row) => ({
      age,
      frames: codes.slice(100 * row, 100 * row + 40),
    }));
    const rows = [];
    const alone = [];
    for (const { age, frames } of parts) {
      const state = createCodecState(decoder);
      await decodeFrames(decoder, state, frames.slice(0, age));
      const copy = structuredClone(state);
      rows.push({ state, next: frames.slice(age) });
      alone.push([
        await decodeFrames(decoder, copy, frames.slice(age, age + 4)),
        await decodeFrames(decoder, copy, frames.slice(age + 4, age + 10)),
      ]);
    }
    for (const [call, [from, to]] of [[0, 4] as const, [4, 10] as const].entries()) {
      const together = await decodeRows(
        decoder,
        rows.map(({ state, next }) => ({ state, frames: next.slice(from, to) })),
      );
      for (const [row, samples] of together.entries()) {
        expectSameBits(samples, alone[row]![call]!);
      }
    }
  });

  test.each([
    ["from its beginning", 0],
    ["later", 30],
  ])("goes on behind frames that nobody hears as behind heard ones: %s", async (_when, before) => {
    const { checkpoint, codes } = longest[0]!;
    const decoder = await decoderOf(checkpoint);
    for (const count of [0, 1, 5, 200]) {
      const heard = createCodecState(decoder);
      await decodeFrames(decoder, heard, codes.slice(0, before));
      const skipped = structuredClone(heard);
      await decodeFrames(decoder, heard, codes.slice(before, before + count));
      await skipFrames(decoder, skipped, codes.slice(before, before + count));
      expect(skipped.position).toBe(heard.position);
      const next = codes.slice(before + count, before + count + 20);
      const expected = await decodeFrames(decoder, heard, next);
      expectSameBits(await decodeFrames(decoder, skipped, next), expected);
    }
  });

  test("refuses codes that the model does not have before it decodes any, and stays as it was", async () => {
    const { checkpoint, codes } = longest[0]!;
    const decoder = await decoderOf(checkpoint);
    const { codebookSize, quantizers } = decoder.config;
    const state = createCodecState(decoder);
    for (const wrong of [codebookSize, -1, 0.5, NaN]) {
      const late = codes.with(301, codes[301]!.with(2, wrong));
      const fault = `Code ${wrong} of frame 301, group 2 does not exist: the codes of this model are 0 to ${codebookSize - 1}.`;
      await expect(decodeFrames(decoder, state, late)).rejects.toThrow(
        new EngineError("unsupported", fault),
      );
      await expect(skipFrames(decoder, state, late)).rejects.toThrow(fault);
      await expect(decodeRows(decoder, [{ state, frames: late }])).rejects.toThrow(fault);
    }
    const short = codes.with(301, codes[301]!.slice(1));
    await expect(decodeFrames(decoder, state, short)).rejects.toThrow(
      `Frame 301 has ${quantizers - 1} codes, expected ${quantizers}`,
    );
    expect(state).toEqual(createCodecState(decoder));
  });
});
