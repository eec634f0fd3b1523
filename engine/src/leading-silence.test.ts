import { expect, test } from "vitest";
import { joined } from "./joined.ts";
import { LeadingSilence } from "./leading-silence.ts";

const sampleRate = 24_000;
const samplesOf = (seconds: number) => Math.round(seconds * sampleRate);
const leadIn = samplesOf(0.02);
/** Where sound begins is known to a window of 10 ms. */
const window = samplesOf(0.01);
const fade = samplesOf(0.005);

/** Noise whose level in dB of full scale follows from the time. */
function noise(seconds: number, levelAt: (seconds: number) => number): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length: samplesOf(seconds) }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const even = Math.sqrt(3) * (state / 2 ** 31 - 1);
    return 10 ** (levelAt(index / sampleRate) / 20) * even;
  });
}

const silence = (seconds: number) => new Float32Array(samplesOf(seconds));
const speech = noise(0.5, () => -20);

function trimmed(clip: Float32Array, pieceSamples = 1920) {
  const trim = new LeadingSilence({ sampleRate, trims: true });
  const pieces: Float32Array[] = [];
  for (let at = 0; at < clip.length; at += pieceSamples) {
    pieces.push(trim.push(clip.subarray(at, at + pieceSamples)));
  }
  return { samples: joined([...pieces, trim.flush()]), dropped: trim.dropped, pieces };
}

/** Nothing is missing behind the cut, and only the first 5 ms are softer. */
function expectRestOf(clip: Float32Array, { samples, dropped }: ReturnType<typeof trimmed>) {
  expect(samples.length).toBe(clip.length - dropped);
  expect(samples.subarray(fade)).toEqual(clip.subarray(dropped + fade));
}

test.each([
  ["digital silence", () => -Infinity],
  ["a quiet room", () => -70],
  ["a room that is heard", () => -52],
])("%s before speech goes, but for 20 ms", (_, levelAt) => {
  const clip = joined([noise(0.4, levelAt), speech]);
  const result = trimmed(clip);
  expectRestOf(clip, result);
  expect(result.dropped).toBeGreaterThan(samplesOf(0.4) - leadIn - window);
  expect(result.dropped).toBeLessThanOrEqual(samplesOf(0.4) - leadIn);
});

test("a clip that begins with its sound stays as it is, its first samples too", () => {
  for (const clip of [speech, joined([silence(0.02), speech])]) {
    expect(trimmed(clip)).toMatchObject({ samples: clip, dropped: 0 });
  }
});

test.each([
  ["a breath before a loud sound", (at: number) => (at < 0.15 ? -55 : -20)],
  ["a voice that begins softly", (at: number) => -58 + Math.min(38, 250 * at)],
  ["a whisper that never gets loud", () => -46],
])("%s is kept whole", (_, levelAt) => {
  const clip = joined([noise(0.3, () => -75), noise(0.4, levelAt)]);
  const result = trimmed(clip);
  expectRestOf(clip, result);
  expect(result.dropped).toBeGreaterThan(0);
  expect(result.dropped).toBeLessThanOrEqual(samplesOf(0.3) - leadIn);
});

test("a click in the silence is no beginning", () => {
  const clip = joined([silence(0.3), speech]);
  clip[samplesOf(0.1)] = 0.05;
  expect(trimmed(clip).dropped).toBeGreaterThan(samplesOf(0.3) - leadIn - window);
});

test("how the clip is cut into pieces changes nothing", () => {
  const clip = joined([noise(0.3, () => -75), noise(0.4, (at) => -58 + Math.min(38, 250 * at))]);
  const { samples } = trimmed(clip);
  for (const pieceSamples of [1, 7, 239, 480, 10_000, clip.length]) {
    expect(trimmed(clip, pieceSamples).samples).toEqual(samples);
  }
});

test("the piece with the first sound goes on at once, and none before it", () => {
  const clip = joined([silence(0.32), speech]);
  const { pieces } = trimmed(clip);
  expect(pieces.slice(0, 5).map(({ length }) => length > 0)).toEqual([
    ...[false, false, false, false],
    true,
  ]);
});

test("more than a second is not taken: a clip that is silent for long goes on as it is", () => {
  const clip = joined([silence(3), speech]);
  const result = trimmed(clip);
  expect(result.dropped).toBe(sampleRate);
  expectRestOf(clip, result);
  // And it goes on while it is silent, when the second is over.
  const heardFrames = result.pieces.findIndex(({ length }) => length > 0);
  expect(heardFrames * 1920).toBeLessThan(samplesOf(1.1));
});

test("of a clip that is silent throughout something is left", () => {
  expect(trimmed(silence(0.5)).samples).toHaveLength(leadIn);
  expect(trimmed(silence(0.01)).samples).toHaveLength(samplesOf(0.01));
});

test("the cut is no click", () => {
  const { samples } = trimmed(joined([noise(0.4, () => -52), speech]));
  expect(samples[0]).toBe(0);
});
