// The events of a request whose engine is chosen when its first event is asked for, so that one that waited in a
// queue is spoken by whoever speaks then. In: the choice. Out: that engine's own events, one by one.
import type { SpeechEvent } from "qwen3-tts";

export type Choice = {
  events: AsyncIterable<SpeechEvent>;
  /** Called once, when the consumer has seen the end or has left. */
  over: () => void;
};

type Result = IteratorResult<SpeechEvent, undefined>;

export class ChosenStream implements AsyncIterableIterator<SpeechEvent, undefined> {
  readonly #choose: () => Choice;
  #events: AsyncIterator<SpeechEvent> | undefined;
  #over: () => void = () => undefined;
  #left = false;

  constructor(choose: () => Choice) {
    this.#choose = choose;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    if (this.#left) return { done: true, value: undefined };
    this.#events ??= this.#begin();
    try {
      const result = await this.#events.next();
      if (result.done || result.value.kind === "end") this.#finish();
      return result.done ? { done: true, value: undefined } : result;
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  // Not a generator's: it must not wait for a pending next().
  async return(): Promise<Result> {
    this.#left = true;
    await this.#events?.return?.();
    this.#finish();
    return { done: true, value: undefined };
  }

  #begin(): AsyncIterator<SpeechEvent> {
    const { events, over } = this.#choose();
    this.#over = over;
    return events[Symbol.asyncIterator]();
  }

  #finish(): void {
    const over = this.#over;
    this.#over = () => undefined;
    over();
  }
}
