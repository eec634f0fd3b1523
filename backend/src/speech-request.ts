// What `http/` makes of a body once it is checked: the only kind of request the rest of the server
// knows. Names are those of the engine's tables, the seed is drawn, defaults are filled in.
import { randomInt } from "node:crypto";
import type { Delivery, Limits, Sampling, SpeechRequest, Voice } from "qwen3-tts";
import type { AudioFormat } from "./protocol.ts";

/** A kept voice, and the size of the Base model that was chosen for it. */
export type KeptVoiceName = { kind: "kept"; name: string; size: string };

export type ValidSpeechRequest = {
  text: string;
  /** A `ModelStatus.id`; null: there is no choice, or the engine makes it. */
  model: string | null;
  voice: Voice | KeptVoiceName;
  language: string;
  instruct: string | null;
  seed: number;
  /** Whether the client chose it: then another one is not what it asked for. */
  seedGiven: boolean;
  sampling: Sampling;
  /** Longest clip the client wants to hear, after `speed`. */
  maxSeconds: number | null;
  trimLeadingSilence: boolean;
  /** 2 is twice as fast. */
  speed: number;
  /** 2 is an octave up. */
  pitch: number;
  format: AudioFormat;
};

/** A request whose voice the engine knows. */
export type VoicedRequest = ValidSpeechRequest & { voice: Voice };

/** `seed`s that the server draws: every value fits a 32-bit generator. */
const drawnSeeds = 2 ** 32;

export function drawSeed(): number {
  return randomInt(drawnSeeds);
}

/** The engine speaks at its own speed: limits are seconds of its audio, not of the client's. */
export function toEngineRequest(request: VoicedRequest, delivery: Delivery): SpeechRequest {
  const limits: Limits =
    request.maxSeconds === null ? {} : { maxSeconds: request.maxSeconds * request.speed };
  return {
    text: { kind: "whole", text: request.text },
    voice: request.voice,
    ...(request.model === null ? {} : { model: request.model }),
    language: request.language,
    ...(request.instruct === null ? {} : { instruct: request.instruct }),
    seed: request.seed,
    sampling: request.sampling,
    limits,
    ...(request.trimLeadingSilence ? { trimLeadingSilence: true } : {}),
    delivery,
  };
}
