// The codec alone, for the command line and for whoever has codes. In: a checkpoint folder and codes. Out: audio.
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { openWeightCache, weightCacheFolder } from "../checkpoint/weight-cache.ts";
import { createCodecState, decodeFrames, loadCodecDecoder } from "../model/codec-decoder.ts";
import { availableParallelism } from "node:os";

export type DecodeCodesOptions = {
  /** Frames of a call; how a clip is cut does not change it. */
  chunkFrames: number | "all";
  /** Default: as many as there are cores. */
  threads?: number;
};

/**
 * @param codes [frames][groups]
 * @returns pieces of mono audio, -1..1, at the codec's sample rate
 */
export async function* decodeCodes(
  folder: string,
  codes: readonly (readonly number[])[],
  { chunkFrames, threads = availableParallelism() }: DecodeCodesOptions,
): AsyncGenerator<Float32Array, void> {
  const checkpoint = await openCheckpoint(folder);
  const cachedFiles = await openWeightCache(checkpoint, weightCacheFolder());
  const decoder = await loadCodecDecoder(checkpoint, { threads, cachedFiles });
  try {
    const state = createCodecState(decoder);
    const step = chunkFrames === "all" ? Math.max(1, codes.length) : chunkFrames;
    for (let first = 0; first < codes.length; first += step) {
      yield await decodeFrames(decoder, state, codes.slice(first, first + step));
    }
  } finally {
    await decoder.session.release();
  }
}
