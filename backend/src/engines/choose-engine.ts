// Which engine speaks, and which models there are. In: what the command line says and what is on the disk. Out: an
// engine that has begun to load, or to speak with the preview voice while a model is on its way.
import {
  downloadModel,
  EngineError,
  formatBytes,
  hubSettings,
  listCachedModels,
  publishedModels,
  removeCachedModel,
  weightCacheFolder,
  type CachedModel,
  type LockHolder,
  type SpeechEngine,
} from "qwen3-tts";
import type { Logger } from "pino";
import type { ServeOptions } from "../cli/serve-options.ts";
import type { StatusLine } from "../cli/status-line.ts";
import { DownloadWishes } from "./arrival/download-wishes.ts";
import { LoggedProgress, ShownProgress } from "./arrival/download-report.ts";
import { Downloads, growingPausesMs } from "./arrival/downloads.ts";
import { ManagedModels } from "./arrival/managed-models.ts";
import { folderFacts, publishedFacts } from "./arrival/model-facts.ts";
import { createTakeoverEngine } from "./arrival/takeover-engine.ts";
import { createLocalEngine } from "./local/local-engine.ts";
import type { PooledEngine } from "./local/pooled-engine.ts";
import { createPreviewEngine } from "./preview/preview-engine.ts";
import { previewProgramPath } from "./preview/preview-process.ts";

export type EngineOptions = Pick<
  ServeOptions,
  | "engine"
  | "models"
  | "precision"
  | "device"
  | "threads"
  | "rows"
  | "positions"
  | "runaway"
  | "memoryBudgetBytes"
  | "idleUnloadSeconds"
  | "offline"
> & {
  /** Between tries of a download; the default is right for people. */
  retryPausesMs?: readonly number[];
  /** Where progress is shown; null: it is logged. */
  statusLine?: StatusLine | null;
};

export type Chosen = { engine: SpeechEngine; models: ManagedModels };

/** @throws EngineError if the engine that was asked for cannot be had */
export async function chooseEngine(options: EngineOptions, logger: Logger): Promise<Chosen> {
  const { cacheFolder, offline: hubOffline } = await hubSettings();
  const offline = options.offline || hubOffline;
  const common = { cacheFolder, precision: options.precision, removeFiles, offline };
  const createPreview = (): SpeechEngine =>
    createPreviewEngine({ program: previewProgramPath(), logger });
  if (options.engine === "preview") {
    const noDownloads = "this server was started with --engine preview. Start it without.";
    const models = new ManagedModels({ ...common, pool: null, noDownloads });
    return { engine: createPreview(), models };
  }
  const pool = await createLocalEngine({ ...options, folders: [], logger });
  const noDownloads = offline
    ? "this server is offline. Start it without --offline (and HF_HUB_OFFLINE)."
    : null;
  const models = new ManagedModels({ ...common, pool, noDownloads });
  const cached = await listCachedModels();
  const [first] = await addModels({ pool, models, cached }, options.models, logger);
  if (options.engine === "local" && first === undefined) throw noCheckpoint();
  const engine =
    options.engine === "local"
      ? pool
      : createTakeoverEngine({
          createPreview,
          local: pool,
          localFirst: first !== undefined,
          logger,
        });
  if (first !== undefined) {
    // Its state tells of it too, and so does every request.
    pool.load(first).catch((error: unknown) => logger.error({ err: error }, "not loaded"));
  }
  startDownloads({ engine, pool, models, cached }, options, logger);
  return { engine, models };
}

type Shelf = { pool: PooledEngine; models: ManagedModels; cached: readonly CachedModel[] };

/** All that can be spoken with now: the folders that were given, then what is in the cache. @returns their ids */
async function addModels(
  { pool, models, cached }: Shelf,
  given: readonly string[],
  logger: Logger,
): Promise<string[]> {
  const ids: string[] = [];
  for (const folder of given) {
    const id = await pool.add(folder);
    models.add(await folderFacts(id, folder, { removable: false }), folder);
    ids.push(id);
  }
  for (const published of publishedModels) {
    if (!ids.includes(published.repo)) models.add(publishedFacts(published), null);
  }
  for (const { repo, folder } of inRecommendedOrder(cached)) {
    if (folder === null || ids.includes(repo)) continue;
    try {
      const facts = await folderFacts(repo, folder, { removable: true });
      ids.push(await pool.add(folder));
      models.add(facts, folder);
    } catch (error) {
      // Damaged, or of a kind that this engine does not know: it is passed over.
      logger.warn({ model: repo, reason: (error as Error).message }, "a model is passed over");
    }
  }
  return ids;
}

function inRecommendedOrder(cached: readonly CachedModel[]): CachedModel[] {
  const rank = (repo: string): number => {
    const index = publishedModels.findIndex((published) => published.repo === repo);
    return index < 0 ? publishedModels.length : index;
  };
  return cached
    .filter(({ complete }) => complete)
    .sort((a, b) => rank(a.repo) - rank(b.repo) || a.repo.localeCompare(b.repo));
}

/** The first one is got without a word from anybody when there is none; the others when somebody wants them. */
function startDownloads(
  { engine, pool, models, cached }: Shelf & { engine: SpeechEngine },
  { retryPausesMs = growingPausesMs, statusLine = null }: EngineOptions,
  logger: Logger,
): void {
  const wishes = new DownloadWishes(weightCacheFolder());
  const downloads = new Downloads({
    fetchModel: (repo, watched) => {
      const onWait = ({ pid }: LockHolder): void =>
        logger.info({ model: repo, pid }, "another process downloads into the same cache: waiting");
      return downloadModel(repo, { ...watched, onWait });
    },
    arrived: async (repo, folder, signal) => {
      const id = await models.arrived(repo, folder);
      // While the preview speaks somebody waits for it; later a model is loaded when it is needed.
      if (engine !== pool && engine.status().engine === "preview") await pool.load(id, signal);
    },
    wishes,
    retryPausesMs,
    report: statusLine ? new ShownProgress(statusLine) : new LoggedProgress(logger),
    logger,
  });
  models.downloadWith(downloads);
  for (const { repo, bytes, complete } of cached) {
    if (!complete) downloads.leftPaused(repo, bytes);
  }
  if (!models.mayDownload) return;
  for (const repo of wishes.wanted()) downloads.start(repo, { asked: true });
  const first = publishedModels[0]!;
  const hasModel = pool.status().models.length > 0;
  if (hasModel || wishes.of(first.repo) === "unwanted") return;
  logger.info(
    { model: first.repo, bytes: first.bytes },
    `there is no Qwen3-TTS model on this machine: ${first.repo} (about ${formatBytes(first.bytes)}) is downloaded and ` +
      "then speaks; until then the preview voice does. It can be paused in the page; --offline prevents it",
  );
  downloads.start(first.repo, { asked: false });
}

async function removeFiles(repo: string): Promise<void> {
  try {
    await removeCachedModel(repo);
  } catch (error) {
    const gone = error instanceof EngineError && error.code === "not_found";
    if (!gone) throw error;
  }
}

function noCheckpoint(): EngineError {
  return new EngineError(
    "not_ready",
    "There is no Qwen3-TTS checkpoint on this machine. Get one with 'qwen-tts download', give its folder with " +
      "--model DIR, or leave --engine local out.",
  );
}
