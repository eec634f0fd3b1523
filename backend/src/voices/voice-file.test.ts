// A file that was damaged, and one that somebody made with care to do harm: each is refused with a reason.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createWavEncoder } from "../encoders/wav-encoder.ts";
import { RequestError } from "../request-error.ts";
import { seededRandom, damage } from "../testing/damage.ts";
import { testRecording, wavOf } from "../testing/recordings.ts";
import { keptRecordingBytes, withClosingSilence } from "./recording.ts";
import { readVoiceFile, writeVoiceFile, type VoiceContents } from "./voice-file.ts";
import { writeVoice, type Voice } from "./voice.ts";

const voice: Voice = {
  name: "Anna",
  kind: "clone",
  source: "upload",
  transcript: "said",
  description: null,
  language: null,
  seed: null,
  consent: "mine",
  created: "2026-01-02T03:04:05.678Z",
  seconds: 3,
  advice: [],
};

function promptOf(transcript: string | null): Buffer {
  const reference = transcript === null ? null : { transcript, codes: [[1, 2]] };
  return Buffer.from(JSON.stringify({ speakerEmbedding: [1, 2], reference }));
}

const contents: VoiceContents = {
  voice,
  reference: wavOf(testRecording({ seconds: 3, sampleRate: 8_000 })),
  prompts: new Map([["0.6B", promptOf("said")]]),
};
const file = writeVoiceFile(contents);

/** A file whose checksum is right, as whoever means harm would make it. */
function sealed(header: unknown, ...parts: Uint8Array[]): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return seal(Buffer.concat([length, text, ...parts]));
}

function seal(rest: Buffer): Buffer {
  return Buffer.concat([Buffer.from("QTVOICE1"), createHash("sha256").update(rest).digest(), rest]);
}

test("what was written is read again", () => {
  const { prompts, reference, ...read } = readVoiceFile(file);
  expect(read).toEqual({ voice });
  expect(Buffer.compare(reference, contents.reference)).toBe(0);
  expect([...prompts].map(([size, bytes]) => [size, bytes.toString()])).toEqual([
    ["0.6B", promptOf("said").toString()],
  ]);
});

test("500 damaged files: each is refused, with a reason", () => {
  const random = seededRandom(1);
  for (let round = 0; round < 500; round++) {
    expect(() => readVoiceFile(damage(file, random)), `round ${round}`).toThrow(
      /no voice that can be used: (the file is none|it is cut short|it is larger)/,
    );
  }
});

test("500 files damaged with a right checksum: refused, or still a voice; never a defect", () => {
  const random = seededRandom(2);
  for (let round = 0; round < 500; round++) {
    try {
      readVoiceFile(seal(damage(file.subarray(40), random)));
    } catch (error) {
      expect(error, `round ${round}`).toBeInstanceOf(RequestError);
    }
  }
});

const { reference } = contents;
const plain = { voice: writeVoice(voice), reference: reference.length, prompts: [] };
const json = (changes: object) => JSON.stringify({ schema: 1, ...voice, ...changes });
const prompt = promptOf("said");
const listed = { size: "0.6B", bytes: prompt.length };
const quiet = createWavEncoder(8_000, "f32");
const silence = Buffer.concat([quiet.header(24_000), quiet.push(new Float32Array(24_000))]);

test.each<[string, RegExp, Buffer]>([
  ["no header", /no JSON/, sealed("")],
  ["deep header", /no JSON|not as/, sealed("[".repeat(60_000))],
  ["long header", /too long/, sealed("x".repeat(70_000))],
  [
    "more than is there",
    /not those/,
    sealed({ ...plain, reference: 9 + reference.length }, reference),
  ],
  ["less than is there", /not those/, sealed({ ...plain, reference: 9 }, reference)],
  ["negative length", /not as/, sealed({ ...plain, reference: -1 }, reference)],
  ["a path as a size", /not as/, sealed({ ...plain, prompts: [{ size: "../x", bytes: 1 }] })],
  [
    "a size twice",
    /not those/,
    sealed({ ...plain, prompts: [listed, listed] }, reference, prompt, prompt),
  ],
  [
    "a prompt that says something else",
    /prompt of another recording/,
    sealed({ ...plain, prompts: [listed] }, reference, promptOf("evil")),
  ],
  [
    "a prompt that is none",
    /prompt of another recording/,
    sealed({ ...plain, prompts: [listed] }, reference, Buffer.alloc(prompt.length)),
  ],
  [
    "a path as a name",
    /cannot be the name/,
    sealed({ ...plain, voice: json({ name: "../a" }) }, reference),
  ],
  [
    "a speaker's name",
    /name of a speaker/,
    sealed({ ...plain, voice: json({ name: "Ryan" }) }, reference),
  ],
  ["no consent", /consent/, sealed({ ...plain, voice: json({ consent: "" }) }, reference)],
  [
    "a newer schema",
    /schema is 2, and this version reads 1/,
    sealed({ ...plain, voice: json({ schema: 2 }) }, reference),
  ],
  ["an unknown field", /__x/, sealed({ ...plain, voice: json({ __x: 1 }) }, reference)],
  [
    "a wrong date",
    /date/,
    sealed({ ...plain, voice: json({ created: "2026-99-02T03:04:05.678Z" }) }, reference),
  ],
  ["another length", /another one/, sealed({ ...plain, voice: json({ seconds: 4 }) }, reference)],
  ["no WAV file", /not a WAV/, sealed({ ...plain, reference: 5 }, Buffer.from("hello"))],
  ["silence", /no sound/, sealed({ ...plain, reference: silence.length }, silence)],
])("made with care: %s", (_name, reason, bytes) => {
  expect(() => readVoiceFile(bytes)).toThrow(RequestError);
  expect(() => readVoiceFile(bytes)).toThrow(reason);
});

test("the longest recording at the highest rate fits", () => {
  const encoder = createWavEncoder(192_000, "f32");
  const { samples, sampleRate } = withClosingSilence(
    testRecording({ seconds: 30, sampleRate: 192_000 }),
  );
  const wav = Buffer.concat([encoder.header(samples.length), encoder.push(samples)]);
  expect(wav.length).toBeLessThan(keptRecordingBytes);
  const seconds = samples.length / sampleRate;
  const long = writeVoiceFile({ ...contents, voice: { ...voice, seconds }, reference: wav });
  expect(readVoiceFile(long).reference.length).toBe(wav.length);
});
