// The preview voice now, Qwen3-TTS as soon as it is there. In: how to open the preview, and the engine of the local
// models, which come and go. Out: one engine. Who begins a request also ends it; the preview is closed when
// nobody speaks through it any more, and opened again when it is needed. Knows nothing of downloads.
import type {
  EngineStatus,
  ModelStatus,
  SpeechEngine,
  SpeechEvent,
  SpeechRequest,
} from "qwen3-tts";
import { ChosenStream } from "./chosen-stream.ts";

export type TakeoverOptions = {
  createPreview: () => SpeechEngine;
  local: SpeechEngine;
  /** Whether the local models speak from the beginning, as they do when they were there at the start. */
  localFirst: boolean;
  logger: { info: (message: string) => void };
};

export function createTakeoverEngine(options: TakeoverOptions): SpeechEngine {
  return new TakeoverEngine(options);
}

/** `streams`: requests that it has begun and whose consumer has not seen the end. */
type Preview = { engine: SpeechEngine; unsubscribe: () => void; streams: number };

class TakeoverEngine implements SpeechEngine {
  /** Voices are cloned by the local models. */
  readonly createVoice?: NonNullable<SpeechEngine["createVoice"]>;
  readonly #options: TakeoverOptions;
  readonly #local: SpeechEngine;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  readonly #unsubscribe: () => void;
  #speaking: "preview" | "local";
  #hadSpeakers = false;
  #preview: Preview | null = null;
  /** What the preview offers, also while it is closed. */
  #previewModels: ModelStatus[] = [];
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: TakeoverOptions) {
    this.#options = options;
    const local = options.local;
    this.#local = local;
    if (local.createVoice) this.createVoice = (...recording) => local.createVoice!(...recording);
    this.#speaking = options.localFirst ? "local" : "preview";
    if (this.#speaking === "preview") this.#openPreview();
    this.#unsubscribe = this.#local.onStatus(() => this.#follow());
    this.#follow();
  }

  status(): EngineStatus {
    const local = this.#local.status();
    const preview = this.#preview?.engine.status();
    const activeRows = local.activeRows + (preview?.activeRows ?? 0);
    if (this.#speaking === "local") return { ...local, activeRows };
    // Models without speakers take nothing away from the preview voice: they do what it cannot.
    const others = local.models.filter(({ speakers }) => speakers.length === 0);
    return { ...preview!, models: [...preview!.models, ...others], activeRows };
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  synthesize(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent> {
    return new ChosenStream(() => {
      if (this.#closed || !this.#previewSpeaks(request)) {
        return { events: this.#local.synthesize(request, signal), over: () => undefined };
      }
      const preview = this.#openPreview();
      preview.streams += 1;
      const over = (): void => {
        preview.streams -= 1;
        this.#retirePreview();
        this.#emit();
      };
      const events = preview.engine.synthesize(withoutModel(request), signal);
      return { events, over };
    });
  }

  /** Whoever asks may have waited since before the takeover: what was right then is spoken all the same. */
  #previewSpeaks(request: SpeechRequest): boolean {
    const local = this.#local.status().models;
    if (local.some(({ id }) => id === request.model)) return false;
    if (this.#previewModels.some(({ id }) => id === request.model)) return true;
    if (this.#speaking === "preview") return request.voice.kind === "preset";
    const suits = (model: ModelStatus): boolean => offers(model, request);
    return !local.some(suits) && this.#previewModels.some(suits);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    await Promise.all([this.#local.close(), this.#preview?.engine.close(), ...this.#closing]);
  }

  /** The local models have changed: who speaks from now on? */
  #follow(): void {
    if (this.#closed) return;
    const { models } = this.#local.status();
    const withSpeakers = models.filter(({ speakers }) => speakers.length > 0);
    const ready = withSpeakers.find(({ state }) => state.kind === "ready");
    const lost = models.length === 0 || (this.#hadSpeakers && withSpeakers.length === 0);
    this.#hadSpeakers = withSpeakers.length > 0;
    if (this.#speaking === "preview" && ready) {
      this.#speaking = "local";
      this.#options.logger.info(`${ready.label} speaks from now on`);
      this.#retirePreview();
    } else if (this.#speaking === "local" && lost) {
      this.#openPreview();
      this.#speaking = "preview";
      this.#options.logger.info("the preview voice speaks again");
    }
    this.#emit();
  }

  #openPreview(): Preview {
    if (this.#preview) return this.#preview;
    const engine = this.#options.createPreview();
    const unsubscribe = engine.onStatus(() => this.#emit());
    this.#previewModels = engine.status().models;
    this.#preview = { engine, unsubscribe, streams: 0 };
    return this.#preview;
  }

  #retirePreview(): void {
    const preview = this.#preview;
    if (this.#closed || this.#speaking === "preview" || !preview || preview.streams > 0) return;
    this.#preview = null;
    preview.unsubscribe();
    const closing = preview.engine.close();
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }

  #emit(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}

/** The preview has one, and may speak in place of one that is gone. */
function withoutModel(request: SpeechRequest): SpeechRequest {
  const rest = { ...request };
  delete rest.model;
  return rest;
}

function offers(
  model: ModelStatus,
  { voice, language, instruct, sampling }: SpeechRequest,
): boolean {
  if (voice.kind !== "preset" || !model.speakers.some(({ name }) => name === voice.speaker)) {
    return false;
  }
  if (language !== "Auto" && !model.languages.includes(language)) return false;
  if (instruct !== undefined && !model.instruct.honoured) return false;
  return Object.keys(sampling).length === 0 || model.sampling.honoured;
}
