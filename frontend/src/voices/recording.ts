// What a recording for a voice must be, and how a person gets it so. In: levels, lengths, spans. Out:
// words and spans. Knows nothing of React; the last word is the server's check.
import { limits } from "qwen-tts/protocol";
import type { Span } from "../audio/sound.ts";

const { recordingSeconds, voiceNameLength } = limits;

export type Level = { tone: "quiet" | "good" | "loud"; text: string; share: number };

const loudFrom = 0.97;
const goodFrom = 0.1;
/** The bar is in decibels, as ears are: this is its left end. */
const floorDb = -50;

/** The loudest of the last moment, 0..1, in words and as a share of the bar. */
export function describeLevel(peak: number): Level {
  const db = 20 * Math.log10(Math.max(peak, 1e-6));
  const share = Math.max(0, Math.min(1, 1 - db / floorDb));
  if (peak >= loudFrom) return { tone: "loud", text: "Too loud: go back", share };
  if (peak >= goodFrom) return { tone: "good", text: "Good", share };
  return { tone: "quiet", text: "Quiet: come closer", share };
}

/** The span with a new start or end, both inside the sound and never nearer than the least length. */
export function moveSpan(span: Span, change: Partial<Span>, seconds: number): Span {
  const least = Math.min(recordingSeconds.min, seconds);
  if (change.from !== undefined)
    return { from: Math.max(0, Math.min(change.from, span.to - least)), to: span.to };
  const to = change.to ?? span.to;
  return { from: span.from, to: Math.min(seconds, Math.max(to, span.from + least)) };
}

/** What is chosen first: all of it, as far as it may be that long. */
export function firstSpan(seconds: number): Span {
  return { from: 0, to: Math.min(seconds, recordingSeconds.max) };
}

/** Why this length will not do; undefined when it will. */
export function lengthProblem({ from, to }: Span): string | undefined {
  const seconds = to - from;
  if (seconds < recordingSeconds.min)
    return `That is ${seconds.toFixed(1)} s: a voice needs ${recordingSeconds.min} to ${recordingSeconds.max} s.`;
  // Sliders stop at steps.
  if (seconds > recordingSeconds.max + 0.05)
    return `That is ${seconds.toFixed(1)} s: cut it to ${recordingSeconds.max} s at most.`;
  return undefined;
}

/** Why a voice cannot have this name; undefined when it can. */
export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  const wanted = name.trim();
  if (wanted === "") return "Give it a name.";
  if (Array.from(wanted).length > voiceNameLength) return `At most ${voiceNameLength} characters.`;
  if (taken.some((other) => other.toLowerCase() === wanted.toLowerCase()))
    return "There is a speaker or voice of this name: choose another.";
  return undefined;
}

export const consentWords = {
  recording: "This is my own voice, or its owner agreed that it is cloned here.",
  design: "The description does not imitate a person who has not agreed to it.",
} as const;
