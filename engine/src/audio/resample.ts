// Another sample rate. In: samples and two rates. Out: the same sound at the second rate, no earlier and no
// later, as long as librosa makes it. The filters are resample-plan.ts's matter.
import { audioError } from "./audio-error.ts";
import { planStages, type Rates } from "./resample-plan.ts";
import { interpolate, reach, type Signal } from "./windowed-sinc.ts";

/** A wrong header must not turn a small file into gigabytes. */
const lowestRate = 2_000;
const highestRate = 768_000;

/** @throws EngineError if no recording has this rate */
export function checkSampleRate(rate: number): void {
  if (Number.isInteger(rate) && rate >= lowestRate && rate <= highestRate) return;
  throw audioError(
    `its sample rate is ${rate} Hz; taken are whole rates from ${lowestRate} to ${highestRate} Hz.`,
  );
}

/** @throws EngineError if no recording has this rate */
export function resample(samples: Float32Array, rates: Rates): Float32Array {
  const { from, to } = rates;
  checkSampleRate(from);
  if (from === to) return samples;
  const ratio = to / from;
  const result = new Float32Array(Math.ceil(samples.length * ratio));
  // soxr makes this many, and librosa puts a zero behind them where it wants one more.
  const length = Math.round(samples.length * ratio);
  result.set(runStages(Float64Array.from(samples), rates, length));
  return result;
}

function runStages(samples: Signal, rates: Rates, length: number): Signal {
  const stages = planStages(rates);
  return stages.reduce((signal, { up, down, kernel }, index) => {
    // Between two stages a signal begins at 0, as soxr's does, and rings on behind its end.
    const ringing = Math.ceil(((signal.length + reach(kernel)) * up) / down);
    const isLast = index === stages.length - 1;
    return interpolate(signal, kernel, { up, down, length: isLast ? length : ringing });
  }, samples);
}
