// The models that this server has, could have and is getting. In: the cache of the hub, folders that were given, the
// pool that speaks with them. Out: their state in the words of the HTTP interface, and what can be done with each:
// download, pause, unload, delete. Knows nothing of HTTP and of requests.
import { conversionCheck, removeConverted, type ModelStatus, type Precision } from "qwen3-tts";
import type { DownloadBody, ManagedModelBody, ModelsResponse } from "../../protocol.ts";
import { RequestError } from "../../request-error.ts";
import type { PooledEngine } from "../local/pooled-engine.ts";
import { freeBytes } from "./disk-space.ts";
import type { Downloads, DownloadState } from "./downloads.ts";
import { bytesIn, folderFacts } from "./model-facts.ts";
import { modelBody, type ModelFacts } from "./model-body.ts";

export type ManagedModelsOptions = {
  /** Null: a server without models (`--engine preview`). */
  pool: PooledEngine | null;
  /** Frees the disk of whatever there is of a model. */
  removeFiles: (repo: string) => Promise<void>;
  cacheFolder: string;
  precision: Precision;
  /** Why nothing is downloaded, and what to do about it; null: it is. */
  noDownloads: string | null;
  offline: boolean;
};

type Model = {
  facts: ModelFacts;
  /** Of the checkpoint on the disk, which the pool has under the same id. */
  folder: string | null;
  /** Whether its weights are converted by now; opened when somebody asks. */
  isConverted: Promise<() => Promise<boolean>> | null;
  changing: Promise<unknown>;
};

export class ManagedModels {
  readonly #options: ManagedModelsOptions;
  readonly #models = new Map<string, Model>();
  #downloads: Downloads | null = null;

  constructor(options: ManagedModelsOptions) {
    this.#options = options;
  }

  get mayDownload(): boolean {
    return this.#options.noDownloads === null;
  }

  /** `folder`: where its checkpoint is; null: it is not on the disk. What is known of it already gives way. */
  add(facts: ModelFacts, folder: string | null): void {
    this.#models.set(facts.id, {
      facts,
      folder,
      isConverted: null,
      changing: Promise.resolve(),
    });
  }

  downloadWith(downloads: Downloads): void {
    this.#downloads = downloads;
  }

  /** A checkpoint is on the disk now: the pool may speak with it. @returns its id there @throws EngineError */
  async arrived(id: string, folder: string): Promise<string> {
    // Wanted by an earlier process: neither published nor complete then, so that nobody could know what it is.
    if (!this.#models.has(id)) this.add(await folderFacts(id, folder, { removable: true }), null);
    const model = this.#model(id);
    if (model.folder === null) await this.#pool().add(folder);
    model.folder = folder;
    model.facts = { ...model.facts, bytes: await bytesIn(folder) };
    return id;
  }

  async list(): Promise<ModelsResponse> {
    const { pool, cacheFolder, offline } = this.#options;
    const memory = pool?.memory() ?? { budgetBytes: 0, usedBytes: 0 };
    return {
      memory: { budget_bytes: memory.budgetBytes, used_bytes: memory.usedBytes },
      disk_free_bytes: await freeBytes(cacheFolder),
      offline,
      models: await Promise.all([...this.#models.values()].map((model) => this.#body(model))),
    };
  }

  downloading(): DownloadBody[] {
    return (this.#downloads?.running() ?? []).map(({ repo, progress }) => ({
      id: repo,
      bytes_done: progress.bytesDone,
      bytes_total: progress.bytesTotal,
      bytes_per_second: progress.bytesPerSecond,
      seconds_left: progress.secondsLeft,
    }));
  }

  /** Begin, or go on with what is there. @throws RequestError */
  download(id: string): Promise<ManagedModelBody> {
    return this.#change(id, (model) => {
      if (model.folder !== null && this.#downloads?.state(id).kind === "none") {
        throw conflict(`'${id}' is on the disk already. Delete it first to download it anew.`);
      }
      const { noDownloads } = this.#options;
      if (noDownloads !== null) throw conflict(`'${id}' cannot be downloaded: ${noDownloads}`);
      this.#downloads?.start(id, { asked: true });
    });
  }

  /** @throws RequestError */
  pause(id: string): Promise<ManagedModelBody> {
    return this.#change(id, () => {
      const { kind } = this.#downloadOf(id);
      if (kind === "none" || kind === "arriving") {
        const remedy = kind === "none" ? "Start its download first." : "It is on the disk.";
        throw conflict(`'${id}' is not being downloaded. ${remedy}`);
      }
      this.#downloads?.pause(id);
    });
  }

  /** Give its memory back; the next request that needs it loads it again. @throws RequestError */
  unload(id: string): Promise<ManagedModelBody> {
    return this.#change(id, async ({ folder }) => {
      if (folder === null)
        throw conflict(`'${id}' is not on the disk, so that nothing of it is loaded.`);
      await this.#pool().unload(id);
    });
  }

  /** Whatever of it is on the disk. @throws RequestError */
  remove(id: string): Promise<ManagedModelBody> {
    return this.#change(id, async (model) => {
      if (!model.facts.removable) {
        throw conflict(`'${id}' was given with --model: delete its folder yourself.`);
      }
      const dropped = this.#downloads?.drop(id);
      await this.#leavePool(id); // what is being loaded need not be waited for
      await dropped;
      await this.#leavePool(id); // it may have come there in the meantime
      const { folder } = model;
      model.folder = null;
      model.isConverted = null;
      if (folder !== null) await removeConverted(folder).catch(() => undefined);
      try {
        await this.#options.removeFiles(id);
      } catch (error) {
        // A disk that cannot be written: what is there, if it still is, can be spoken with as before.
        if (folder !== null) await this.arrived(id, folder).catch(() => undefined);
        throw error;
      }
    });
  }

  async #leavePool(id: string): Promise<void> {
    if (this.#statusOf(id)) await this.#pool().remove(id);
  }

  async close(): Promise<void> {
    await this.#downloads?.close();
  }

  /** One change of a model after the other. */
  async #change(
    id: string,
    change: (model: Model) => void | Promise<void>,
  ): Promise<ManagedModelBody> {
    const model = this.#model(id);
    const changed = model.changing.then(() => change(model));
    model.changing = changed.catch(() => undefined);
    await changed;
    return this.#body(model);
  }

  async #body(model: Model): Promise<ManagedModelBody> {
    const { facts, folder } = model;
    const status = this.#statusOf(facts.id);
    const converted = status?.state.kind !== "loading" || (await this.#isConverted(model));
    const download = this.#downloadOf(facts.id);
    return modelBody(facts, { download, onDisk: folder !== null, status, converted });
  }

  #statusOf(id: string): ModelStatus | null {
    return this.#options.pool?.status().models.find((model) => model.id === id) ?? null;
  }

  async #isConverted(model: Model): Promise<boolean> {
    if (model.folder === null) return true;
    model.isConverted ??= conversionCheck(model.folder, this.#options.precision);
    try {
      return await (
        await model.isConverted
      )();
    } catch {
      return true; // the folder is gone: the load says it
    }
  }

  #downloadOf(id: string): DownloadState {
    return this.#downloads?.state(id) ?? { kind: "none" };
  }

  #model(id: string): Model {
    const model = this.#models.get(id);
    if (model) return model;
    const known = [...this.#models.keys()].join(", ");
    throw new RequestError(
      "not_found",
      `No model '${id.slice(0, 100)}' is known here. Known: ${known || "none"}.`,
    );
  }

  #pool(): PooledEngine {
    if (this.#options.pool) return this.#options.pool;
    throw conflict(
      "This server was started with --engine preview. Start it without to use models.",
    );
  }
}

function conflict(message: string): RequestError {
  return new RequestError("conflict", message);
}
