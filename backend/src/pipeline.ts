// The one path of every route: engine, then effects, then encoding. In: a checked request. Out: the
// clip's bytes as they are made. Knows nothing of HTTP, queues or batches.
import type { Delivery, FinishReason, SpeechEngine, SpeechEvent } from "qwen3-tts";
import type { EffectPool } from "./effects/effect-pool.ts";
import { createEncoder, type Encoder } from "./encoders/encoder.ts";
import { toEngineRequest, type VoicedRequest } from "./speech-request.ts";

export type RenderedEvent =
  | { kind: "start"; model: string; sampleRate: number; seed: number; encoder: Encoder }
  /** `samples`: how many samples of the clip these bytes stand for. */
  | { kind: "bytes"; bytes: Uint8Array; samples: number }
  | { kind: "end"; finishReason: FinishReason };

export type Renderer = { engine: SpeechEngine; effects: EffectPool };

export async function* renderSpeech(
  { engine, effects }: Renderer,
  request: VoicedRequest,
  { delivery, signal }: { delivery: Delivery; signal: AbortSignal },
): AsyncGenerator<RenderedEvent, void> {
  const speech = engine.synthesize(toEngineRequest(request, delivery), signal);
  const shaped = applyEffects(speech, request, effects);
  yield* encode(shaped, request.format);
}

/** Speed and pitch. The clip gets `Math.round(samples / speed)` samples. */
export async function* applyEffects(
  speech: AsyncIterable<SpeechEvent>,
  { speed, pitch }: { speed: number; pitch: number },
  effects: EffectPool,
): AsyncGenerator<SpeechEvent, void> {
  if (speed === 1 && pitch === 1) {
    yield* speech;
    return;
  }
  let effect: ReturnType<EffectPool["open"]> | undefined;
  let firstSample = 0;
  const shaped = (samples: Float32Array): SpeechEvent => {
    const event: SpeechEvent = { kind: "audio", samples, firstSample };
    firstSample += samples.length;
    return event;
  };
  try {
    for await (const event of speech) {
      if (event.kind === "start") {
        effect = effects.open({ sampleRate: event.sampleRate, speed, pitch });
        yield event;
      } else if (event.kind === "audio") {
        const samples = await effect!.push(event.samples);
        if (samples.length > 0) yield shaped(samples);
      } else if (event.kind === "mark") {
        yield { ...event, atSample: Math.round(event.atSample / speed) };
      } else {
        if (event.finishReason !== "cancelled") {
          const samples = await effect!.flush();
          if (samples.length > 0) yield shaped(samples);
        }
        yield event;
      }
    }
  } finally {
    effect?.close();
  }
}

async function* encode(
  speech: AsyncIterable<SpeechEvent>,
  format: VoicedRequest["format"],
): AsyncGenerator<RenderedEvent, void> {
  let encoder: Encoder | undefined;
  for await (const event of speech) {
    switch (event.kind) {
      case "start": {
        const { model, sampleRate, seed } = event;
        encoder = createEncoder(format, sampleRate);
        yield { kind: "start", model, sampleRate, seed, encoder };
        break;
      }
      case "audio":
        yield { kind: "bytes", bytes: encoder!.push(event.samples), samples: event.samples.length };
        break;
      case "mark":
        break; // no route carries marks yet
      case "end": {
        const rest = encoder!.flush();
        if (rest.byteLength > 0) yield { kind: "bytes", bytes: rest, samples: 0 };
        yield { kind: "end", finishReason: event.finishReason };
        break;
      }
      default:
        event satisfies never;
    }
  }
}
