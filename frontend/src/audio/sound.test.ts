// A recording in memory is cut to the sample, and a WAV that is not cut stays as it came.
import { expect, test } from "vitest";
import { cutWav, joinPieces, toSound } from "./sound.ts";
import { WavReader } from "./wav.ts";

const sampleRate = 8000;
const ramp = Float32Array.from({ length: 4 * sampleRate }, (_, i) => (i % 1000) / 32_768);

async function samplesOf(wav: Blob): Promise<Float32Array> {
  const reader = new WavReader();
  const samples = reader.push(new Uint8Array(await wav.arrayBuffer()));
  expect(reader.sampleRate).toBe(sampleRate);
  return samples;
}

test("a cut has exactly the samples between its ends", async () => {
  const sound = toSound(ramp, sampleRate, null);
  const cut = await samplesOf(cutWav(sound, { from: 0.5, to: 3.25 }));
  expect(cut).toEqual(ramp.subarray(0.5 * sampleRate, 3.25 * sampleRate));
});

test("without a cut a WAV's own bytes are kept", () => {
  const original = new Blob(["as it came"]);
  const sound = toSound(ramp, sampleRate, original);
  expect(cutWav(sound, { from: 0, to: sound.seconds })).toBe(original);
  expect(cutWav(sound, { from: 0.1, to: sound.seconds })).not.toBe(original);
});

test("pieces are joined in their order", () => {
  expect(joinPieces([Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)])).toEqual(
    Float32Array.of(1, 2, 3),
  );
});
