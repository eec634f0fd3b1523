// Loops, hums and silence end, and how soon; what people do when they speak does not. Codes and sounds are drawn from a
// seed; speech of a synthesiser is in backend/test/runaway-speech.test.ts.
import { describe, expect, test } from "vitest";
import {
  createRunawayGuard,
  defaultRunawayLimits,
  guardCodes,
  guardSound,
  ranAwayAt,
} from "./runaway-guard.ts";

const sampleRate = 24_000;
const frameSamples = 1920;
const framesPerSecond = sampleRate / frameSamples;
const codebooks = 16;
const codebookSize = 2048;
/** Of anything that must not end, or must. */
const framesHeard = 150;

function createGuard() {
  return createRunawayGuard(defaultRunawayLimits, { framesPerSecond, minFrames: 0 });
}

/** 0 to 1, the same at every run of the tests. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function drawFrame(random: () => number): number[] {
  return Array.from({ length: codebooks }, () => Math.floor(random() * codebookSize));
}

/** Frames until it has run away; none: it has not. `since`: how many of them are speech. */
function heard(frames: Iterable<number[] | Float32Array>) {
  const guard = createGuard();
  let count = 0;
  for (const frame of frames) {
    if (frame instanceof Float32Array) guardSound(guard, frame);
    else guardCodes(guard, frame);
    count += 1;
    const since = ranAwayAt(guard);
    if (since !== undefined) return { after: count, since };
  }
  return "spoken to its end";
}

describe("codes", () => {
  const speechFrames = 30;

  function loop(period: number, changed: number): number[][] {
    const random = createRandom(period);
    const round = Array.from({ length: period }, () => drawFrame(random));
    const speech = Array.from({ length: speechFrames }, () => drawFrame(random));
    const looping = Array.from({ length: framesHeard }, (_, i) =>
      round[i % period]!.map((code) =>
        random() < changed ? Math.floor(random() * codebookSize) : code,
      ),
    );
    return [...speech, ...looping];
  }

  test.each(Array.from({ length: 24 }, (_, i) => i + 1))("a loop of %d frames ends", (period) => {
    const firstRound = speechFrames + period;
    const loopFrames = 50;
    expect(heard(loop(period, 0))).toEqual({ after: firstRound + loopFrames, since: firstRound });
    const almost = heard(loop(period, 0.1)) as { after: number; since: number };
    const slipFrames = 16;
    expect(almost.since).toBeLessThanOrEqual(firstRound + slipFrames);
    expect(almost.after).toBeLessThanOrEqual(firstRound + loopFrames + 2 * slipFrames);
  });

  test("speech goes on: codes that share a third with those before, pauses of one frame's codes", () => {
    const random = createRandom(1);
    const voice = drawFrame(random);
    const pause = drawFrame(random);
    const speech = (frames: number) =>
      Array.from({ length: frames }, () =>
        drawFrame(random).map((code, group) => (random() < 1 / 3 ? voice[group]! : code)),
      );
    const pauseFrames = 2 * framesPerSecond;
    const paused = Array.from({ length: 6 }, () => [
      ...speech(3),
      ...Array.from({ length: pauseFrames }, () => pause),
    ]);
    expect(heard([...speech(1000), ...paused.flat()])).toBe("spoken to its end");
  });
});

type Wave = (second: number) => number;

function* frames(seconds: number, wave: Wave): Generator<Float32Array> {
  for (let frame = 0; frame < seconds * framesPerSecond; frame++) {
    yield Float32Array.from({ length: frameSamples }, (_, i) =>
      wave((frame * frameSamples + i) / sampleRate),
    );
  }
}

function noise(amplitude: number, seed = 1): Wave {
  const random = createRandom(seed);
  return () => amplitude * (2 * random() - 1);
}

const tone =
  (hertz: number, amplitude = 0.1): Wave =>
  (second) =>
    amplitude * Math.sin(2 * Math.PI * hertz * second);
const sum =
  (...waves: Wave[]): Wave =>
  (second) =>
    waves.reduce((total, wave) => total + wave(second), 0);
/** A vowel: harmonics of a pitch, dark as vowels are. */
const vowel = (hertz: number, amplitude = 0.3): Wave =>
  sum(...[1, 2, 3, 4].map((harmonic) => tone(harmonic * hertz, amplitude / harmonic ** 2)));
/** On and off, four times a second. */
const syllables =
  (wave: Wave): Wave =>
  (second) =>
    wave(second) * Math.max(0, Math.sin(2 * Math.PI * 4 * second));

describe("sound", () => {
  const pitches = [50, 63, 100, 177, 250, 400];
  const humFrames = Math.round(3 * framesPerSecond);

  test.each(pitches)("a hum of %d Hz ends, also with noise in it", (hertz) => {
    const soft = Math.SQRT1_2 * 0.1;
    for (const share of [0, 0.1, 0.3]) {
      const wave = sum(tone(hertz), noise(Math.sqrt(3) * share * soft));
      expect(heard(frames(8, wave))).toEqual({ after: humFrames, since: 0 });
    }
    const [speech, hum] = [syllables(vowel(150)), vowel(hertz, 0.1)];
    const speechFrames = 2 * framesPerSecond;
    const afterSpeech = frames(6, (second) => (second < 2 ? speech(second) : hum(second)));
    const outcome = heard(afterSpeech) as { after: number; since: number };
    expect(outcome.after).toBeLessThanOrEqual(speechFrames + humFrames + 1);
    expect(Math.abs(outcome.since - speechFrames)).toBeLessThanOrEqual(1);
  });

  test.each([0, 0.0005, 0.001])("silence with noise of %d ends, clicks or not", (amplitude) => {
    const silenceFrames = 4 * framesPerSecond;
    const tailFrames = Math.round(0.2 * framesPerSecond);
    const quiet = noise(amplitude);
    const outcome = { after: silenceFrames, since: tailFrames };
    expect(heard(frames(8, quiet))).toEqual(outcome);
    const clicked = (second: number): number => (Math.abs(second - 3) < 1e-5 ? 0.9 : quiet(second));
    expect((heard(frames(8, clicked)) as { after: number }).after).toBeLessThanOrEqual(
      silenceFrames + 16,
    );
  });

  test("the silence of a recorded room ends: far below the voice", () => {
    const room = noise(0.006);
    const speech = sum(syllables(vowel(150)), room);
    const clip = frames(8, (second) => (second < 2 ? speech(second) : room(second)));
    expect((heard(clip) as { after: number }).after).toBeLessThanOrEqual(6 * framesPerSecond);
  });

  test.each<[string, Wave]>([
    ["syllables", syllables(vowel(150))],
    [
      "a vowel of two seconds, again and again",
      (second) => (second % 2.5 < 2 ? vowel(140)(second) : 0),
    ],
    ["laughter", (second) => (second % 0.24 < 0.12 ? vowel(220)(second) : noise(0.02)(second))],
    ["pauses of two seconds", (second) => (second % 3 < 1 ? syllables(vowel(180))(second) : 0)],
    [
      "pauses of two seconds with one word between",
      (second) => (second % 2.3 < 0.3 ? vowel(180)(second) : 0),
    ],
    ["pauses in a room", sum((second) => (second % 3 < 1 ? vowel(180)(second) : 0), noise(0.003))],
    ["a whisper far from the microphone", syllables(noise(0.004))],
    ["hiss, which is left to the limit by the text", noise(0.2)],
  ])("%s: no end", (_, wave) => {
    expect(heard(frames(8, wave))).toBe("spoken to its end");
  });
});

test("nothing ends before minFrames", () => {
  const guard = createRunawayGuard(defaultRunawayLimits, { framesPerSecond, minFrames: 100 });
  const codes = Array.from({ length: codebooks }, () => 0);
  for (let frame = 1; frame < 100; frame++) {
    guardCodes(guard, codes);
    guardSound(guard, new Float32Array(frameSamples));
    expect(ranAwayAt(guard)).toBeUndefined();
  }
  guardCodes(guard, codes);
  expect(ranAwayAt(guard)).toBe(100);
});
