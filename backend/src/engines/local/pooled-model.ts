// One checkpoint of the pool. In: its folder and how to load it. Out: a host process while the pool wants one, what
// the server shows of it, and what memory it takes: estimated before its first load, measured from then on.
import { basename, dirname, resolve } from "node:path";
import {
  createHostedEngine,
  describeCheckpoint,
  EngineError,
  estimateMemory,
  hostedModelUrl,
  rowBytes,
  type HostedEngine,
  type HostedModelOptions,
  type ModelStatus,
} from "qwen3-tts";
import type { PoolModel } from "./pool-member.ts";

export type PooledModelOptions = {
  id: string;
  host: HostedModelOptions;
  /** What the pool may give at most. */
  budgetBytes: number;
  changed: () => void;
  /** Its host died and could not be started again. */
  lost: () => void;
};

type Description = Omit<ModelStatus, "state">;

/** @throws EngineError if the folder is no complete checkpoint */
export async function openPooledModel(options: PooledModelOptions): Promise<PooledModel> {
  const { folder, precision, rows } = options.host;
  const description = { ...(await describeCheckpoint(folder, precision)), id: options.id, rows };
  const estimate = await estimateMemory(folder, { precision, rows });
  return new PooledModel(options, description, estimate);
}

export class PooledModel implements PoolModel {
  readonly id: string;
  readonly #options: PooledModelOptions;
  readonly #description: Description;
  #host: HostedEngine | undefined;
  #failure: string | undefined;
  #needBytes: number;
  /** Of the present host. */
  #heldBytes = 0;

  constructor(options: PooledModelOptions, description: Description, estimateBytes: number) {
    this.id = options.id;
    this.#options = options;
    this.#description = description;
    this.#needBytes = estimateBytes;
  }

  get needBytes(): number {
    return this.#needBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Undefined: it is not loaded. */
  get host(): HostedEngine | undefined {
    return this.#host;
  }

  get activeRows(): number {
    return this.#host?.status().activeRows ?? 0;
  }

  status(): ModelStatus {
    const hosted = this.#host?.status().models[0];
    if (hosted) return { ...hosted, id: this.id };
    const failure = this.#failure;
    const state: ModelStatus["state"] =
      failure === undefined ? { kind: "idle" } : { kind: "failed", reason: failure };
    return { ...this.#description, state };
  }

  async load(): Promise<void> {
    const host = createHostedEngine({
      engine: "local",
      moduleUrl: hostedModelUrl,
      moduleOptions: this.#options.host,
      model: this.#description,
    });
    this.#host = host;
    this.#failure = undefined;
    this.#heldBytes = 0;
    let ready = false;
    host.onStatus((status) => {
      this.#measure(status.models[0]!);
      this.#options.changed();
      if (ready && status.models[0]!.state.kind === "failed") this.#options.lost();
    });
    try {
      await host.load();
      ready = true;
    } catch (error) {
      if (this.#host === host) this.refused(error as Error);
      await this.unload();
      throw error;
    }
  }

  /** Its requests fail with this from now on, until it is loaded. */
  refused(error: Error): void {
    this.#failure =
      error instanceof EngineError ? error.message : "The model could not be loaded; see the log.";
  }

  async unload(): Promise<void> {
    const host = this.#host;
    if (!host) return;
    const state = host.status().models[0]!.state;
    if (state.kind === "failed") this.#failure = state.reason;
    this.#host = undefined;
    this.#options.changed();
    await host.close();
  }

  /** With what its rows will take on top: a model that has just been loaded has not spoken yet. */
  #measure({ memoryBytes }: ModelStatus): void {
    if (memoryBytes === undefined) return;
    const first = memoryBytes + this.#options.host.rows * rowBytes;
    this.#heldBytes = this.#heldBytes === 0 ? first : Math.max(this.#heldBytes, memoryBytes);
    this.#needBytes = Math.min(this.#heldBytes, this.#options.budgetBytes);
  }
}

/** ".../models--Qwen--Qwen3-TTS-…/snapshots/HASH" -> "Qwen/Qwen3-TTS-…", any other folder -> its name */
export function modelIdOf(folder: string): string {
  const path = resolve(folder);
  const cached = /^models--(.+?)--(.+)$/.exec(basename(dirname(dirname(path))));
  const isSnapshot = basename(dirname(path)) === "snapshots";
  return cached && isSnapshot ? `${cached[1]}/${cached[2]}` : basename(path);
}
