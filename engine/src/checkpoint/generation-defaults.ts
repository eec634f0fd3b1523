// How a checkpoint wants to be sampled where the caller says nothing. In: generation_config.json. Out: the
// settings of talker and code predictor.
import { readJsonFields, type JsonFields } from "./json-fields.ts";

export type SamplingDefaults = {
  doSample: boolean;
  temperature: number;
  topK: number;
  topP: number;
};

export type GenerationDefaults = SamplingDefaults & {
  repetitionPenalty: number;
  /** Of the code predictor, which upstream calls the subtalker. */
  subtalker: SamplingDefaults;
  maxNewTokens: number;
};

export async function readGenerationDefaults(path: string): Promise<GenerationDefaults> {
  return generationDefaults(await readJsonFields(path));
}

/** The fallbacks are those of upstream's `_merge_generate_kwargs`. */
export function generationDefaults(fields: JsonFields): GenerationDefaults {
  return {
    doSample: fields.flag("do_sample", true),
    temperature: fields.positive("temperature", 0.9),
    topK: fields.natural("top_k", 50),
    topP: fields.fraction("top_p", 1),
    repetitionPenalty: fields.positive("repetition_penalty", 1.05),
    subtalker: {
      doSample: fields.flag("subtalker_dosample", true),
      temperature: fields.positive("subtalker_temperature", 0.9),
      topK: fields.natural("subtalker_top_k", 50),
      topP: fields.fraction("subtalker_top_p", 1),
    },
    maxNewTokens: fields.size("max_new_tokens", 2048),
  };
}
