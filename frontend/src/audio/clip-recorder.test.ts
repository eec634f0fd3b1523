// What a stream brought, as a file and as a picture.
import { expect, test } from "vitest";
import { ClipRecorder } from "./clip-recorder.ts";
import { WavReader } from "./wav.ts";

test("the file holds exactly the samples that were appended", async () => {
  const clip = new ClipRecorder(22_050);
  const pieces = [Float32Array.of(0, 0.5, -0.5), Float32Array.of(-1, 0.25)];
  pieces.forEach((piece) => clip.append(piece));
  const bytes = new Uint8Array(await clip.toWav().arrayBuffer());
  expect(bytes.length).toBe(44 + 2 * 5);
  const reader = new WavReader();
  expect(Array.from(reader.push(bytes))).toEqual([0, 0.5, -0.5, -1, 0.25]);
  expect(reader.sampleRate).toBe(22_050);
  expect(clip.seconds).toBe(5 / 22_050);
});

test("the picture shows the loud part where it is", () => {
  const clip = new ClipRecorder(1000);
  clip.append(new Float32Array(500));
  clip.append(new Float32Array(250).fill(-0.9));
  clip.append(new Float32Array(250));
  expect(clip.peaks.between(0, 0.5)).toBe(0);
  expect(clip.peaks.between(0.5, 0.75)).toBeCloseTo(0.9);
  expect(clip.peaks.between(0.4, 0.6)).toBeCloseTo(0.45);
  expect(clip.peaks.between(0.75, 1)).toBe(0);
  expect(clip.peaks.between(1, 2)).toBe(0);
});
