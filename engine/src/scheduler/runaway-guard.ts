// Whether a row has run away: it missed its end of speech and loops, hums or is silent. In: its codes and its audio, a
// frame at a time. Out: a verdict, as plain data. Knows no model, no stream and no clock.
import type { Limits, Sampling } from "../speech-engine.ts";
import { createCodeLoop, hearCodes, type CodeLoop } from "./code-loop.ts";
import { createPatientRun, type PatientRun } from "./patient-run.ts";
import type { CodeFrame } from "./speech-model.ts";
import { createStuckSound, framesToSilence, hearSound, type StuckSound } from "./stuck-sound.ts";

/** After so many seconds of it, a row has run away. */
export type RunawayLimits = {
  silenceSeconds: number;
  humSeconds: number;
  /** Of frames that repeat earlier ones. */
  loopSeconds: number;
  /** Of speech, for each token of the text … */
  secondsPerToken: number;
  /** … and so many more for pauses. */
  secondsMore: number;
};

/**
 * Nobody pauses for four seconds within a text, holds a vowel for three or says the same with the same codes for
 * four. No text is spoken as slowly as two seconds a token.
 */
export const defaultRunawayLimits: RunawayLimits = {
  silenceSeconds: 4,
  humSeconds: 3,
  loopSeconds: 4,
  secondsPerToken: 2,
  secondsMore: 10,
};

/** Silence that is left at the end of a clip whose silent end is cut. */
const tailSeconds = 0.2;

/** Greedy speech is compared with upstream's, which nobody guards. */
export function isGuarded({ limits, sampling }: { limits: Limits; sampling: Sampling }): boolean {
  return limits.runawayGuard ?? sampling.greedy !== true;
}

export type RunawayGuard = {
  /** Frames of each that are too many. */
  most: { silence: number; hum: number; loop: number };
  tailFrames: number;
  minFrames: number;
  codes: CodeLoop;
  repeated: PatientRun;
  sound: StuckSound;
};

export function createRunawayGuard(
  limits: RunawayLimits,
  { framesPerSecond, minFrames }: { framesPerSecond: number; minFrames: number },
): RunawayGuard {
  const frames = (seconds: number) => Math.max(1, Math.round(seconds * framesPerSecond));
  const most = {
    silence: frames(limits.silenceSeconds),
    hum: frames(limits.humSeconds),
    loop: frames(limits.loopSeconds),
  };
  return {
    most,
    tailFrames: frames(tailSeconds),
    minFrames,
    codes: createCodeLoop(),
    repeated: createPatientRun(),
    sound: createStuckSound(most.hum),
  };
}

export function guardCodes(guard: RunawayGuard, codes: CodeFrame): void {
  guard.repeated = hearCodes(guard.codes, codes);
}

/** @param frame samples of the next frame; audio comes later than its codes */
export function guardSound(guard: RunawayGuard, frame: Float32Array): void {
  hearSound(guard.sound, frame);
}

/** So many frames are speech, and the row ran away after them; none: it still speaks, or must not end yet. */
export function ranAwayAt(guard: RunawayGuard): number | undefined {
  const { most, repeated, sound, codes } = guard;
  if (codes.frames < guard.minFrames) return undefined;
  const starts = [
    repeated.length >= most.loop ? repeated.since : undefined,
    sound.silence.length >= most.silence ? sound.silence.since + guard.tailFrames : undefined,
    sound.humFrames >= most.hum ? humSince(sound) : undefined,
  ].filter((start) => start !== undefined);
  return starts.length === 0 ? undefined : Math.max(guard.minFrames, Math.min(...starts));
}

/** So many frames of those heard are speech, whatever comes: the others may turn out to be a part of a runaway. */
export function surelySpoken(guard: RunawayGuard): number {
  const { repeated, sound } = guard;
  const heard = sound.frames.length;
  return framesToSilence(sound, Math.min(heard, repeated.since, humSince(sound)));
}

/** So many of the first `frames` frames are worth keeping: not all of the silence at their end. A clip is never empty. */
export function worthKeeping(guard: RunawayGuard, frames: number): number {
  const spoken = framesToSilence(guard.sound, frames);
  return Math.max(1, guard.minFrames, Math.min(frames, spoken + guard.tailFrames));
}

function humSince({ frames, humFrames }: StuckSound): number {
  return frames.length - humFrames;
}
