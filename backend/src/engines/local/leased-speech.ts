// One request from its place in the pool to its last event. In: how to get a lease and what then speaks. Out: the
// iterator that `synthesize` returns; the lease is given back however it ends. Knows no pool and no host.
import { EngineError, SpeechStream, type SpeechEvent } from "qwen3-tts";

export type LeasedSpeechParts = {
  signal: AbortSignal;
  /** @param signal aborts when nobody wants the lease any more */
  acquire: (signal: AbortSignal) => Promise<() => void>;
  speak: () => AsyncIterable<SpeechEvent>;
  /** For `start`: the pool's own name of the model that speaks. */
  model: () => string;
};

type Events = AsyncIterator<SpeechEvent>;
type Result = IteratorResult<SpeechEvent, undefined>;

const done: Result = { done: true, value: undefined };

export class LeasedSpeech implements AsyncIterableIterator<SpeechEvent, undefined> {
  readonly #parts: LeasedSpeechParts;
  readonly #left = new AbortController();
  #events: Promise<Events> | undefined;
  #release: (() => void) | undefined;

  constructor(parts: LeasedSpeechParts) {
    this.#parts = parts;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    if (this.#left.signal.aborted) return done;
    this.#events ??= this.#open();
    try {
      const events = await this.#events;
      const { value, done: isOver } = await events.next();
      if (isOver) return this.#end(done);
      if (value.kind === "end") return this.#end({ done: false, value });
      const named = value.kind === "start" ? { ...value, model: this.#parts.model() } : value;
      return { done: false, value: named };
    } catch (error) {
      this.#end(done);
      if (this.#left.signal.aborted) return done;
      throw error;
    }
  }

  async return(): Promise<Result> {
    this.#left.abort();
    const opening = this.#events;
    this.#events = undefined;
    // Who still waits for a lease has no events yet, and gets none.
    if (opening) await opening.then((events) => events.return?.()).catch(() => undefined);
    return this.#end(done);
  }

  /** What was called off while it waited ends as an engine ends it: with `cancelled`. */
  async #open(): Promise<Events> {
    const { signal, acquire, speak } = this.#parts;
    if (signal.aborted) return cancelled();
    const waiting = new AbortController();
    const stop = (): void => waiting.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    this.#left.signal.addEventListener("abort", stop, { once: true });
    try {
      this.#release = await acquire(waiting.signal);
    } catch (error) {
      if (signal.aborted) return cancelled();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#left.signal.removeEventListener("abort", stop);
    }
    if (this.#left.signal.aborted) throw new EngineError("closed", "The request has left.");
    return speak()[Symbol.asyncIterator]();
  }

  #end(result: Result): Result {
    this.#release?.();
    this.#release = undefined;
    return result;
  }
}

function cancelled(): Events {
  const hooks = { open: () => undefined, drink: () => undefined, leave: () => undefined };
  return new SpeechStream(AbortSignal.abort(), hooks);
}
