// Options about the model that several commands take, with their checks. In: values as given. Out:
// what the engine's `loadModel` takes. Knows nothing of what the checkpoint has.
import { EngineError } from "qwen3-tts";
import { integer, oneOf } from "./arguments.ts";
import { findCheckpoint, type LoadModelOptions, type Precision } from "qwen3-tts";

export const precisions = ["f32", "int8", "int4"] as const;
export const defaultPrecision: Precision = "int8";
export const pretokenizers = ["qwen", "mistral"] as const;

/** More threads than any machine has cores for. */
const maxThreads = 1024;
/** More rows than any machine has memory for. */
const maxRows = 256;

export function checkedPrecision(value: string): Precision {
  return oneOf("--precision", value, precisions);
}

export function checkedThreads(value: string): number {
  return integer("--threads", value, { min: 1, max: maxThreads });
}

export function checkedRows(value: string): number {
  return integer("--rows", value, { min: 1, max: maxRows });
}

/** `null` leaves the choice to the engine. */
export function loadOptions(options: {
  precision: Precision;
  threads: number | null;
}): LoadModelOptions {
  const { precision, threads } = options;
  return { precision, ...(threads === null ? {} : { threads }) };
}

/** The folder that was named, or else a checkpoint in the cache of Hugging Face. */
export async function modelFolder(named: string | null): Promise<string> {
  const folder = named ?? (await findCheckpoint());
  if (folder !== undefined) return folder;
  throw new EngineError(
    "not_ready",
    "No Qwen3-TTS checkpoint was found. Name a folder with --model DIR, or get one with " +
      "'qwen-tts download'.",
  );
}
