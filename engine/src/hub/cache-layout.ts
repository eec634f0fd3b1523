// The cache as huggingface_hub lays it out, so that both use one: models--ORG--NAME with blobs (files by their hash), refs
// (branch to commit) and snapshots (a folder of links for each commit). In: listings. Out: paths, and what is there.
import { randomUUID } from "node:crypto";
import {
  link,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { EngineError } from "../engine-error.ts";
import { exists } from "../exists.ts";
import { isSafePath, type ListedFile, type Listing } from "./listing.ts";

export type ModelFolder = {
  path: string;
  blobs: string;
  snapshots: string;
  /** There as long as a download is not finished; holds the commit. */
  unfinished: string;
};

const prefix = "models--";

/** @throws EngineError for what is no name of a repository */
export function modelFolder(cacheFolder: string, repo: string): ModelFolder {
  const named = /^[\w.-]+\/[\w.-]+$/.test(repo) && isSafePath(repo) && !repo.includes("--");
  if (!named) {
    throw new EngineError(
      "not_found",
      `'${repo}' is no name of a model on the hub. Name it like Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice.`,
    );
  }
  const path = join(cacheFolder, prefix + repo.replace("/", "--"));
  return {
    path,
    blobs: join(path, "blobs"),
    snapshots: join(path, "snapshots"),
    unfinished: join(path, ".qwen-tts-download"),
  };
}

/** The repositories that have a folder in the cache; a link to a disk that is not there leads to none. */
export async function cachedRepositories(cacheFolder: string): Promise<string[]> {
  const names = await readdir(cacheFolder).catch(() => []);
  const repositories: string[] = [];
  for (const name of names) {
    const [, organisation, model, ...others] = name.split("--");
    const named = name.startsWith(prefix) && organisation && model && others.length === 0;
    if (named && (await isFolder(join(cacheFolder, name)))) {
      repositories.push(`${organisation}/${model}`);
    }
  }
  return repositories;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

export function blobPath(folder: ModelFolder, file: ListedFile): string {
  return join(folder.blobs, file.hash.hex);
}

export function snapshotPath(folder: ModelFolder, commit: string): string {
  return join(folder.snapshots, commit);
}

/** Whether the whole file is there, in whichever form. Blobs get their name only when they have been checked. */
export async function isThere(
  folder: ModelFolder,
  { commit, file }: { commit: string; file: ListedFile },
): Promise<boolean> {
  const places = [blobPath(folder, file), join(snapshotPath(folder, commit), file.path)];
  places.push(join(draftPath(folder, commit), file.path));
  const sizes = await Promise.all(places.map(sizeOf));
  return sizes.includes(file.size);
}

/** Whether a snapshot has all files of the listing. */
export async function isWhole(folder: ModelFolder, { commit, files }: Listing): Promise<boolean> {
  const place = snapshotPath(folder, commit);
  const sizes = await Promise.all(files.map(({ path }) => sizeOf(join(place, path))));
  return files.every(({ size }, index) => sizes[index] === size);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

function draftPath(folder: ModelFolder, commit: string): string {
  return join(folder.path, `.qwen-tts-snapshot-${commit}`);
}

/**
 * All blobs are there: the snapshot appears at once, then the branch leads to it.
 * @returns its folder
 */
export async function placeSnapshot(
  folder: ModelFolder,
  { listing, revision }: { listing: Listing; revision: string },
): Promise<string> {
  const place = snapshotPath(folder, listing.commit);
  const draft = draftPath(folder, listing.commit);
  // One of another tool, with some of the files, is completed where it is.
  const target = (await exists(place)) ? place : draft;
  for (const file of listing.files) {
    const path = join(target, file.path);
    if ((await sizeOf(path)) === file.size) continue;
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await linkFile(blobPath(folder, file), { path, shownAs: join(place, file.path) });
  }
  if (target === draft) {
    await mkdir(folder.snapshots, { recursive: true });
    await rename(draft, place);
  }
  if (revision !== listing.commit) await writeReference(folder, revision, listing.commit);
  await rm(folder.unfinished, { force: true });
  return place;
}

/**
 * A relative link, so that the cache can be moved. Where there are none (Windows without the right, exFAT) the file
 * itself goes into the snapshot, as huggingface_hub does it: models are too large to be kept twice.
 */
export async function linkFile(
  blob: string,
  { path, shownAs }: { path: string; shownAs: string },
  makeLink: typeof symlink = symlink,
): Promise<void> {
  try {
    await makeLink(relative(dirname(shownAs), blob), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw error;
    await link(blob, path).catch(() => rename(blob, path));
  }
}

async function writeReference(
  folder: ModelFolder,
  revision: string,
  commit: string,
): Promise<void> {
  const path = join(folder.path, "refs", revision);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, commit);
  await rename(`${path}.new`, path);
}

/** The snapshot that a branch, or a commit itself, leads to. */
export async function findSnapshot(folder: ModelFolder, revision: string): Promise<string | null> {
  const reference = await readFile(join(folder.path, "refs", revision), "utf8").catch(
    () => revision,
  );
  const place = snapshotPath(folder, reference.trim());
  return (await exists(place)) ? place : null;
}

const condemned = ".qwen-tts-removed-";

/** Gone at once, so that nobody opens a half of it; its bytes go with `removeCondemned`. @returns where it is now */
export async function condemn(cacheFolder: string, path: string): Promise<string> {
  const place = join(cacheFolder, condemned + randomUUID());
  await rename(path, place);
  return place;
}

/** Also what a process has left that died over it. What this user may not remove holds nobody up. */
export async function removeCondemned(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (!name.startsWith(condemned)) continue;
    await rm(join(cacheFolder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
