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
  for (const code of history) {
    const logit = logits[code]!;
    logits[code] = logit < 0 ? logit * repetitionPenalty : logit / repetitionPenalty;
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
  const scaled = logits.map((logit) => logit / settings.temperature);
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

/** The first of equals. */
export function argMax(logits: Float32Array): number {
  let best = 0;
  for (let code = 1; code < logits.length; code++) if (logits[code]! > logits[best]!) best = code;
  return best;
}

/** The codes that are left by top-k, likeliest first; those as likely as the last of them stay too. */
function topCodes(scaled: Float32Array, { topK }: SamplerSettings): number[] {
  // Upstream takes 0 for no limit.
  const rank = Math.min(topK === 0 ? scaled.length : topK, scaled.length) - 1;
  const threshold = scaled.slice().sort()[scaled.length - 1 - rank]!;
  const codes: number[] = [];
  scaled.forEach((logit, code) => {
    if (logit >= threshold && logit > -Infinity) codes.push(code);
  });
  return codes.sort((a, b) => scaled[b]! - scaled[a]! || a - b);
}

/** How many of the likeliest reach a share of `topP` together. */
function nucleus(weights: readonly number[], topP: number): number {
  if (topP >= 1) return weights.length;
  const wanted = topP * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const reached = weights.findIndex((weight) => (sum += weight) >= wanted);
  return reached < 0 ? weights.length : reached + 1;
}
