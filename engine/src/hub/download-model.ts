// A model from the hub into the cache: what is listed, what is missing, whether it fits, then file by file. In: a
// repository. Out: the folder of a complete, checked snapshot. Knows nothing of what the files mean.
import { mkdir, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../engine-error.ts";
import * as cache from "./cache-layout.ts";
import { downloadFile, FileChanged } from "./download-file.ts";
import { lockDownloads, type LockHolder } from "./download-lock.ts";
import { hubSettings, type HubOptions, type HubSettings } from "./environment.ts";
import { isSafePath, listRepository, type ListedFile, type Listing } from "./listing.ts";
import { Meter, type DownloadProgress } from "./meter.ts";
import { partialBytes, partialEnding } from "./partial-file.ts";

export type DownloadOptions = {
  revision?: string;
  /** Ends it; what has arrived stays for the next call. */
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  /** Another process downloads into the same cache: this one waits for it. */
  onWait?: (holder: LockHolder) => void;
};

type Job = {
  settings: HubSettings;
  repo: string;
  revision: string;
  folder: cache.ModelFolder;
  signal: AbortSignal;
  options: DownloadOptions;
};

/** A hub whose files change each time they are listed cannot be copied. */
const mostListings = 3;

/**
 * Goes on where an earlier call ended.
 * @returns the folder of the snapshot
 * @throws EngineError, or the signal's reason
 */
export async function downloadModel(
  repo: string,
  options: HubOptions & DownloadOptions = {},
): Promise<string> {
  return downloadWith(await hubSettings(options), repo, options);
}

export async function downloadWith(
  settings: HubSettings,
  repo: string,
  options: DownloadOptions,
): Promise<string> {
  const { revision = "main", signal = new AbortController().signal } = options;
  if (!isSafePath(revision)) {
    throw new EngineError("not_found", `'${revision}' is no revision. Name a branch or a commit.`);
  }
  const folder = cache.modelFolder(settings.cacheFolder, repo);
  const job: Job = { settings, repo, revision, folder, signal, options };
  try {
    const listing = await listOrRecall(job);
    if (typeof listing === "string") return listing;
    const complete = await completeSnapshot(job, listing);
    return complete ?? (await downloadLocked(job));
  } catch (error) {
    throw explain(error);
  }
}

/** Where the hub cannot be asked, what is there already is the answer. */
async function listOrRecall(job: Job): Promise<Listing | string> {
  const { settings, repo, revision, signal } = job;
  const recall = () => recalledSnapshot(job);
  if (settings.offline) {
    const remedy = "Unset HF_HUB_OFFLINE to download it.";
    const absent = new EngineError("offline", `${repo} is not on this machine. ${remedy}`);
    return (await recall()) ?? Promise.reject(absent);
  }
  try {
    return await listRepository(settings, { repo, revision, signal });
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "offline") throw error;
    return (await recall()) ?? Promise.reject(error);
  }
}

async function recalledSnapshot({ folder, revision }: Job): Promise<string | null> {
  if (await cache.exists(folder.unfinished)) return null;
  return cache.findSnapshot(folder, revision);
}

/** Also when another tool has laid it out. */
async function completeSnapshot(job: Job, listing: Listing): Promise<string | null> {
  const { folder, revision } = job;
  if (!(await cache.isWhole(folder, listing))) return null;
  return cache.placeSnapshot(folder, { listing, revision });
}

async function downloadLocked(job: Job): Promise<string> {
  const { settings, repo, signal, options } = job;
  await mkdir(settings.cacheFolder, { recursive: true });
  const { onWait } = options;
  const lock = await lockDownloads(settings.cacheFolder, {
    repo,
    signal,
    ...(onWait ? { onWait } : {}),
  });
  try {
    return await downloadListed({ ...job, signal: AbortSignal.any([signal, lock.lost]) });
  } finally {
    await lock.release();
  }
}

/** Listed again under the lock: who had it before may have brought all of it. */
async function downloadListed(job: Job): Promise<string> {
  const { settings, repo, revision, folder, signal } = job;
  for (let listings = 1; ; listings++) {
    const listing = await listRepository(settings, { repo, revision, signal });
    try {
      await downloadFiles(job, listing);
      return await cache.placeSnapshot(folder, { listing, revision });
    } catch (error) {
      if (!(error instanceof FileChanged)) throw error;
      if (listings === mostListings) throw changing(repo, error.message);
    }
  }
}

function changing(repo: string, file: string): EngineError {
  return new EngineError(
    "damaged",
    `${file} of ${repo} is never the file that the hub lists. Try again later, or another HF_ENDPOINT.`,
  );
}

async function downloadFiles(job: Job, listing: Listing): Promise<void> {
  const { settings, repo, folder, signal } = job;
  const { commit } = listing;
  await mkdir(folder.blobs, { recursive: true });
  await writeFile(folder.unfinished, commit);
  await removeStrayPartials(folder, listing);
  const missing = await missingFiles(folder, listing);
  const total = sum(listing.files, ({ size }) => size);
  const toCome = sum(missing, ({ file, bytes }) => file.size - bytes);
  await checkDiskSpace(settings.cacheFolder, { repo, bytes: toCome });
  const meter = new Meter(
    { done: total - toCome, total },
    job.options.onProgress ?? (() => undefined),
  );
  try {
    for (const { file, bytes } of missing) {
      meter.begin(file.path, bytes);
      await downloadFile({
        ...{ settings, file, repo, signal },
        url: fileAddress(settings.endpoint, listing, file),
        target: cache.blobPath(folder, file),
        onProgress: (bytesDone) => (meter.current = bytesDone),
      });
      meter.current = file.size;
    }
  } finally {
    meter.end();
  }
}

function fileAddress(endpoint: string, { repo, commit }: Listing, { path }: ListedFile): string {
  return `${endpoint}/${repo}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

type MissingFile = { file: ListedFile; bytes: number };

/** Each blob once, with the bytes of it that are there. */
async function missingFiles(folder: cache.ModelFolder, listing: Listing): Promise<MissingFile[]> {
  const missing = new Map<string, MissingFile>();
  for (const file of listing.files) {
    if (await cache.isThere(folder, { commit: listing.commit, file })) continue;
    const bytes = await partialBytes(cache.blobPath(folder, file), file.size);
    missing.set(file.hash.hex, { file, bytes });
  }
  return [...missing.values()];
}

/** Of files that the hub does not have any more. */
async function removeStrayPartials(folder: cache.ModelFolder, { files }: Listing): Promise<void> {
  const wanted = new Set(files.map(({ hash }) => hash.hex));
  for (const name of await readdir(folder.blobs)) {
    const [hash = "", ending] = name.split(partialEnding);
    if (ending === undefined || wanted.has(hash)) continue;
    await rm(join(folder.blobs, name), { force: true });
  }
}

/** @throws EngineError */
async function checkDiskSpace(
  cacheFolder: string,
  { repo, bytes }: { repo: string; bytes: number },
): Promise<void> {
  const { bavail, bsize } = await statfs(cacheFolder);
  const free = bavail * bsize;
  if (bytes <= free) return;
  throw diskFull(`${repo} needs ${megabytes(bytes)} more, and ${megabytes(free)} are free.`);
}

function diskFull(what: string, cause?: unknown): EngineError {
  const remedy = "Make room, or set HF_HUB_CACHE to a folder on another disk.";
  return new EngineError("disk_full", `${what} ${remedy}`, { cause });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** What the disk says, in words for the client. */
function explain(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return diskFull("The disk became full; what has arrived is kept.", error);
  }
  if (code === "EFBIG") {
    const message =
      "A file of the model is too large: no file may be larger here (EFBIG: 'ulimit -f', or a FAT32 disk); what has " +
      "arrived is kept. Lift the limit, or set HF_HUB_CACHE to a folder on another disk.";
    return new EngineError("disk_full", message, { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const remedy = "Set HF_HUB_CACHE to one that can be.";
    const message = `The folder for models cannot be written (${code}). ${remedy}`;
    return new EngineError("not_ready", message, { cause: error });
  }
  return error;
}
