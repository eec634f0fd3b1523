// What the fake engine says. In: a request. Out: its tone, frame by frame, and the directives that a
// test hid in the text, so that they also work through HTTP and through a host's process.
// Knows nothing of rows and steps.
import type { SpeakerInfo, SpeechRequest } from "../speech-engine.ts";

export const fakeSampleRate = 24_000;
export const fakeFrameSamples = 1920;
const codePointsPerFrame = 4;

const speaker = (name: string, nativeLanguage: string): SpeakerInfo => ({
  name,
  description: `A tone called ${name}.`,
  nativeLanguage,
});

export const fakeSpeakers: readonly SpeakerInfo[] = [
  speaker("Vivian", "Chinese"),
  speaker("Serena", "Chinese"),
  speaker("Uncle_Fu", "Chinese"),
  speaker("Dylan", "Chinese"),
  speaker("Eric", "Chinese"),
  speaker("Ryan", "English"),
  speaker("Aiden", "English"),
  speaker("Ono_Anna", "Japanese"),
  speaker("Sohee", "Korean"),
];

export const fakeLanguages: readonly string[] = [
  "Chinese",
  "English",
  "Japanese",
  "Korean",
  "German",
  "French",
  "Russian",
  "Portuguese",
  "Spanish",
  "Italian",
];

/** A fault that happens in the step after `afterFrames` frames of the row were emitted. */
export type Fault = { name: string; afterFrames: number };

export type FakeScript = {
  /** Code points to speak, directives taken out. */
  spoken: string[];
  /** Length of the clip in frames. */
  frames: number;
  /** So many frames at the start are silent. */
  silentFrames: number;
  /** Counts of emitted frames at which the row waits for `release()`. */
  waits: ReadonlySet<number>;
  faults: Fault[];
};

const faultNames: readonly string[] = [
  "crash",
  "oom",
  "hang",
  "alloc",
  "heap",
  "long",
  "gate",
  "garbage",
];
const directive = /\[([a-z]+) (\d+)\]/g;

/** Read the directives `[frames N]`, `[silence N]`, `[wait N]` and the faults; anything else is text. */
export function readScript(text: string): FakeScript {
  let frames: number | undefined;
  let silentFrames = 0;
  const waits = new Set<number>();
  const faults: Fault[] = [];
  const rest = text.replace(directive, (whole, name: string, digits: string) => {
    const count = Number(digits);
    if (name === "frames") frames = count;
    else if (name === "silence") silentFrames = count;
    else if (name === "wait") waits.add(count);
    else if (faultNames.includes(name)) faults.push({ name, afterFrames: count });
    else return whole;
    return "";
  });
  const spoken = Array.from(rest.trim());
  frames ??= Math.max(1, Math.ceil(spoken.length / codePointsPerFrame));
  return { spoken, frames, silentFrames, waits, faults };
}

/** Frames that can be spoken while more text may still come: not the last, nobody knows it yet. */
export function framesOfUnfinished(script: FakeScript): number {
  return Math.floor((script.spoken.length - 1) / codePointsPerFrame);
}

/** FNV-1a, 32 bits: small, and the same everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193);
  }
  return value >>> 0;
}

/** Everything of a request that colours its whole clip. */
export function toneKey(request: SpeechRequest): number {
  const { voice, language, instruct, seed, sampling } = request;
  return hash(JSON.stringify([voice, language, instruct ?? "", seed, sampling]));
}

/**
 * Frame number `frame`: a fundamental that depends on the request and an overtone that depends on
 * the characters spoken in it. Whole periods a frame, so that frames join without a click.
 */
export function toneFrame(key: number, spoken: readonly string[], frame: number): Float32Array {
  const start = frame * codePointsPerFrame;
  const chunk = hash(`${frame} ${spoken.slice(start, start + codePointsPerFrame).join("")}`);
  const periods = 12 + (key % 48); // 150..738 Hz
  const overtone = 2 + (chunk % 3);
  const amplitude = 0.3 + (0.3 * (key >>> 8)) / 2 ** 24;
  const colour = (0.3 * (chunk >>> 8)) / 2 ** 24;
  const samples = new Float32Array(fakeFrameSamples);
  for (let n = 0; n < samples.length; n += 1) {
    const phase = (2 * Math.PI * periods * n) / fakeFrameSamples;
    samples[n] = amplitude * Math.sin(phase) + colour * Math.sin(overtone * phase);
  }
  return samples;
}
