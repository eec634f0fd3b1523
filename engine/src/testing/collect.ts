// Small tools of tests that drive an engine: make a request, drink a whole clip, wait for a status.
import type { EngineStatus, SpeechEngine, SpeechEvent, SpeechRequest } from "../speech-engine.ts";

type Start = Extract<SpeechEvent, { kind: "start" }>;
type End = Extract<SpeechEvent, { kind: "end" }>;

export type Clip = {
  start: Start | undefined;
  end: End | undefined;
  samples: Float32Array;
};

/** A plain request: a preset voice, whole text, seed 7, delivered as a whole. */
export function speechRequest(parts: {
  text: string;
  speaker: string;
  language: string;
}): SpeechRequest {
  return {
    text: { kind: "whole", text: parts.text },
    voice: { kind: "preset", speaker: parts.speaker },
    language: parts.language,
    seed: 7,
    sampling: {},
    limits: {},
    delivery: { kind: "whole" },
  };
}

/** A request drunk by hand. */
export type Sips = {
  /** The next event; none after the last. */
  next: () => Promise<SpeechEvent | undefined>;
  /** The iterator's return(). */
  leave: () => Promise<void>;
};

export function sip(
  engine: SpeechEngine,
  request: SpeechRequest,
  signal: AbortSignal = new AbortController().signal,
): Sips {
  const events = engine.synthesize(request, signal)[Symbol.asyncIterator]();
  return {
    next: async () => {
      const result = await events.next();
      return result.done ? undefined : result.value;
    },
    leave: async () => {
      await events.return?.();
    },
  };
}

/** Drink a request to its end. */
export async function collect(
  engine: SpeechEngine,
  request: SpeechRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Clip> {
  const events: SpeechEvent[] = [];
  for await (const event of engine.synthesize(request, signal)) events.push(event);
  return clipOf(events);
}

export function clipOf(events: readonly SpeechEvent[]): Clip {
  const clip: Clip = { start: undefined, end: undefined, samples: new Float32Array(0) };
  const pieces: number[] = [];
  for (const event of events) {
    if (event.kind === "start") clip.start = event;
    if (event.kind === "end") clip.end = event;
    if (event.kind === "audio") for (const sample of event.samples) pieces.push(sample);
  }
  clip.samples = Float32Array.from(pieces);
  return clip;
}

/** Resolves as soon as the engine's status meets `condition`. */
export function statusWhere(
  engine: SpeechEngine,
  condition: (status: EngineStatus) => boolean,
): Promise<EngineStatus> {
  return new Promise((resolve) => {
    const stop = engine.onStatus(check);
    function check(status: EngineStatus): void {
      if (!condition(status)) return;
      stop();
      resolve(status);
    }
    check(engine.status());
  });
}
