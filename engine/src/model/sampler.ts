// From logits to a code. In: logits, settings, one random number. Out: the code. The order of the steps is that of
// transformers 4.57 and decides what is heard. Knows no model and keeps no state.

export type SamplerSettings = {
  /** False: always the likeliest. */
  doSample: boolean;
  temperature: number;
  topK: number;
  topP: number;
};

export type FirstCodeRules = {
  repetitionPenalty: number;
  /** Codes so far: each is penalised once, however often it came. */
  history: ReadonlySet<number>;
  endOfSpeech: number;
  /** End of speech may not come yet. */
  endForbidden: boolean;
};

/** The talker's last ids are controls, which upstream never lets it say but for end of speech. */
const controlIds = 1024;

/** The steps before sampling, for the talker's logits; changes them in place. */
export function applyFirstCodeRules(logits: Float32Array, rules: FirstCodeRules): void {
  const { repetitionPenalty, history, endOfSpeech, endForbidden } = rules;
  // Upstream computes with float32.
  const penalty = Math.fround(repetitionPenalty);
  for (const code of history) {
    const logit = logits[code]!;
    logits[code] = logit < 0 ? logit * penalty : logit / penalty;
  }
  const end = endForbidden ? -Infinity : logits[endOfSpeech]!;
  logits.fill(-Infinity, Math.max(0, logits.length - controlIds));
  logits[endOfSpeech] = end;
}

/** @param uniform in [0, 1) */
export function chooseCode(
  logits: Float32Array,
  settings: SamplerSettings,
  uniform: number,
): number {
  if (!settings.doSample) return argMax(logits);
  const scaled = divided(logits, Math.fround(settings.temperature));
  const codes = topCodes(scaled, settings);
  const greatest = scaled[codes[0]!]!;
  const weights = codes.map((code) => Math.exp(scaled[code]! - greatest));
  const kept = nucleus(weights, settings.topP);
  const total = weights.slice(0, kept).reduce((sum, weight) => sum + weight, 0);
  let left = uniform * total;
  for (let index = 0; index < kept - 1; index++) {
    left -= weights[index]!;
    if (left < 0) return codes[index]!;
  }
  return codes[kept - 1]!;
}

// With `map` choosing a code took twice as long, sixteen times a frame (docs/log.md).
function divided(logits: Float32Array, divisor: number): Float32Array {
  const quotients = new Float32Array(logits.length);
  for (let code = 0; code < logits.length; code++) quotients[code] = logits[code]! / divisor;
  return quotients;
}

/** The first of equals. */
export function argMax(logits: Float32Array): number {
  let best = 0;
  for (let code = 1; code < logits.length; code++) if (logits[code]! > logits[best]!) best = code;
  return best;
}

/** The codes that are left by top-k, likeliest first; those as likely as the last of them stay too. */
function topCodes(scaled: Float32Array, { topK }: SamplerSettings): number[] {
  // Upstream takes 0 for no limit.
  const count = Math.min(topK === 0 ? scaled.length : topK, scaled.length);
  const threshold = leastOfGreatest(scaled, count);
  const codes: number[] = [];
  for (let code = 0; code < scaled.length; code++) {
    const logit = scaled[code]!;
    if (logit >= threshold && logit > -Infinity) codes.push(code);
  }
  return codes.sort((a, b) => scaled[b]! - scaled[a]! || a - b);
}

/** The least of the `count` greatest: they are kept in a heap, whose root it is. */
function leastOfGreatest(values: Float32Array, count: number): number {
  const heap = values.slice(0, count);
  for (let root = (count >> 1) - 1; root >= 0; root--) sink(heap, root);
  for (let i = count; i < values.length; i++) {
    if (values[i]! <= heap[0]!) continue;
    heap[0] = values[i]!;
    sink(heap, 0);
  }
  return heap[0]!;
}

function sink(heap: Float32Array, start: number): void {
  const value = heap[start]!;
  let at = start;
  for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child += 1;
    if (heap[child]! >= value) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = value;
}

/** How many of the likeliest reach a share of `topP` together. */
function nucleus(weights: readonly number[], topP: number): number {
  if (topP >= 1) return weights.length;
  const wanted = topP * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const reached = weights.findIndex((weight) => (sum += weight) >= wanted);
  return reached < 0 ? weights.length : reached + 1;
}
