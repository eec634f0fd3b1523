// One synthesis between an engine and its consumer. In: `push`, `end` and `fail` from the engine. Out:
// the async iterator that `synthesize` returns, with everything the interface promises about start,
// positions, abort and return(). Does not know where the audio comes from, nor how far ahead it may be made: it
// reports what was drunk, and the engine decides.
import type { FinishReason, SpeechEvent, SpeechStats } from "./speech-engine.ts";

export type StreamHooks = {
  /** The first `next()`: start the work. */
  open: () => void;
  /** The consumer took a piece of audio of so many samples. */
  drink: (samples: number) => void;
  /** The consumer aborted or returned before the end: free the row. Called at most once. */
  leave: () => void;
};

/** What an engine knows at the end; the stream measures the rest of `SpeechStats`. */
export type EngineStats = Pick<SpeechStats, "stagesMs" | "steps" | "frames">;

type Waiter = {
  resolve: (result: IteratorResult<SpeechEvent, undefined>) => void;
  reject: (error: Error) => void;
};
type Item = { kind: "event"; event: SpeechEvent } | { kind: "failure"; error: Error };
type Phase = "new" | "open" | "finished";

/** Single use, single consumer. `hooks` are never called after the end, a failure or a leave. */
export class SpeechStream implements AsyncIterableIterator<SpeechEvent, undefined> {
  readonly #signal: AbortSignal;
  readonly #hooks: StreamHooks;
  readonly #createdMs = performance.now();
  readonly #items: Item[] = [];
  readonly #waiters: Waiter[] = [];
  #phase: Phase = "new";
  #samples = 0;
  #sampleRate = 0;

  constructor(signal: AbortSignal, hooks: StreamHooks) {
    this.#signal = signal;
    this.#hooks = hooks;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Whether the engine may still push; false after the end, a failure, an abort or a return. */
  get open(): boolean {
    return this.#phase === "open";
  }

  /** Of audio that was pushed and not taken back. */
  get pushedSamples(): number {
    return this.#samples;
  }

  /** What follows the audio before it; nothing where there are no samples. */
  pushAudio(samples: Float32Array): void {
    if (samples.length > 0) this.push({ kind: "audio", samples, firstSample: this.#samples });
  }

  push(event: Exclude<SpeechEvent, { kind: "end" }>): void {
    if (!this.open) return;
    if (event.kind === "start") this.#sampleRate = event.sampleRate;
    if (event.kind === "audio") this.#samples += event.samples.length;
    this.#add({ kind: "event", event });
  }

  /** The audio that the consumer has not taken yet; it is as if it had never been pushed. */
  takeBackAudio(): Float32Array[] {
    const pieces: Float32Array[] = [];
    const others = this.#items.filter((item) => {
      if (item.kind !== "event" || item.event.kind !== "audio") return true;
      pieces.push(item.event.samples);
      this.#samples -= item.event.samples.length;
      return false;
    });
    this.#items.splice(0, Infinity, ...others);
    return pieces;
  }

  end(finishReason: FinishReason, stats: EngineStats): void {
    if (!this.open) return;
    const audioSeconds = this.#samples === 0 ? 0 : this.#samples / this.#sampleRate;
    const wallMs = performance.now() - this.#createdMs;
    const event: SpeechEvent = {
      kind: "end",
      finishReason,
      stats: { ...stats, audioSeconds, wallMs },
    };
    this.#finish();
    this.#add({ kind: "event", event });
  }

  /** The consumer first gets what was pushed before, then `error` is thrown. */
  fail(error: Error): void {
    if (!this.open) return;
    this.#finish();
    this.#add({ kind: "failure", error });
  }

  next(): Promise<IteratorResult<SpeechEvent, undefined>> {
    if (this.#phase === "new") this.#start();
    const item = this.#items.shift();
    if (item?.kind === "failure") return Promise.reject(item.error);
    if (item) return Promise.resolve(this.#take(item.event));
    if (this.#phase === "finished") return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<SpeechEvent, undefined>> {
    const wasOpen = this.open;
    this.#finish();
    this.#items.length = 0;
    this.#settleWaiters();
    if (wasOpen) this.#hooks.leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  #start(): void {
    this.#phase = "open";
    if (this.#signal.aborted) {
      this.end("cancelled", { stagesMs: {} });
      return;
    }
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#hooks.open();
  }

  // Audio that nobody asked for yet is dropped: who aborts wants silence.
  readonly #onAbort = (): void => {
    if (!this.open) return;
    this.#items.length = 0;
    this.#hooks.leave();
    this.end("cancelled", { stagesMs: {} });
  };

  #add(item: Item): void {
    const waiter = this.#waiters.shift();
    if (!waiter) {
      this.#items.push(item);
    } else if (item.kind === "failure") {
      waiter.reject(item.error);
    } else {
      waiter.resolve(this.#take(item.event));
    }
    if (this.#phase === "finished") this.#settleWaiters();
  }

  #take(event: SpeechEvent): IteratorResult<SpeechEvent, undefined> {
    if (event.kind === "audio" && this.open) this.#hooks.drink(event.samples.length);
    return { done: false, value: event };
  }

  #finish(): void {
    this.#phase = "finished";
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  #settleWaiters(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.resolve({ done: true, value: undefined });
  }
}
