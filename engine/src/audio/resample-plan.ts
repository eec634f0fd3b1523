// Which filters make one sample rate of another. In: two rates. Out: stages, each a ratio and a kernel.
// They are built to give what the official package hears, which resamples with soxr's HQ recipe: pass band
// to 91 % of the lower Nyquist frequency, more than 120 dB of stop band, linear phase. The figures are
// those of that recipe's filters, found by fitting its measured impulse responses.
import type { Kernel } from "./windowed-sinc.ts";

export type Rates = { from: number; to: number };

/** Output n is the input at n * down / up, which have no common factor. */
export type Stage = { up: number; down: number; kernel: Kernel };

/** Of a ratio with no number above, soxr makes one filter. */
const easiestFactor = 4;

export function planStages({ from, to }: Rates): Stage[] {
  // Half is enough until less than four times the last rate is left.
  const halvings = Math.max(0, Math.floor(Math.log2(from / to)) - 1);
  const halving = Array.from({ length: halvings }, (_, n) => halvingStage((to / from) * 2 ** n));
  return [...halving, ...planRest(from, to * 2 ** halvings, halvings)];
}

function planRest(from: number, to: number, before: number): Stage[] {
  const { up, down } = ratioOf(from, to);
  const factor = Math.max(up, down);
  const scale = Math.max(1, from / to);
  if (factor <= easiestFactor) {
    const kernel = sharpKernel({ stages: before + 1, factor, isUp: up > down }, scale);
    return [{ up, down, kernel }];
  }
  if (scale >= 1.5 && scale < 2) return shortFirst(from, to);
  return shortLast(from, to, 2 * before + 2);
}

/** To twice the last rate, then half of it. At first only what would fold into the last band must go. */
function shortFirst(from: number, to: number): Stage[] {
  const edge = to / from;
  const [pass, stop] = [passBand * edge, 3 * edge];
  const short = shortKernel({ pass, stop, cutoff: pass + 0.428 * (stop - pass) });
  const sharp = sharpKernel({ stages: 2, factor: 2, isUp: false }, 2);
  return [
    { ...ratioOf(from, 2 * to), kernel: short },
    { up: 1, down: 2, kernel: sharp },
  ];
}

/** The band is ended first, at a rate of at least twice the lower one, and few taps do the rest. */
function shortLast(from: number, to: number, stages: number): Stage[] {
  const lower = Math.min(from, to);
  const up = from < 2 * lower ? 2 : 1;
  const edge = lower / (from * up);
  const sharp = sharpKernel({ stages, factor: 1 / edge, isUp: false }, from / lower);
  const short = shortKernel({ pass: passBand * edge, stop: 1.5, cutoff: 0.8549 + 0.1087 * edge });
  return [
    { up, down: 1, kernel: sharp },
    { ...ratioOf(from * up, to), kernel: short },
  ];
}

function ratioOf(from: number, to: number): { up: number; down: number } {
  const common = greatestCommonDivisor(from, to);
  return { up: to / common, down: from / common };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

const passBand = 0.91363;
/** The middle of the transition that ends at the Nyquist frequency. */
const sharpCutoff = 0.95687183;
/** In samples of the lower rate. A stage more is noise more, which each stop band makes up for. */
const sharpLength = 192.5;
const sharpLengthPerDecibel = 1.645;
const sharpBeta = 13.0401;
const sharpBetaPerDecibel = 0.1116;

type SharpDesign = {
  /** Of all that are run. */
  stages: number;
  /** Taps for each sample of the lower rate. */
  factor: number;
  isUp: boolean;
};

/** The filter that ends the band. `scale`: its input samples for each sample of the lower rate. */
function sharpKernel({ stages, factor, isUp }: SharpDesign, scale: number): Kernel {
  const decibels = 20 * Math.log10(stages);
  const length = (sharpLength + sharpLengthPerDecibel * decibels) * factor;
  const multiple = isUp && Number.isInteger(Math.log2(factor)) ? 2 * factor : 4;
  const taps = 1 + multiple * Math.ceil(length / multiple);
  return {
    cutoff: sharpCutoff / scale,
    halfLength: (taps / factor / 2) * scale,
    beta: sharpBeta + sharpBetaPerDecibel * decibels,
  };
}

/** As parts of the Nyquist frequency of the rate that the filter is fed with. */
type Band = {
  /** All that must stay lies below. */
  pass: number;
  /** All that must go lies above. */
  stop: number;
  cutoff: number;
};

const shortBeta = 14.075;
/** Its few taps droop by 0.01 dB towards the end of the pass band. */
const shortLength = 15.07;
/** These do not. */
const flatLength = 18;

/** The filter that does the odd ratio, when what must stay and what must go are far apart. */
function shortKernel({ pass, stop, cutoff }: Band): Kernel {
  return { cutoff, halfLength: Math.ceil(shortLength / (stop - pass)) / 2, beta: shortBeta };
}

/** Half the rate. `edge`: the last Nyquist frequency as a part of this one's. */
function halvingStage(edge: number): Stage {
  const width = 1 - 2 * edge;
  const kernel = { cutoff: 0.5, halfLength: flatLength / width / 2, beta: shortBeta };
  return { up: 1, down: 2, kernel };
}
