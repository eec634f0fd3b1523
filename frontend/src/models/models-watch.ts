// Keeps asking what becomes of the models, but only while one of them moves and the page is looked
// at. In: the API key, whether somebody looks. Out: each answer, or why there was none.
import type { ManagedModelState, ModelsResponse } from "qwen-tts/protocol";
import { getModels } from "./models-api.ts";

export type ModelsNews = { models: ModelsResponse } | { failure: unknown };

export type ModelsWatchOptions = {
  apiKey: string;
  onNews: (news: ModelsNews) => void;
  /** Between two questions while something moves. */
  intervalMs?: number;
};

const answerWithinMs = 10_000;

const movingStates: ReadonlySet<ManagedModelState> = new Set([
  "queued",
  "downloading",
  "converting",
  "loading",
]);

/** Whether the next answer will be another one without anybody doing something. */
export function somethingMoves({ models }: ModelsResponse): boolean {
  return models.some(({ state }) => movingStates.has(state));
}

export class ModelsWatch {
  readonly #options: ModelsWatchOptions;
  readonly #stopped = new AbortController();
  #looking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  /** Told to ask while it asks: that answer may be too old. */
  #again = false;

  constructor(options: ModelsWatchOptions) {
    this.#options = options;
  }

  /** Nobody looks: no questions. Somebody does: one at once. */
  look(looking: boolean): void {
    this.#looking = looking;
    if (looking) this.checkNow();
    else clearTimeout(this.#timer);
  }

  checkNow(): void {
    clearTimeout(this.#timer);
    if (this.#asking) this.#again = true;
    else if (this.#looking && !this.#stopped.signal.aborted) void this.#ask();
  }

  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#again = false;
    const news = await this.#answer();
    this.#asking = false;
    if (this.#stopped.signal.aborted) return;
    this.#options.onNews(news);
    if (this.#wasToldAgain()) this.checkNow();
    // After a failure too: the server may come back.
    else if (this.#looking && (!("models" in news) || somethingMoves(news.models)))
      this.#timer = setTimeout(() => this.checkNow(), this.#options.intervalMs ?? 1000);
  }

  /** A method: it may have changed while the answer was awaited, which no type checker sees. */
  #wasToldAgain(): boolean {
    return this.#again;
  }

  async #answer(): Promise<ModelsNews> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(answerWithinMs)]);
    try {
      return { models: await getModels({ apiKey: this.#options.apiKey, signal }) };
    } catch (failure) {
      return { failure };
    }
  }
}
