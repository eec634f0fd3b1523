// From a recording to a voice. In: an opened checkpoint of a Base model and audio. Out: what the prefill needs of it.
// The encoders are loaded for it and released again: few requests make a voice.
import { resample } from "../audio/resample.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { EngineError } from "../engine-error.ts";
import { encodeWave, loadCodecEncoder } from "../model/codec-encoder.ts";
import type { LoadOptions } from "../model/codec-session.ts";
import { graphLoader } from "../model/load-graph.ts";
import { embedSpeaker, loadSpeakerEncoder } from "../model/speaker-encoder.ts";
import type { CloneVoice } from "./voice-prompt.ts";

/** Mono, -1..1. */
export type Recording = { samples: Float32Array; sampleRate: number };

/** @param transcript of the whole recording; without it only the speaker's sound is taken over */
export async function cloneVoice(
  checkpoint: Checkpoint,
  options: LoadOptions,
  { transcript, ...recording }: Recording & { transcript: string | undefined },
): Promise<CloneVoice> {
  const speakerEmbedding = await recordedSpeaker(checkpoint, options, recording);
  if (transcript === undefined) return { speakerEmbedding, reference: null };
  const codes = await recordedCodes(checkpoint, options, recording);
  return { speakerEmbedding, reference: { transcript, codes } };
}

/** @returns [encDim] */
export async function recordedSpeaker(
  { config, tensors }: Checkpoint,
  options: LoadOptions,
  { samples, sampleRate }: Recording,
): Promise<Float32Array> {
  const { speakerEncoder } = config;
  if (speakerEncoder === null) {
    throw new EngineError("unsupported", "Only a Base model can clone a voice. Use one.");
  }
  const load = graphLoader(options);
  const encoder = await loadSpeakerEncoder(tensors, { config: speakerEncoder, load });
  try {
    const rates = { from: sampleRate, to: speakerEncoder.sampleRate };
    return await embedSpeaker(encoder, resample(samples, rates));
  } finally {
    await encoder.session.release();
  }
}

/** @returns [frames][groups] */
export async function recordedCodes(
  checkpoint: Checkpoint,
  options: LoadOptions,
  { samples, sampleRate }: Recording,
): Promise<number[][]> {
  const encoder = await loadCodecEncoder(checkpoint, options);
  try {
    const rates = { from: sampleRate, to: checkpoint.codecConfig.inputSampleRate };
    return await encodeWave(encoder, resample(samples, rates));
  } finally {
    await Promise.all([encoder.encoder.release(), encoder.quantizer.release()]);
  }
}
