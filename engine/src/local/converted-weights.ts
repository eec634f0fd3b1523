// What the first load of a checkpoint leaves on the disk. In: a checkpoint's folder. Out: whether it is all there, and
// its removal with the checkpoint. Converts nothing.
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import {
  convertedFilesCheck,
  removeConvertedFiles,
  weightCacheFolder,
} from "../checkpoint/weight-cache.ts";
import { lastGraphName } from "../model/code-predictor.ts";
import type { Precision } from "../model/matrix.ts";

/**
 * @returns a question that costs little: is nothing left to convert by now?
 * @throws EngineError if the folder is no complete checkpoint
 */
export async function conversionCheck(
  folder: string,
  precision: Precision,
): Promise<() => Promise<boolean>> {
  const checkpoint = await openCheckpoint(folder);
  // What the model converts last; the codec, on its own thread, is done long before.
  const last = lastGraphName(checkpoint.config.codePredictor, precision);
  return convertedFilesCheck(checkpoint, weightCacheFolder(), last);
}

/** To be called before the checkpoint itself is removed. */
export async function removeConverted(folder: string): Promise<void> {
  await removeConvertedFiles(await openCheckpoint(folder), weightCacheFolder());
}
