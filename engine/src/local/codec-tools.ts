// The codec and the speaker encoder alone, for the command line and for whoever has codes. In: a checkpoint folder, and
// codes or a recording. Out: audio, codes, an embedding.
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import {
  checkFrames,
  createCodecState,
  decodeFrames,
  loadCodecDecoder,
  releaseCodecDecoder,
} from "../model/codec-decoder.ts";
import { recordedCodes, recordedSpeaker } from "./clone-voice.ts";
import { graphOptions } from "./graph-options.ts";

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
  { chunkFrames, threads }: DecodeCodesOptions,
): AsyncGenerator<Float32Array, void> {
  const checkpoint = await openCheckpoint(folder);
  checkFrames(checkpoint.codecConfig.decoder, codes); // before the first piece is out
  const decoder = await loadCodecDecoder(checkpoint, await graphOptions(checkpoint, threads));
  try {
    const state = createCodecState(decoder);
    const step = chunkFrames === "all" ? Math.max(1, codes.length) : chunkFrames;
    for (let first = 0; first < codes.length; first += step) {
      yield await decodeFrames(decoder, state, codes.slice(first, first + step));
    }
  } finally {
    await releaseCodecDecoder(decoder);
  }
}

/**
 * @param samples mono, -1..1
 * @returns [frames][groups]
 */
export async function encodeAudio(
  folder: string,
  samples: Float32Array,
  sampleRate: number,
): Promise<number[][]> {
  const checkpoint = await openCheckpoint(folder);
  return recordedCodes(checkpoint, await graphOptions(checkpoint), { samples, sampleRate });
}

/**
 * Of a Base model.
 * @param samples mono, -1..1
 * @returns [encDim]
 */
export async function speakerEmbedding(
  folder: string,
  samples: Float32Array,
  sampleRate: number,
): Promise<Float32Array> {
  const checkpoint = await openCheckpoint(folder);
  return recordedSpeaker(checkpoint, await graphOptions(checkpoint), { samples, sampleRate });
}
