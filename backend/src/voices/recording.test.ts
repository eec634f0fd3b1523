import { expect, test } from "vitest";
import { testRecording, wavOf } from "../testing/recordings.ts";
import { checkRecording, readRecording, withClosingSilence, type Recording } from "./recording.ts";

const good = testRecording();
const adviceOn = (recording: Recording, transcript: string | null = null): string =>
  checkRecording(recording, transcript).join(" ");

function changed(change: (sample: number, time: number) => number, base = good): Recording {
  const { samples, sampleRate } = base;
  return { sampleRate, samples: samples.map((sample, at) => change(sample, at / sampleRate)) };
}

test("a good recording needs no advice", () => {
  expect(checkRecording(readRecording(wavOf(good)), null)).toEqual([]);
});

test("length: 3 to 30 s", () => {
  expect(() => adviceOn(testRecording({ seconds: 2.9 }))).toThrow(/2\.9 s, at least 3 s/);
  expect(() => adviceOn(testRecording({ seconds: 31 }))).toThrow(/31\.0 s, at most 30 s/);
  expect(adviceOn(testRecording({ seconds: 3 }))).toBe("");
  expect(adviceOn(withClosingSilence(testRecording({ seconds: 30 })))).toBe("");
});

test("level: none, little, too much", () => {
  expect(() => adviceOn(changed(() => 0))).toThrow(/no sound/);
  expect(() => adviceOn(changed((sample) => sample / 1000))).toThrow(/no sound|loud enough/);
  expect(adviceOn(changed((sample) => sample / 30))).toMatch(/^It is quiet \(-\d+ dB\)/);
  expect(adviceOn(changed((sample) => Math.max(-1, Math.min(1, sample * 5))))).toMatch(
    /clipped \(\d+\.\d %\)/,
  );
  expect(adviceOn(changed((sample, time) => (time === 1 ? 1 : sample)))).toBe("");
});

test("silence: at the ends, in between, and nothing but", () => {
  const long = testRecording({ seconds: 8 });
  const between = (from: number, to: number) =>
    changed((sample, time) => (time >= from && time < to ? sample : 0), long);
  expect(adviceOn(between(2, 8))).toMatch(/^It begins with 2\.\d s of silence/);
  expect(adviceOn(between(0, 6))).toMatch(/^It ends with [12]\.\d s of silence/);
  expect(() => adviceOn(between(4, 5))).toThrow(/loud enough to be speech/);
  const pauses = changed((sample, time) => (time % 2 < 0.8 || time > 7.5 ? sample : 0), long);
  expect(adviceOn(pauses)).toMatch(/^More than half of it is silence/);
});

test("sample rate: a telephone's is taken with advice, a stranger one is not", () => {
  expect(adviceOn(testRecording({ sampleRate: 8_000 }))).toMatch(/8000 Hz, as on a telephone/);
  expect(() => adviceOn(testRecording({ sampleRate: 4_000 }))).toThrow(/4000 Hz; taken are/);
});

test("a transcript that cannot be all of it, or is of something else", () => {
  const recording = testRecording({ seconds: 12 });
  expect(adviceOn(recording, "Hello.")).toMatch(/too short for 1\d s of speech/);
  expect(adviceOn(recording, "word ".repeat(150))).toMatch(/too long/);
  expect(adviceOn(recording, "word ".repeat(30))).toBe("");
});

test("what is no WAV file is refused by its kind, and so is one that is too large", () => {
  expect(() => readRecording(Buffer.from("ID3 and so on, as MP3 files begin"))).toThrow(/MP3/);
  expect(() => readRecording(Buffer.alloc(0))).toThrow(/empty/);
  expect(() => readRecording(wavOf(good).subarray(0, 30))).toThrow();
  expect(() => readRecording(Buffer.alloc(10_000_001))).toThrow(/more than 10 MB/);
});

test("half a second of silence follows, once", () => {
  const heard = withClosingSilence(good);
  expect(heard.samples.length - good.samples.length).toBeGreaterThan(11_990);
  expect(heard.samples.subarray(-12_000).every((sample) => sample === 0)).toBe(true);
  const same = (a: Float32Array, b: Float32Array): boolean =>
    a.length === b.length && a.every((sample, at) => sample === b[at]);
  expect(same(heard.samples.subarray(0, good.samples.length), good.samples)).toBe(true);
  expect(same(withClosingSilence(heard).samples, heard.samples)).toBe(true);
});
