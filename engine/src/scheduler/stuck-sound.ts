// Silence and hum: what a model that missed its end of speech makes when it does not babble. In: audio, a frame at a
// time. Out: how long there has been next to nothing, and how long a sound that does not change. Two sums over the
// samples of a frame, so that it costs nothing beside the codec. Knows no codes and no thresholds in time.
import { createPatientRun, extendRun, type PatientRun } from "./patient-run.ts";

/** Decibels below full scale: silence, whatever the voice. */
const silentLevel = -60;
/** A recorded voice has the noise of its room in its pauses: silence so far below its loudest frame … */
const pauseBelowSpeech = 30;
/** … but no sound that is louder than this. */
const loudestPause = -45;

/**
 * A hum's frames differ by less than this, in level and in the level of their slope, which tells dark sound from bright.
 * Frames of a hum in noise differ by less than 1 dB; speech moves by more between two syllables.
 */
const steadyDecibels = 3;
/**
 * A hum's slope is so far below its level: sound below 2 kHz. Steady hiss is not what these models get stuck in, but it
 * is all that a checkpoint of random weights can say.
 */
const darkDecibels = 6;

/** Of -100 dB: no logarithm of nothing. */
const floorPower = 1e-10;

type FrameSound = {
  level: number;
  /** Of the differences between samples. */
  slopeLevel: number;
  quiet: boolean;
};

export type StuckSound = {
  frames: FrameSound[];
  loudest: number;
  silence: PatientRun;
  /** How many frames, up to the newest, hum alike; nobody counts further than `mostHum`. */
  humFrames: number;
  mostHum: number;
  lastSample: number;
};

export function createStuckSound(mostHum: number): StuckSound {
  return {
    frames: [],
    loudest: -Infinity,
    silence: createPatientRun(),
    humFrames: 0,
    mostHum,
    lastSample: 0,
  };
}

/** @param samples of one frame */
export function hearSound(sound: StuckSound, samples: Float32Array): void {
  const { level, slopeLevel } = measure(sound, samples);
  sound.loudest = Math.max(sound.loudest, level);
  const pauseLevel = Math.min(loudestPause, sound.loudest - pauseBelowSpeech);
  const quiet = level < Math.max(silentLevel, pauseLevel);
  extendRun(sound.silence, quiet, sound.frames.length);
  sound.frames.push({ level, slopeLevel, quiet });
  sound.humFrames = countHum(sound.frames, sound.mostHum);
}

/** How many of the first `frame` frames are left without the silence at their end. */
export function framesToSilence(sound: StuckSound, frame: number): number {
  let end = frame;
  while (end > 0 && sound.frames[end - 1]?.quiet) end -= 1;
  return end;
}

function measure(sound: StuckSound, samples: Float32Array): Omit<FrameSound, "quiet"> {
  let power = 0;
  let slopePower = 0;
  let last = sound.lastSample;
  for (const sample of samples) {
    const slope = sample - last;
    power += sample * sample;
    slopePower += slope * slope;
    last = sample;
  }
  sound.lastSample = last;
  return {
    level: decibels(power / samples.length),
    slopeLevel: decibels(slopePower / samples.length),
  };
}

function decibels(power: number): number {
  return 10 * Math.log10(power + floorPower);
}

/** Back from the newest frame, as far as all of them are dark and lie close together. */
function countHum(frames: readonly FrameSound[], most: number): number {
  let [lowest, highest, lowestSlope, highestSlope] = [Infinity, -Infinity, Infinity, -Infinity];
  const heard = Math.min(frames.length, most);
  for (let count = 0; count < heard; count++) {
    const { level, slopeLevel, quiet } = frames[frames.length - 1 - count]!;
    lowest = Math.min(lowest, level);
    highest = Math.max(highest, level);
    lowestSlope = Math.min(lowestSlope, slopeLevel);
    highestSlope = Math.max(highestSlope, slopeLevel);
    const spread = Math.max(highest - lowest, highestSlope - lowestSlope);
    if (quiet || level - slopeLevel < darkDecibels || spread > steadyDecibels) return count;
  }
  return heard;
}
