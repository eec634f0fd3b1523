// A recording that lies in memory: mono samples, and the part of them that is wanted. In: a file of
// any format that the browser plays, or samples. Out: WAV. Knows no React and no server.
import { ClipRecorder } from "./clip-recorder.ts";
import { PeakTrack } from "./peak-track.ts";

export type Sound = {
  samples: Float32Array;
  sampleRate: number;
  seconds: number;
  peaks: PeakTrack;
  /** The file it was read from, where that is a WAV: without a cut its own bytes are the best. */
  original: Blob | null;
};

/** In seconds. */
export type Span = { from: number; to: number };

const otherRate = 48_000;

export function toSound(samples: Float32Array, sampleRate: number, original: Blob | null): Sound {
  const peaks = new PeakTrack(sampleRate);
  peaks.append(samples);
  return { samples, sampleRate, seconds: samples.length / sampleRate, peaks, original };
}

/** @throws an Error of the browser where it is no audio that it knows */
export async function readSound(file: Blob): Promise<Sound> {
  const bytes = await file.arrayBuffer();
  const wavRate = wavSampleRate(new DataView(bytes));
  // At the file's own rate nothing is resampled.
  const context = new OfflineAudioContext(1, 1, wavRate ?? otherRate);
  const buffer = await context.decodeAudioData(bytes);
  return toSound(mixToMono(buffer), buffer.sampleRate, wavRate === undefined ? null : file);
}

/** The wanted part, cut to the sample. */
export function cutWav(sound: Sound, span: Span): Blob {
  const isWhole = span.from <= 0 && span.to >= sound.seconds;
  if (isWhole && sound.original) return sound.original;
  const recorder = new ClipRecorder(sound.sampleRate);
  const [from, to] = [span.from, span.to].map((at) => Math.round(at * sound.sampleRate));
  recorder.append(sound.samples.subarray(from, to));
  return recorder.toWav();
}

/** One after the other. */
export function joinPieces(pieces: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function mixToMono(buffer: AudioBuffer): Float32Array {
  const mixed = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0; i < mixed.length; i++) mixed[i]! += samples[i]! / buffer.numberOfChannels;
  }
  return mixed;
}

/** What browsers take for an OfflineAudioContext. */
const rates = { least: 8000, most: 96_000 };

/** Of a WAV whose format lies where it nearly always does; undefined of anything else. */
function wavSampleRate(view: DataView): number | undefined {
  const fmt = 0x666d_7420;
  const isWav = view.byteLength >= 44 && view.getUint32(0) === 0x5249_4646;
  if (!isWav || view.getUint32(12) !== fmt) return undefined;
  const rate = view.getUint32(24, true);
  return rate >= rates.least && rate <= rates.most ? rate : undefined;
}
