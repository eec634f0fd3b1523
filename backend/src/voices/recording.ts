// A recording to clone a voice from. In: the bytes of a WAV file, or samples. Out: samples that a voice can be made
// of, with advice in words for what would make it better; or why no voice can be made of it.
import { EngineError, readWav } from "qwen3-tts";
import { limits } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { estimateSpeechSeconds } from "../text/speech-length.ts";

/** Mono, -1..1. */
export type Recording = { samples: Float32Array; sampleRate: number };

const { min: shortestSeconds, max: longestSeconds } = limits.recordingSeconds;
const rates = { lowest: 8_000, good: 16_000, highest: 192_000 };
/** Levels of frames, in dB of full scale. */
const levels = { nothing: -60, silence: -50, quiet: -36 };
/** Of a frame over which a level is measured. */
const frameSeconds = 0.02;
/** Without so much speech nothing can be learnt of a voice. */
const leastSpeechSeconds = 1.5;
/** At an end, or of the whole. */
const muchSilence = { edgeSeconds: 1, share: 0.5 };
const fullScale = 0.999;
/** Samples in a row at full scale: one alone may be a peak that just fits. */
const clippedRun = 3;

/** What is kept has every sample as it was: the longest recording, and its pause, at the highest rate as floats. */
export const keptRecordingBytes = 24_000_000;

/** @throws RequestError */
export function readRecording(
  bytes: Uint8Array,
  maxBytes: number = limits.recordingBytes,
): Recording {
  if (bytes.byteLength > maxBytes) throw tooLarge();
  try {
    return readWav(bytes);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw unusable(error.message);
  }
}

export function tooLarge(): RequestError {
  const megabytes = limits.recordingBytes / 1e6;
  return new RequestError(
    "body_too_large",
    `The recording has more than ${megabytes} MB. Cut out ${longestSeconds} s, as mono of 16 bits.`,
  );
}

/**
 * @returns advice, in words
 * @throws RequestError
 */
export function checkRecording(recording: Recording, transcript: string | null): string[] {
  const { samples, sampleRate } = recording;
  checkLength(samples.length / sampleRate);
  checkRate(sampleRate);
  const heard = heardIn(recording);
  const { speech, loud } = heard;
  if (loud < levels.nothing) throw unusable("There is no sound in it. Is the microphone muted?");
  if (speech < leastSpeechSeconds) {
    throw unusable(
      `Only ${speech.toFixed(1)} s of it are loud enough to be speech, at least ${leastSpeechSeconds} s are needed. ` +
        "Speak longer, or closer to the microphone.",
    );
  }
  return adviceOn(recording, transcript, heard);
}

/** Of a recording that a voice can be made of. @returns what would make it better, in words */
export function adviceOn(
  recording: Recording,
  transcript: string | null,
  { frames, speech, loud } = heardIn(recording),
): string[] {
  const { samples, sampleRate } = recording;
  return [
    ...rateAdvice(sampleRate),
    ...(loud < levels.quiet
      ? [`It is quiet (${loud.toFixed(0)} dB). Speak louder, or closer to the microphone.`]
      : []),
    ...clippingAdvice(samples),
    ...silenceAdvice(frames, samples.length / sampleRate - speech),
    ...transcriptAdvice(transcript, speech),
  ];
}

/** A model that hears a reference with its transcript would say the end of it again without this pause. */
const closingSilenceSeconds = 0.5;

/** @returns the recording, ending with half a second of silence */
export function withClosingSilence({ samples, sampleRate }: Recording): Recording {
  const wanted = Math.round(closingSilenceSeconds * sampleRate);
  const present = samples.length - 1 - samples.findLastIndex((sample) => sample !== 0);
  const result = new Float32Array(samples.length + Math.max(0, wanted - present));
  result.set(samples);
  return { samples: result, sampleRate };
}

/** @returns a kept recording without the pause that was added to it, or as much of it as can be told */
export function withoutClosingSilence({ samples, sampleRate }: Recording): Recording {
  const added = Math.round(closingSilenceSeconds * sampleRate);
  const end = samples.findLastIndex((sample) => sample !== 0) + 1;
  return { samples: samples.subarray(0, Math.max(end, samples.length - added)), sampleRate };
}

/** @throws RequestError */
function checkLength(seconds: number): void {
  if (seconds < shortestSeconds) {
    throw unusable(
      `It lasts ${seconds.toFixed(1)} s, at least ${shortestSeconds} s are needed. Record some sentences.`,
    );
  }
  // A reference that was kept once has its closing silence already.
  if (seconds > longestSeconds + closingSilenceSeconds + 0.01) {
    throw unusable(
      `It lasts ${seconds.toFixed(1)} s, at most ${longestSeconds} s are taken. Cut out a part.`,
    );
  }
}

/** @throws RequestError */
function checkRate(sampleRate: number): void {
  const { lowest, highest } = rates;
  if (Number.isInteger(sampleRate) && sampleRate >= lowest && sampleRate <= highest) return;
  throw unusable(
    `Its sample rate is ${sampleRate} Hz; taken are whole rates from ${lowest} to ${highest} Hz.`,
  );
}

function rateAdvice(sampleRate: number): string[] {
  if (sampleRate >= rates.good) return [];
  return [
    `Its sample rate is ${sampleRate} Hz, as on a telephone, and the voice will sound dull. Record with 24000 Hz or more.`,
  ];
}

function clippingAdvice(samples: Float32Array): string[] {
  let clipped = 0;
  let run = 0;
  for (const sample of samples) {
    run = Math.abs(sample) >= fullScale ? run + 1 : 0;
    if (run === clippedRun) clipped += clippedRun;
    else if (run > clippedRun) clipped += 1;
  }
  const share = clipped / samples.length;
  if (share < 0.0005) return [];
  return [`It is clipped (${(share * 100).toFixed(1)} %). Turn the microphone's level down.`];
}

function silenceAdvice(frames: readonly number[], silentSeconds: number): string[] {
  const isSpeech = (level: number): boolean => level > levels.silence;
  const before = frames.findIndex(isSpeech) * frameSeconds;
  const after = (frames.length - 1 - frames.findLastIndex(isSpeech)) * frameSeconds;
  const advice: string[] = [];
  if (before > muchSilence.edgeSeconds) {
    advice.push(`It begins with ${before.toFixed(1)} s of silence. Cut them off.`);
  }
  if (after > muchSilence.edgeSeconds) {
    advice.push(`It ends with ${after.toFixed(1)} s of silence. Cut them off.`);
  }
  if (advice.length === 0 && silentSeconds > frames.length * frameSeconds * muchSilence.share) {
    advice.push("More than half of it is silence. Speak without long pauses.");
  }
  return advice;
}

/** A transcript that lacks words lets the model babble. */
function transcriptAdvice(transcript: string | null, speechSeconds: number): string[] {
  if (transcript === null) return [];
  const ratio = estimateSpeechSeconds(transcript) / speechSeconds;
  if (ratio > 0.33 && ratio < 3) return [];
  return [
    `The transcript seems too ${ratio < 1 ? "short" : "long"} for ${speechSeconds.toFixed(0)} s of speech. It must have ` +
      "every word that is said, and no other.",
  ];
}

/** Levels in dB of full scale; `speech`: seconds that are loud enough for it; `loud`: the level that a tenth reach. */
function heardIn(recording: Recording): { frames: number[]; speech: number; loud: number } {
  const frames = frameLevels(recording);
  const speech = frames.filter((level) => level > levels.silence).length * frameSeconds;
  return { frames, speech, loud: loudLevel(frames) };
}

/** @returns the level of each whole frame, in dB of full scale */
function frameLevels({ samples, sampleRate }: Recording): number[] {
  const length = Math.round(frameSeconds * sampleRate);
  return Array.from({ length: Math.floor(samples.length / length) }, (_, index) => {
    let energy = 0;
    for (let at = index * length; at < (index + 1) * length; at++) energy += samples[at]! ** 2;
    return 10 * Math.log10(energy / length + 1e-12);
  });
}

/** The level that a tenth of the frames reach. */
function loudLevel(frames: readonly number[]): number {
  const sorted = [...frames].sort((a, b) => b - a);
  return sorted[Math.floor(sorted.length / 10)] ?? -Infinity;
}

function unusable(why: string): RequestError {
  return new RequestError("unusable_recording", why);
}
