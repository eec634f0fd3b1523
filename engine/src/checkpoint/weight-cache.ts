// Converted weights on disk, so that only the first load converts. In: a checkpoint, a name, and how to make the
// files of that name. Out: a folder that has them, complete. Entries are known by what the checkpoint's files are
// (names, sizes, times, headers), so that a changed checkpoint never meets old weights.
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { EngineError } from "../engine-error.ts";
import { exists } from "../exists.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { SafetensorsFile } from "./safetensors.ts";

/** To be raised whenever the same checkpoint would be converted to other files. */
const formatVersion = 11;

export type CachedFiles = (
  name: string,
  produce: (folder: string) => Promise<void>,
) => Promise<string>;

/** `QWEN_TTS_CACHE`, or the place where this system keeps caches. */
export function weightCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.QWEN_TTS_CACHE) return environment.QWEN_TTS_CACHE;
  return join(systemCacheFolder(environment), "qwen-tts");
}

function systemCacheFolder(environment: NodeJS.ProcessEnv): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") {
    return environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  }
  return environment.XDG_CACHE_HOME ?? join(homedir(), ".cache");
}

/** @param root see `weightCacheFolder` */
export async function openWeightCache(
  checkpoint: Pick<Checkpoint, "tensors" | "codecTensors">,
  root: string,
): Promise<CachedFiles> {
  const { key, place } = await placeOf(checkpoint, root);
  return async (name, produce) => {
    const folder = join(place, name);
    if (await exists(folder)) return folder;
    try {
      await mkdir(place, { recursive: true });
      await removeLeftovers(root, key);
      await produceAtomically(folder, produce);
    } catch (error) {
      throw explain(error);
    }
    return folder;
  };
}

/** A small file of JSON beside the weights. */
export type CacheNote = {
  /** Null: there is none that can be read. */
  read(): Promise<unknown>;
  /** What cannot be written is not kept. */
  write(value: object): Promise<void>;
};

export async function openCacheNote(
  checkpoint: Pick<Checkpoint, "tensors" | "codecTensors">,
  root: string,
  name: string,
): Promise<CacheNote> {
  const { place } = await placeOf(checkpoint, root);
  const path = join(place, name);
  return {
    read: async () => {
      try {
        return JSON.parse(await readFile(path, "utf8")) as unknown;
      } catch {
        return null;
      }
    },
    write: async (value) => {
      const draft = draftIn(place);
      try {
        await writeFile(draft, JSON.stringify(value));
        await rename(draft, path);
      } catch {
        await rm(draft, { force: true });
      }
    },
  };
}

/** @returns a question that costs little: are the files of that name there by now? */
export async function convertedFilesCheck(
  checkpoint: Pick<Checkpoint, "tensors" | "codecTensors">,
  root: string,
  name: string,
): Promise<() => Promise<boolean>> {
  const { place } = await placeOf(checkpoint, root);
  return () => exists(join(place, name));
}

/** Of this checkpoint, all of them. */
export async function removeConvertedFiles(
  checkpoint: Pick<Checkpoint, "tensors" | "codecTensors">,
  root: string,
): Promise<void> {
  const { place } = await placeOf(checkpoint, root);
  await rm(place, { recursive: true, force: true });
}

async function placeOf(
  { tensors, codecTensors }: Pick<Checkpoint, "tensors" | "codecTensors">,
  root: string,
): Promise<{ key: string; place: string }> {
  const key = await fingerprint([...tensors.files, ...codecTensors.files]);
  return { key, place: join(root, `${key}-v${formatVersion}`) };
}

async function fingerprint(files: readonly SafetensorsFile[]): Promise<string> {
  const hash = createHash("sha256");
  for (const { path, label } of files) {
    const { size, mtimeMs } = await stat(path);
    hash.update(JSON.stringify([label, size, mtimeMs])).update(await headerBytes(path));
  }
  return hash.digest("hex").slice(0, 32);
}

/** What openSafetensors has already found to be sound. */
async function headerBytes(path: string): Promise<Uint8Array> {
  const lengthBytes = 8;
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(lengthBytes), 0, lengthBytes, 0);
    const length = Number(buffer.readBigUInt64LE());
    return (await file.read(Buffer.alloc(length), 0, length, lengthBytes)).buffer;
  } finally {
    await file.close();
  }
}

function draftIn(place: string): string {
  return join(place, `.unfinished-${process.pid}-${randomUUID()}`);
}

const unfinished = /^\.unfinished-(\d+)-/;

// Whoever is first wins; another process that made the same at the same time throws its own away.
async function produceAtomically(
  folder: string,
  produce: (folder: string) => Promise<void>,
): Promise<void> {
  const draft = draftIn(dirname(folder));
  await mkdir(draft);
  try {
    await produce(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
}

/** Of processes that died while they converted, and of older formats of this checkpoint. */
async function removeLeftovers(root: string, key: string): Promise<void> {
  for (const entry of await readdir(root)) {
    if (!entry.startsWith(`${key}-v`)) continue;
    const path = join(root, entry);
    if (Number(entry.slice(key.length + 2)) < formatVersion) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    for (const draft of await readdir(path)) {
      const pid = unfinished.exec(draft)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) {
        await rm(join(path, draft), { recursive: true, force: true });
      }
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const remedy = "Make room, or set QWEN_TTS_CACHE to a folder with room that can be written.";

function explain(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (["ENOSPC", "EDQUOT"].includes(code)) {
    return notReady("The disk is full: the converted weights do not fit.", error);
  }
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR"].includes(code)) {
    return notReady("The folder for converted weights cannot be written.", error);
  }
  return error;
}

function notReady(message: string, cause: unknown): EngineError {
  return new EngineError("not_ready", `${message} ${remedy}`, { cause });
}
