// Where a command writes: a file that appears only when it is complete, or stdout (`-`). In: bytes. Out:
// they are where the user wanted them, or nothing is. Knows no file format.
import { once } from "node:events";
import { rmSync } from "node:fs";
import { open, realpath, rename, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UsageError } from "./arguments.ts";

export type Output = {
  write(bytes: Uint8Array): Promise<void>;
  /** Write over the first bytes, or null where they have gone already (a pipe). */
  rewriteStart: ((bytes: Uint8Array) => Promise<void>) | null;
  /** Everything is written: the file takes its name. */
  complete(): Promise<void>;
};

export const standardStream = "-";

/**
 * Opened before the work starts, so that a wrong path costs nothing. Without `complete` the file is
 * gone when the process ends, however it ends.
 * @throws UsageError
 */
export async function openOutput(
  option: string,
  path: string,
  signal: AbortSignal,
): Promise<Output> {
  if (path === standardStream) return stdoutOutput(signal);
  try {
    const target = await placeOf(path);
    return target.regular ? await openWhole(target.path) : await openDevice(target.path);
  } catch (error) {
    throw new UsageError(`${option}: ${path} cannot be written: ${reasonOf(error)}.`);
  }
}

/** JSON or another small text, whole. */
export async function writeText(output: Output, text: string): Promise<void> {
  await output.write(Buffer.from(text));
  await output.complete();
}

function stdoutOutput(signal: AbortSignal): Output {
  return {
    write: async (bytes) => {
      if (!process.stdout.write(bytes)) await once(process.stdout, "drain", { signal });
    },
    rewriteStart: null,
    complete: () => Promise.resolve(),
  };
}

/** A link keeps being one: what it leads to is written. */
async function placeOf(path: string): Promise<{ path: string; regular: boolean }> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return { path, regular: true };
  if (found.isDirectory()) throw new Error("it is a folder");
  return { path: await realpath(path), regular: found.isFile() };
}

async function openWhole(path: string): Promise<Output> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  const handle = await open(temporary, "w");
  const discard = (): void => rmSync(temporary, { force: true });
  process.once("exit", discard);
  return {
    write: (bytes) => writeAll(handle, bytes, null),
    rewriteStart: (bytes) => writeAll(handle, bytes, 0),
    complete: async () => {
      await handle.close();
      await rename(temporary, path);
      process.off("exit", discard);
    },
  };
}

/** `/dev/null` or a named pipe: nothing may take its place, and nothing can be corrected in it. */
async function openDevice(path: string): Promise<Output> {
  const handle = await open(path, "w");
  return {
    write: (bytes) => writeAll(handle, bytes, null),
    rewriteStart: null,
    complete: () => handle.close(),
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number | null): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const position = at === null ? null : at + written;
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position);
    written += bytesWritten;
  }
}

export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code ?? "") {
    case "ENOENT":
      return "there is no such file or folder";
    case "EACCES":
    case "EPERM":
      return "it is not allowed";
    case "EISDIR":
      return "it is a folder";
    case "ENOTDIR":
      return "a part of the path is no folder";
    default:
      return code ?? message;
  }
}
