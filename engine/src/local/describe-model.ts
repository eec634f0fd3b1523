// A checkpoint in the words of the engine interface. In: its configs and the precision. Out: what `status()` shows
// of the model, loaded or not. Loads nothing.
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelConfig, ModelType } from "../checkpoint/model-config.ts";
import type { Precision } from "../model/matrix.ts";
import type { Honoured, ModelStatus, SpeakerInfo } from "../speech-engine.ts";
import { languageNames } from "../text/language-tag.ts";
import { publishedSpeakers } from "./published-speakers.ts";

export type ModelDescription = Omit<ModelStatus, "state" | "rows">;

const variantNames: Record<ModelType, string> = {
  custom_voice: "CustomVoice",
  voice_design: "VoiceDesign",
  base: "Base",
};

/** @throws EngineError if the folder is no complete checkpoint */
export async function describeCheckpoint(
  folder: string,
  precision: Precision,
): Promise<ModelDescription> {
  return describeModel(await openCheckpoint(folder), precision);
}

export function describeModel(
  { config, codecConfig }: Pick<Checkpoint, "config" | "codecConfig">,
  precision: Precision,
): ModelDescription {
  const name = `Qwen3-TTS ${sizeName(config)} ${variantNames[config.modelType]}`;
  const languages = languageNames(config.languages).filter((language) => language !== "Auto");
  return {
    id: `${name.toLowerCase().replaceAll(" ", "-")}-${precision}`,
    label: `${name} (${precision})`,
    variant: config.modelType,
    size: sizeName(config),
    sampleRate: codecConfig.outputSampleRate,
    speakers: [...config.speakers.keys()].map((key) => speakerInfo(key, languages)),
    languages,
    instruct: takesInstruct(config),
    sampling: { honoured: true },
    clone: honouredBy(config, "base", "clones no voices. Use a Base model, which does."),
    design: honouredBy(config, "voice_design", "designs no voices. Use a VoiceDesign model."),
  };
}

function honouredBy({ modelType }: ModelConfig, variant: ModelType, otherwise: string): Honoured {
  if (modelType === variant) return { honoured: true };
  return { honoured: false, reason: `A ${variantNames[modelType]} model ${otherwise}` };
}

/** Beside the description of a voice there is no place for a second instruction. */
function takesInstruct(config: ModelConfig): Honoured {
  if (config.modelType !== "voice_design") return followsInstructions(config);
  const reason =
    "A VoiceDesign model takes one description of voice and manner. Put both into it and leave 'instruct' out.";
  return { honoured: false, reason };
}

/** As upstream: the small model was not trained on instructions, and clones take none. */
export function followsInstructions({ modelType, modelSize }: ModelConfig): Honoured {
  if (modelType === "base") {
    const reason = "A Base model takes no instructions. Leave them out, or use CustomVoice 1.7B.";
    return { honoured: false, reason };
  }
  if (modelSize !== smallSize) return { honoured: true };
  const reason = "The 0.6B model takes no instructions. Leave them out, or use the 1.7B model.";
  return { honoured: false, reason };
}

const smallSize = "0b6";

/** "0b6" -> "0.6B" */
export function sizeName({ modelSize }: Pick<ModelConfig, "modelSize">): string {
  return modelSize.replace(/^(\d+)b(\d+)$/, "$1.$2B");
}

function speakerInfo(key: string, languages: readonly string[]): SpeakerInfo {
  const published = publishedSpeakers.find(({ name }) => name.toLowerCase() === key.toLowerCase());
  if (published) return published;
  const name = key.replace(/(^|_)\p{Ll}/gu, (start) => start.toUpperCase());
  const nativeLanguage = languages.find((language) => language === "English") ?? languages[0]!;
  return { name, description: "", nativeLanguage };
}
