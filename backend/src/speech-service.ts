// One request from its place in the queue to its last byte. In: a checked request and how it will be
// heard. Out: the events of the pipeline. Keeps the request's record, its ticket and the metrics: they
// are settled however the request ends. Knows nothing of HTTP.
import type { Delivery, SpeechEngine } from "qwen3-tts";
import type { Admission, Place, Ticket } from "./admission.ts";
import type { EffectPool } from "./effects/effect-pool.ts";
import { explain } from "./explain-error.ts";
import type { Metrics } from "./metrics.ts";
import { renderSpeech, type RenderedEvent } from "./pipeline.ts";
import { Playback } from "./playback.ts";
import type { ProductionRate } from "./production-rate.ts";
import type { RequestEntry, RequestLog } from "./request-log.ts";
import { drawSeed, type ValidSpeechRequest, type VoicedRequest } from "./speech-request.ts";
import { estimateClipSeconds } from "./text/speech-length.ts";
import { createPrompt } from "./voices/create-prompt.ts";
import type { VoiceStore } from "./voices/voice-store.ts";

export type SpeechServiceParts = {
  engine: SpeechEngine;
  voices: VoiceStore;
  effects: EffectPool;
  admission: Admission;
  requests: RequestLog;
  metrics: Metrics;
  rate: ProductionRate;
};

export type SpeechTask = {
  request: ValidSpeechRequest;
  entry: RequestEntry;
  ticket: Ticket;
  delivery: Delivery;
  /** Called when the request leaves the queue. */
  onStart?: () => void;
};

type VoicedTask = SpeechTask & { request: VoicedRequest };

/** What a request asks of admission. */
export function placeFor({ model, voice }: ValidSpeechRequest, signal: AbortSignal): Place {
  return { signal, model, prepares: voice.kind === "kept" };
}

export class SpeechService {
  readonly #parts: SpeechServiceParts;

  constructor(parts: SpeechServiceParts) {
    this.#parts = parts;
  }

  /**
   * Wait for the ticket, then speak. Ends with an `end` event or throws. A second `start` means that
   * the clip begins anew and what came before is not to be heard. Stopping it early
   * (`return()`) and aborting the entry's signal both free everything it holds.
   * @throws RequestError, EngineError
   */
  async *speak(task: SpeechTask): AsyncGenerator<RenderedEvent, void> {
    const { entry, ticket } = task;
    entry.seeded(task.request.seed);
    entry.queued(() => ticket.place());
    try {
      const request = await this.#prepared(task);
      await ticket.ready;
      entry.started();
      this.#parts.metrics.queueWait.observe(entry.elapsedMs / 1000);
      task.onStart?.();
      for await (const event of this.#render({ ...task, request })) {
        if (event.kind === "end") {
          entry.finish({ kind: "finished", finishReason: event.finishReason });
        }
        yield event;
      }
    } catch (error) {
      fail(entry, error);
      throw error;
    } finally {
      // It may have ended without an error: whoever read it has gone.
      if (entry.abort.signal.aborted) fail(entry, entry.abort.signal.reason);
      entry.finish({ kind: "finished", finishReason: "cancelled" }); // unless it has finished
      ticket.release();
      this.#parts.requests.close(entry);
      this.#parts.metrics.requests.inc({ route: entry.route, outcome: entry.outcome });
    }
  }

  /** A file that ran away is made once more, with another seed if its client left the choice to us. */
  async *#render(task: VoicedTask): AsyncGenerator<RenderedEvent, void> {
    const { delivery, entry, request } = task;
    const mayRetry = delivery.kind === "whole" && !request.seedGiven;
    let retries = false;
    for await (const event of this.#try(task)) {
      retries = mayRetry && event.kind === "end" && event.finishReason === "runaway";
      if (!retries) yield event;
    }
    if (!retries) return;
    const seed = drawSeed();
    entry.retried(seed);
    this.#parts.metrics.runawayRetries.inc();
    yield* this.#try({ ...task, request: { ...request, seed } });
  }

  /** A kept voice becomes what its model made of it, once: others may have the row meanwhile. */
  async #prepared({ request, ticket }: SpeechTask): Promise<VoicedRequest> {
    const { voice } = request;
    if (voice.kind !== "kept") return { ...request, voice };
    const { voices, engine } = this.#parts;
    const { name, size } = voice;
    const prompt = voices.prompt(name, size, createPrompt(engine, size));
    // Who leaves does not wait for it: it is kept for whoever comes next.
    await Promise.race([prompt, ticket.ready]);
    ticket.prepared();
    return { ...request, voice: { kind: "clone", prompt: await prompt } };
  }

  /** The pipeline, with its audio and the time it took counted. */
  async *#try({ request, entry, delivery }: VoicedTask): AsyncGenerator<RenderedEvent, void> {
    const { metrics, rate } = this.#parts;
    const { signal } = entry.abort;
    const ended = rate.begin();
    const advised = this.#withAdvice(delivery, request);
    const events = renderSpeech(this.#parts, request, { delivery: advised, signal });
    let sampleRate = 0;
    let samples = 0;
    let producingMs = 0;
    let isWhole = false;
    let playback: Playback | undefined;
    try {
      for (;;) {
        const askedAt = performance.now();
        const { done, value: event } = await events.next();
        const waitedMs = performance.now() - askedAt;
        producingMs += waitedMs;
        if (done) return;
        // What was in the effect when the abort came is not worth sending, and nobody may be left to
        // take it and to end this generator.
        signal.throwIfAborted();
        if (event.kind === "start") {
          sampleRate = event.sampleRate;
          entry.speaking(sampleRate);
        } else if (event.kind === "bytes") {
          if (samples === 0) {
            metrics.firstAudio.observe({ route: entry.route }, entry.elapsedMs / 1000);
          }
          samples += event.samples;
          if (delivery.kind === "live") {
            playback ??= new Playback(this.#prebufferSeconds(request));
            const seconds = event.samples / sampleRate;
            this.#heard(entry, playback.add({ atMs: performance.now(), waitedMs, seconds }));
          }
          entry.madeAudio(event.samples / sampleRate);
          metrics.audioSeconds.inc(event.samples / sampleRate);
        } else if (samples > 0) {
          isWhole = true;
          metrics.realTimeFactor.observe((producingMs / 1000 / samples) * sampleRate);
        }
        yield event;
      }
    } finally {
      // Who left after a while, perhaps because it was too slow, has seen how fast it is, too.
      const tells = isWhole || samples > sampleRate * tellingSeconds;
      const producingSeconds = producingMs / 1000;
      ended(tells ? { producingSeconds, audioSeconds: samples / sampleRate } : undefined);
      await events.return(undefined);
    }
  }

  #prebufferSeconds(request: ValidSpeechRequest): number {
    return this.#parts.rate.recommendedPrebufferMs(estimateClipSeconds(request)) / 1000;
  }

  /** What the listener is about to be told: others may be served first while it holds back. */
  #withAdvice(delivery: Delivery, request: ValidSpeechRequest): Delivery {
    if (delivery.kind === "whole") return delivery;
    return { ...delivery, prebufferSeconds: this.#prebufferSeconds(request) };
  }

  #heard(entry: RequestEntry, gapSeconds: number): void {
    if (gapSeconds === 0) return;
    entry.ranDry();
    this.#parts.metrics.underruns.inc();
    this.#parts.metrics.underrunSeconds.inc(gapSeconds);
  }
}

/** The least audio of a clip without an end that tells how fast speech is made. */
const tellingSeconds = 1;

/** A request that was called off has not failed. */
function fail(entry: RequestEntry, error: unknown): void {
  const { detail, code } = explain(error);
  if (code !== "cancelled") entry.finish({ kind: "failed", error: { detail, code } });
}
