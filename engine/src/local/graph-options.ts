// How graphs are loaded for a checkpoint: from the cache of converted weights, with so many threads, on one device.
import { availableParallelism } from "node:os";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { openWeightCache, weightCacheFolder } from "../checkpoint/weight-cache.ts";
import type { LoadOptions } from "../model/codec-session.ts";
import type { Device } from "../runtime/device.ts";

/** @param threads default: as many as there are cores */
export async function graphOptions(
  checkpoint: Checkpoint,
  threads = availableParallelism(),
  device: Device = "cpu",
): Promise<LoadOptions> {
  return { threads, device, cachedFiles: await openWeightCache(checkpoint, weightCacheFolder()) };
}
