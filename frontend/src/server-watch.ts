// Keeps asking whether the server lives and what it can do. In: the API key. Out: a new ServerState
// at every change. Asks gently, more often while it is gone or loading, and at once when told to.
import type {
  CapabilitiesResponse,
  HealthResponse,
  LanguagesResponse,
  ModelBody,
  SpeakersResponse,
} from "qwen-tts/protocol";
import { getCapabilities, getHealth, getLanguages, getSpeakers } from "./api.ts";
import { ApiError } from "./api-error.ts";
import type { ApiErrorCode } from "./api-error.ts";

export type ServerInfo = {
  capabilities: CapabilitiesResponse;
  speakers: SpeakersResponse;
  languages: LanguagesResponse;
};

export type ServerState = {
  reach: "connecting" | "online" | "unreachable";
  /** It lives, but tells and does nothing without a key. */
  needsKey: boolean;
  health: HealthResponse | null;
  /** Kept while the server is gone, so that the form stays. */
  info: ServerInfo | null;
};

export const unknownServer: ServerState = {
  reach: "connecting",
  needsKey: false,
  health: null,
  info: null,
};

const calmIntervalMs = 5000;
const eagerIntervalMs = 1500;
const answerWithinMs = 4000;

/** Failures in which the server itself said nothing. */
const silentCodes: ReadonlySet<ApiErrorCode> = new Set(["unreachable", "cut", "bad_answer"]);

export class ServerWatch {
  #state = unknownServer;
  readonly #apiKey: string;
  readonly #onChange: (state: ServerState) => void;
  readonly #stopped = new AbortController();
  #wake: () => void = () => undefined;
  #described = "";

  constructor(apiKey: string, onChange: (state: ServerState) => void) {
    this.#apiKey = apiKey;
    this.#onChange = onChange;
  }

  /** Ask until `stop`. */
  async run(): Promise<void> {
    for (;;) {
      const state = await this.#ask();
      if (this.#stopped.signal.aborted) return;
      this.#state = state;
      this.#onChange(state);
      await this.#pause(isSettled(state) ? calmIntervalMs : eagerIntervalMs);
    }
  }

  /** Ask now instead of after the pause: something failed, or the page is looked at again. */
  checkNow(): void {
    this.#described = "";
    this.#wake();
  }

  stop(): void {
    this.#stopped.abort();
    this.#wake();
  }

  async #ask(): Promise<ServerState> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(answerWithinMs)]);
    const options = { signal, apiKey: this.#apiKey };
    try {
      const health = await getHealth({ signal });
      this.#state = { ...this.#state, health };
      const description = describe(health);
      if (this.#state.info && this.#described === description)
        return { ...this.#state, reach: "online" };
      const [capabilities, speakers, languages] = await Promise.all([
        getCapabilities(options),
        getSpeakers(options),
        getLanguages(options),
      ]);
      this.#described = description;
      const info = { capabilities, speakers, languages };
      return { reach: "online", needsKey: false, health, info };
    } catch (error) {
      return this.#afterFailure(error);
    }
  }

  #afterFailure(error: unknown): ServerState {
    this.#described = "";
    const code = error instanceof ApiError ? error.code : "unreachable";
    if (code === "unauthorized") return { ...this.#state, reach: "online", needsKey: true };
    // Whoever refuses, such as a rate limit, is there.
    const reach = silentCodes.has(code) ? "unreachable" : "online";
    return { ...this.#state, reach };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** What must be asked again when it changes. */
function describe({ version, engine, models }: HealthResponse): string {
  return JSON.stringify([version, engine, models]);
}

function isSettled({ reach, health }: ServerState): boolean {
  if (reach !== "online" || !health) return false;
  return health.downloads.length === 0 && health.models.every(({ state }) => state !== "loading");
}

/** The model that answers now: the first that is ready, else the first that could be. */
export function speakingModel(models: ModelBody[]): ModelBody | undefined {
  return (
    models.find(({ state }) => state === "ready") ??
    models.find(({ state }) => state === "idle" || state === "loading") ??
    models[0]
  );
}
