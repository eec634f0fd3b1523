// Checkpoints for tests that speak through the server: the engine's own fixtures, whole or changed. In: a name or a
// folder. Out: a checkpoint folder. Knows no server.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Fixture = "custom-voice-0b6" | "base-0b6";

export function checkpointFolder(name: Fixture): string {
  return fileURLToPath(new URL(`../../engine/test/fixtures/${name}`, import.meta.url));
}

/** A frame of the fixtures' own VoiceDesign model lasts 5 ms: seconds of speech would take it minutes. */
export function writeDesigner(folder: string): void {
  cpSync(checkpointFolder("custom-voice-0b6"), folder, { recursive: true });
  change(join(folder, "config.json"), (config) => ({
    ...config,
    tts_model_type: "voice_design",
    talker_config: { ...(config.talker_config as object), spk_id: {}, spk_is_dialect: {} },
  }));
}

/** Speaks two seconds at most: random weights hardly ever end by themselves. */
export function writeBrief(fixture: Fixture, folder: string): void {
  cpSync(checkpointFolder(fixture), folder, { recursive: true });
  change(join(folder, "generation_config.json"), (generation) => ({
    ...generation,
    max_new_tokens: 25,
  }));
}

type Fields = Record<string, unknown>;

function change(file: string, changed: (fields: Fields) => Fields): void {
  const fields = JSON.parse(readFileSync(file, "utf8")) as Fields;
  writeFileSync(file, JSON.stringify(changed(fields)));
}
