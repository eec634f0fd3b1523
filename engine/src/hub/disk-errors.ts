// What a disk says when it cannot hold the cache of models, in words for people. In: an error of the file system. Out: an
// EngineError with the remedy; any other error as it was.
import { EngineError } from "../engine-error.ts";

export function explainDisk(error: unknown): unknown {
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

export function diskFull(what: string, cause?: unknown): EngineError {
  const remedy = "Make room, or set HF_HUB_CACHE to a folder on another disk.";
  return new EngineError("disk_full", `${what} ${remedy}`, { cause });
}
