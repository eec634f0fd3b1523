// Qwen3-TTS behind the engine interface. In: checkpoint folders. Out: one engine, each checkpoint in a host process
// of its own while it is loaded. A request goes to the model that it names, or to the first that can speak it; the
// first model is loaded as soon as the engine is created, the others when a request needs them.
import {
  defaultRows,
  EngineError,
  type DeviceChoice,
  type EngineStatus,
  type Precision,
  type RunawayLimits,
  type SpeechEvent,
  type SpeechRequest,
  type Voice,
  type VoicePrompt,
  type WantedVoice,
} from "qwen3-tts";
import { chooseModel, type SpeechNeed, type VoiceNeed } from "../../model-choice.ts";
import { RequestError } from "../../request-error.ts";
import { LeasedSpeech } from "./leased-speech.ts";
import { machineBudgetBytes } from "./memory-budget.ts";
import { ModelPool } from "./model-pool.ts";
import type { PooledEngine, PoolMemory } from "./pooled-engine.ts";
import { modelIdOf, openPooledModel, type PooledModel } from "./pooled-model.ts";

export type LocalEngineOptions = {
  /** The first is loaded at once. */
  folders: readonly string[];
  precision: Precision;
  device: DeviceChoice;
  /** Null: as many as there are cores. */
  threads: number | null;
  /** Null: the engine's own choice. */
  rows: number | null;
  /** Null: no limit but the rows'. */
  positions: number | null;
  runaway: Partial<RunawayLimits>;
  /** For all models that are loaded together; null: what the machine has to spare. */
  memoryBudgetBytes: number | null;
  /** Null: a model that nobody uses stays until its memory is needed. */
  idleUnloadSeconds: number | null;
  logger: {
    info: (details: object, message: string) => void;
    error: (details: object, message: string) => void;
  };
};

/** @throws EngineError if a folder is no complete checkpoint */
export async function createLocalEngine(options: LocalEngineOptions): Promise<PooledEngine> {
  const engine = new LocalEngine(options);
  const ids: string[] = [];
  for (const folder of options.folders) ids.push(await engine.add(folder));
  if (ids[0] !== undefined) void engine.preload(ids[0]);
  return engine;
}

class LocalEngine implements PooledEngine {
  readonly #options: LocalEngineOptions;
  readonly #budgetBytes: number;
  readonly #pool: ModelPool;
  readonly #models: PooledModel[] = [];
  readonly #listeners = new Set<(status: EngineStatus) => void>();

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.#budgetBytes = options.memoryBudgetBytes ?? machineBudgetBytes();
    this.#pool = new ModelPool({
      budgetBytes: this.#budgetBytes,
      idleUnloadSeconds: options.idleUnloadSeconds,
    });
  }

  status(): EngineStatus {
    return {
      engine: "local",
      models: this.#models.map((model) => model.status()),
      activeRows: this.#models.reduce((sum, { activeRows }) => sum + activeRows, 0),
    };
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  memory(): PoolMemory {
    return { budgetBytes: this.#budgetBytes, usedBytes: this.#pool.usedBytes };
  }

  async add(folder: string): Promise<string> {
    const { precision, device, threads, rows, positions, runaway } = this.#options;
    const model: PooledModel = await openPooledModel({
      id: this.#freeId(modelIdOf(folder)),
      host: {
        folder,
        precision,
        device,
        rows: rows ?? defaultRows,
        runaway,
        ...(threads === null ? {} : { threads }),
        ...(positions === null ? {} : { positions }),
      },
      budgetBytes: this.#budgetBytes,
      changed: () => {
        this.#pool.refresh();
        this.#tell();
      },
      lost: () => this.#pool.lost(model),
    });
    this.#models.push(model);
    this.#pool.add(model);
    this.#tell();
    return model.id;
  }

  async load(id: string, signal = new AbortController().signal): Promise<void> {
    const startMs = performance.now();
    const release = await this.#pool.acquire(this.#model(id), signal);
    release();
    const seconds = Math.round((performance.now() - startMs) / 100) / 10;
    const { pace } = this.#model(id).status();
    this.#options.logger.info({ model: id, seconds, pace }, "model loaded");
  }

  /** Its state tells of a failure, and so does every request; the log has the cause. */
  async preload(id: string): Promise<void> {
    try {
      await this.load(id);
    } catch (error) {
      this.#options.logger.error({ err: error }, "the model could not be loaded");
      this.#models.find((model) => model.id === id)?.refused(error as Error);
      this.#tell();
    }
  }

  unload(id: string): Promise<void> {
    return this.#pool.unload(this.#model(id));
  }

  async remove(id: string): Promise<void> {
    const model = this.#model(id);
    this.#models.splice(this.#models.indexOf(model), 1);
    this.#tell();
    await this.#pool.remove(model);
  }

  synthesize(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent> {
    const { model: named, ...rest } = request;
    let model: PooledModel | undefined;
    return new LeasedSpeech({
      signal,
      acquire: (unwanted) => {
        model = named === undefined ? this.#fitting(rest) : this.#model(named);
        return this.#pool.acquire(model, unwanted);
      },
      speak: () => model!.host!.synthesize(rest, signal),
      model: () => model!.id,
    });
  }

  async createVoice(
    audio: Float32Array,
    sampleRate: number,
    wanted: WantedVoice = {},
  ): Promise<VoicePrompt> {
    const model = this.#choose({
      ...anything,
      voice: { kind: "clone", size: wanted.size ?? null },
    });
    const release = await this.#pool.acquire(model, new AbortController().signal);
    try {
      return await model.host!.createVoice(audio, sampleRate, wanted);
    } finally {
      release();
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #fitting({ voice, instruct, language }: SpeechRequest): PooledModel {
    return this.#choose({
      model: null,
      voice: voiceNeed(voice),
      instruct: Boolean(instruct),
      language,
    });
  }

  #choose(need: SpeechNeed): PooledModel {
    try {
      return this.#model(chooseModel(this.status().models, need).id);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      throw new EngineError("unsupported", error.message, { cause: error });
    }
  }

  /** @throws EngineError for one that has been removed since it was chosen */
  #model(id: string): PooledModel {
    const model = this.#models.find((candidate) => candidate.id === id);
    if (model) return model;
    throw new EngineError("not_ready", `The model ${id} is not here. Send the request again.`);
  }

  /** Two folders may have one name. */
  #freeId(wanted: string): string {
    let id = wanted;
    for (let number = 2; this.#models.some((model) => model.id === id); number += 1) {
      id = `${wanted}-${number}`;
    }
    return id;
  }

  #tell(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}

const anything: SpeechNeed = {
  model: null,
  voice: { kind: "preset", speaker: null },
  instruct: false,
  language: null,
};

function voiceNeed(voice: Voice): VoiceNeed {
  switch (voice.kind) {
    case "preset":
      return { kind: "preset", speaker: voice.speaker || null };
    case "clone":
      return { kind: "clone", size: voice.prompt.size ?? null };
    case "design":
      return { kind: "design" };
    default:
      return voice satisfies never;
  }
}
