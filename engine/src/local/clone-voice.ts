// From a recording to a voice. In: an opened checkpoint of a Base model and audio. Out: what the prefill needs of it.
// The encoders are loaded for it and released again: few requests make a voice.
import { audioError } from "../audio/audio-error.ts";
import { checkSampleRate, resample } from "../audio/resample.ts";
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
  recording: Recording,
): Promise<Float32Array> {
  const { speakerEncoder } = config;
  if (speakerEncoder === null) {
    throw new EngineError("unsupported", "Only a Base model can clone a voice. Use one.");
  }
  const heard = usableSamples(recording, speakerEncoder.sampleRate);
  const load = graphLoader(options);
  const encoder = await loadSpeakerEncoder(tensors, { config: speakerEncoder, load });
  try {
    return await embedSpeaker(encoder, heard);
  } finally {
    await encoder.session.release();
  }
}

/** @returns [frames][groups] */
export async function recordedCodes(
  checkpoint: Checkpoint,
  options: LoadOptions,
  recording: Recording,
): Promise<number[][]> {
  const heard = usableSamples(recording, checkpoint.codecConfig.inputSampleRate);
  const encoder = await loadCodecEncoder(checkpoint, options);
  try {
    return await encodeWave(encoder, heard);
  } finally {
    await Promise.all([encoder.encoder.release(), encoder.quantizer.release()]);
  }
}

/** Both encoders hear the whole recording at once, and the memory that they take grows with it. */
const longestSeconds = 300;
/** Not even samples of 32 bits that somebody forgot to scale are louder; the encoders' sums would have no end. */
const loudest = 2 ** 31;

/** @returns the recording at `sampleRate` */
function usableSamples({ samples, ...recorded }: Recording, sampleRate: number): Float32Array {
  checkSampleRate(recorded.sampleRate);
  const seconds = samples.length / recorded.sampleRate;
  if (seconds > longestSeconds) {
    throw audioError(
      `it lasts ${Math.ceil(seconds)} s, at most ${longestSeconds} s are taken. Cut out a part; 30 s are plenty.`,
    );
  }
  const heard = resample(samples, { from: recorded.sampleRate, to: sampleRate });
  if (heard.every((sample) => Math.abs(sample) <= loudest)) return heard;
  throw audioError("it holds samples that are no numbers or far beyond full scale, which is 1.");
}
