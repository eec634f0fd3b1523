// What is known of a model before it is loaded. In: an entry of the list of published models, or a folder. Out: its
// facts. Reads configs, no weights.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describeCheckpoint, type ModelVariant, type PublishedModel } from "qwen3-tts";
import type { ModelFacts } from "./model-body.ts";

export function publishedFacts({ repo, variant, size, bytes }: PublishedModel): ModelFacts {
  return { id: repo, label: labelOf(variant, size), variant, size, bytes, removable: true };
}

/** @throws EngineError if it is no complete checkpoint */
export async function folderFacts(
  id: string,
  folder: string,
  { removable }: { removable: boolean },
): Promise<ModelFacts> {
  // Variant and size do not depend on the precision.
  const { variant, size, label } = await describeCheckpoint(folder, "f32");
  const bytes = await bytesIn(folder);
  if (variant === null || size === null) throw new TypeError(`${label} is no Qwen3-TTS`);
  return { id, label: labelOf(variant, size), variant, size, bytes, removable };
}

const variantNames: Record<ModelVariant, string> = {
  custom_voice: "CustomVoice",
  voice_design: "VoiceDesign",
  base: "Base",
};

function labelOf(variant: ModelVariant, size: string): string {
  return `Qwen3-TTS ${size} ${variantNames[variant]}`;
}

/** The files of a snapshot are links: what counts is where they lead. */
export async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = names.map(async (name) => {
    const found = await stat(join(folder, name));
    return found.isFile() ? found.size : 0;
  });
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
}
