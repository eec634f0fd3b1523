// Speech that is made to be timed: a fixed number of frames, one or more streams at once. In: a loaded
// model. Out: times and figures. The sound is thrown away; random weights measure as well as real ones.
import { setTimeout } from "node:timers/promises";
import type { SpeechRequest, SpeechStats } from "qwen3-tts";
import type { LocalModel } from "qwen3-tts";
import { percentile, sum } from "./figures.ts";
import { voiceOf } from "./speech.ts";

/** As long as the frames that are made of it: some six seconds. */
const sentence =
  "The quick brown fox jumps over the lazy dog while the old clock in the tower strikes ten.";

/** A recording to clone, for models that have no voice of their own. Its content does not matter. */
const referenceSeconds = 3;

/** `firstAudibleMs`: until a listener who plays at once hears something; NaN when it is silent throughout. */
export type Take = { firstAudioMs: number; firstAudibleMs: number; stats: SpeechStats };

export type StreamFigures = {
  streams: number;
  /** Wall seconds for a second of audio of one stream, the median. */
  realTimeFactor: number;
  /** Of all streams together. */
  audioSecondsPerSecond: number;
  firstAudioMsP50: number;
  firstAudioMsP95: number;
  firstAudibleMsP50: number;
  firstAudibleMsP95: number;
  stageMsPerFrame: Record<string, number>;
};

export type Measured = { signal: AbortSignal; frames: number };

/** Rounds for each number of streams, so that a percentile has something to stand on. */
const rounds = 3;

/** What one stream asks for: always `frames` frames, whatever the weights say. */
export async function timedRequest(model: LocalModel, frames: number): Promise<SpeechRequest> {
  const { info } = model;
  const reference =
    info.variant === "base" ? { ...recording(info.sampleRate), transcript: null } : null;
  const instruct = info.variant === "voice_design" ? "A calm voice." : null;
  return {
    text: { kind: "whole", text: sentence },
    ...(await voiceOf(model, { speaker: null, kept: null, instruct, reference })),
    language: "Auto",
    seed: 1,
    sampling: {},
    limits: { minFrames: frames, maxFrames: frames, runawayGuard: false },
    delivery: { kind: "live", playbackRate: 1 },
  };
}

export async function measureStreams(
  model: LocalModel,
  request: SpeechRequest,
  { streams, signal }: { streams: number; signal: AbortSignal },
): Promise<StreamFigures> {
  const takes: Take[] = [];
  const startMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    const seeds = Array.from({ length: streams }, (_, index) => round * streams + index);
    const started = seeds.map((seed) => timeTake(model, { ...request, seed }, signal));
    takes.push(...(await Promise.all(started)));
  }
  const wallMs = performance.now() - startMs;
  const first = takes.map((take) => take.firstAudioMs);
  const audible = takes.map((take) => take.firstAudibleMs);
  const factors = takes.map(({ stats }) => stats.wallMs / 1000 / stats.audioSeconds);
  return {
    streams,
    realTimeFactor: percentile(factors, 0.5),
    audioSecondsPerSecond: sum(takes.map(({ stats }) => stats.audioSeconds)) / (wallMs / 1000),
    firstAudioMsP50: percentile(first, 0.5),
    firstAudioMsP95: percentile(first, 0.95),
    firstAudibleMsP50: percentile(audible, 0.5),
    firstAudibleMsP95: percentile(audible, 0.95),
    stageMsPerFrame: perFrame(takes.map(({ stats }) => stats)),
  };
}

export async function timeTake(
  model: LocalModel,
  request: SpeechRequest,
  signal: AbortSignal,
): Promise<Take> {
  const startMs = performance.now();
  const heard = { firstAudioMs: NaN, firstAudibleMs: NaN };
  let stats: SpeechStats | undefined;
  for await (const event of model.synthesize(request, signal)) {
    signal.throwIfAborted();
    if (event.kind === "audio") {
      const piece = { ...event, atMs: performance.now() - startMs };
      if (Number.isNaN(heard.firstAudioMs)) heard.firstAudioMs = piece.atMs;
      if (Number.isNaN(heard.firstAudibleMs)) {
        heard.firstAudibleMs = audibleMs(piece, heard.firstAudioMs, model.info.sampleRate);
      }
    }
    if (event.kind === "end") stats = event.stats;
  }
  if (!stats) throw new TypeError("The engine's speech has no end.");
  return { ...heard, stats };
}

/** -50 dB of full scale. */
const leastAudible = 10 ** (-50 / 20);

/**
 * When the first audible sample of a piece is played, by a player that began with the first audio; NaN if there is none.
 * A piece that comes too late is played when it comes.
 */
export function audibleMs(
  { samples, firstSample, atMs }: { samples: Float32Array; firstSample: number; atMs: number },
  playbackStartMs: number,
  sampleRate: number,
): number {
  const index = samples.findIndex((sample) => Math.abs(sample) >= leastAudible);
  if (index < 0) return NaN;
  const pieceMs = Math.max(atMs, playbackStartMs + (firstSample / sampleRate) * 1000);
  return pieceMs + (index / sampleRate) * 1000;
}

/** Seconds that are looked at one by one. */
const idleSeconds = 7;

/**
 * Of one core, what this process takes while nobody speaks, in the middle one of some seconds: 0.01 is 1 %. A collection of
 * garbage that follows the work of before falls into one or two of them; threads that spin would be in all.
 */
export async function idleShare(signal: AbortSignal): Promise<number> {
  const shares: number[] = [];
  for (let second = 0; second < idleSeconds; second++) {
    const [startMs, before] = [performance.now(), process.cpuUsage()];
    await setTimeout(1000, undefined, { signal });
    const { user, system } = process.cpuUsage(before);
    shares.push((user + system) / 1000 / (performance.now() - startMs));
  }
  return percentile(shares, 0.5);
}

function perFrame(stats: readonly SpeechStats[]): Record<string, number> {
  const frames = sum(stats.map((one) => one.frames ?? 0));
  const stages = [...new Set(stats.flatMap((one) => Object.keys(one.stagesMs)))];
  return Object.fromEntries(
    stages.map((stage) => [stage, sum(stats.map((one) => one.stagesMs[stage] ?? 0)) / frames]),
  );
}

function recording(sampleRate: number): { samples: Float32Array; sampleRate: number } {
  const samples = Float32Array.from({ length: referenceSeconds * sampleRate }, (_, i) => {
    const seconds = i / sampleRate;
    const tone = Math.sin(2 * Math.PI * 150 * seconds) + Math.sin(2 * Math.PI * 1200 * seconds) / 4;
    return 0.2 * tone * (1 + Math.sin(2 * Math.PI * 4 * seconds));
  });
  return { samples, sampleRate };
}
