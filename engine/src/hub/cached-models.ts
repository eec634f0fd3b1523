// Which speech models are in the hub's cache, and taking one away. In: a cache folder. Out: repositories with their size.
// Other models that lie in the same cache are left alone.
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { EngineError } from "../engine-error.ts";
import { exists } from "../exists.ts";
import * as cache from "./cache-layout.ts";
import { explainDisk } from "./disk-errors.ts";
import { downloadHolder } from "./download-lock.ts";
import { hubSettings, type HubOptions } from "./environment.ts";

export type CachedModel = {
  repo: string;
  /** Of its snapshot; null: it has none. */
  folder: string | null;
  /** On the disk. */
  bytes: number;
  /** False: a download that is not finished. */
  complete: boolean;
};

export async function listCachedModels(options: HubOptions = {}): Promise<CachedModel[]> {
  const { cacheFolder } = await hubSettings(options);
  const models: CachedModel[] = [];
  for (const repo of (await cache.cachedRepositories(cacheFolder)).sort()) {
    const model = await describe(cacheFolder, repo);
    if (await isSpeechModel(model)) models.push(model);
  }
  return models;
}

async function describe(cacheFolder: string, repo: string): Promise<CachedModel> {
  const place = cache.modelFolder(cacheFolder, repo);
  const folder = await anySnapshot(place);
  const unfinished = await exists(place.unfinished);
  const blobs = await readdir(place.blobs).catch(() => []);
  const partial = blobs.some((name) => name.endsWith(".incomplete"));
  const complete = folder !== null && !unfinished && !partial;
  return { repo, folder, bytes: await bytesIn(place.path), complete };
}

async function anySnapshot(place: cache.ModelFolder): Promise<string | null> {
  const main = await cache.findSnapshot(place, "main");
  if (main !== null) return main;
  const [first] = await readdir(place.snapshots).catch(() => []);
  return first === undefined ? null : cache.snapshotPath(place, first);
}

async function isSpeechModel({ repo, folder }: CachedModel): Promise<boolean> {
  if (/qwen3-tts/i.test(repo)) return true;
  const config = await readFile(join(folder ?? "", "config.json"), "utf8").catch(() => "");
  return /"model_type"\s*:\s*"qwen3_tts"/.test(config);
}

/** Links cost nothing; of a partial file counts what has arrived. A folder may go while it is looked at. */
async function bytesIn(folder: string): Promise<number> {
  const look = { recursive: true, withFileTypes: true } as const;
  const entries = await readdir(folder, look).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async ({ parentPath, name }) => {
    const found = await stat(join(parentPath, name)).catch(() => null);
    return found ? Math.min(found.size, found.blocks * 512) : 0;
  });
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
}

/**
 * A download of it that has stopped goes too.
 * @returns bytes that are free now
 * @throws EngineError
 */
export async function removeCachedModel(repo: string, options: HubOptions = {}): Promise<number> {
  const { cacheFolder } = await hubSettings(options);
  const { path } = cache.modelFolder(cacheFolder, repo);
  if (!(await exists(path))) {
    throw new EngineError(
      "not_found",
      `${repo} is not on this machine. 'qwen-tts models' lists what is.`,
    );
  }
  const holder = await downloadHolder(cacheFolder);
  if (holder?.repo === repo) {
    const message = `${repo} is being downloaded by process ${holder.pid}. Stop that first.`;
    throw new EngineError("not_ready", message);
  }
  const bytes = await bytesIn(path);
  const place = await cache.condemn(cacheFolder, path).catch((error: unknown) => {
    throw explainDisk(error);
  });
  await cache.removeCondemned(cacheFolder);
  if (await exists(place)) throw remains(repo, place);
  return bytes;
}

function remains(repo: string, place: string): EngineError {
  const message =
    `${repo} is no model any more, but its files could not all be removed. Remove the folder ${basename(place)} ` +
    "in the cache of models yourself.";
  return new EngineError("not_ready", message);
}
