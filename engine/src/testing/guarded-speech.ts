// What the runaway guard makes of finished speech, as it would be heard by a row. In: samples. Out: whether it would
// have been cut. For tests with voices that are not the engine's own.
import {
  createRunawayGuard,
  defaultRunawayLimits,
  guardSound,
  ranAwayAt,
} from "../scheduler/runaway-guard.ts";

const frameSeconds = 0.08;

/** The second at which the guard would end it; none: it is speech. */
export function runawaySecond(samples: Float32Array, sampleRate: number): number | undefined {
  const guard = createRunawayGuard(defaultRunawayLimits, {
    framesPerSecond: 1 / frameSeconds,
    minFrames: 0,
  });
  const frameSamples = Math.round(frameSeconds * sampleRate);
  for (let end = frameSamples; end <= samples.length; end += frameSamples) {
    guardSound(guard, samples.subarray(end - frameSamples, end));
    if (ranAwayAt(guard) !== undefined) return end / sampleRate;
  }
  return undefined;
}
