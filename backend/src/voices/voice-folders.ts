// Folders that appear and disappear whole. In: a home for them, names, contents. Out: the disk as it should be, also
// after a crash and with another process at work. Knows nothing of what is in them.
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Folders that are being made or removed; a name never begins so. */
const hidden = ".";
/** So long nobody takes to write one: whoever began it has died. */
const abandonedMs = 60 * 60 * 1000;

export type NamedBytes = readonly (readonly [name: string, bytes: Uint8Array | string])[];

/** @returns false where there is one of this name already */
export async function addFolder(home: string, name: string, files: NamedBytes): Promise<boolean> {
  await mkdir(home, { recursive: true });
  await removeAbandoned(home);
  const temporary = join(home, `${hidden}new-${randomUUID()}`);
  try {
    await mkdir(temporary);
    for (const [file, bytes] of files) await writeSafely(join(temporary, file), bytes);
    return await renameUnlessThere(temporary, join(home, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** @returns false where there is none of this name */
export async function removeFolder(home: string, name: string): Promise<boolean> {
  const condemned = join(home, `${hidden}gone-${randomUUID()}`);
  try {
    await rename(join(home, name), condemned);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  await rm(condemned, { recursive: true, force: true });
  return true;
}

export async function listFolders(home: string): Promise<string[]> {
  const names = await readdir(home).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names.filter((name) => !name.startsWith(hidden)).sort();
}

/** A file is the old one or the new one, never a part of it. */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.partial`;
  try {
    await writeSafely(temporary, bytes);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** On the disk before it gets its name: a power cut leaves no empty file under it. */
async function writeSafely(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A folder cannot take the place of one that holds something: that is the lock. */
async function renameUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") return false;
    // Windows says no more than that it may not be.
    if (code === "EPERM" && (await stat(to).catch(() => undefined))) return false;
    throw error;
  }
}

async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(`${hidden}new-`) && !name.startsWith(`${hidden}gone-`)) continue;
    const path = join(home, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > abandonedMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
