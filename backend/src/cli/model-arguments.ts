// Options about the model that several commands take, with their checks. In: values as given. Out:
// what the engine's `loadModel` takes. Knows nothing of what the checkpoint has.
import { EngineError } from "qwen3-tts";
import { integer, oneOf } from "./arguments.ts";
import {
  devices,
  findCheckpoint,
  type DeviceChoice,
  type LoadModelOptions,
  type Precision,
} from "qwen3-tts";

export const precisions = ["f32", "int8", "int4"] as const;
export const defaultPrecision: Precision = "int8";
export const defaultDevice: DeviceChoice = "cpu";
export const pretokenizers = ["qwen", "mistral"] as const;

/** More threads than any machine has cores for. */
const maxThreads = 1024;
/** More rows than any machine has memory for. */
const maxRows = 256;

/** Enough for the shortest sentence … */
const leastPositions = 256;
/** … and more than any machine has memory for. */
const mostPositions = 100_000_000;

export function checkedPrecision(value: string): Precision {
  return oneOf("--precision", value, precisions);
}

export function checkedDevice(value: string): DeviceChoice {
  return oneOf("--device", value, [...devices, "auto"]);
}

export function checkedThreads(value: string): number {
  return integer("--threads", value, { min: 1, max: maxThreads });
}

export function checkedRows(value: string): number {
  return integer("--rows", value, { min: 1, max: maxRows });
}

export function checkedPositions(value: string): number {
  return integer("--max-positions", value, { min: leastPositions, max: mostPositions });
}

/** `null` leaves the choice to the engine. */
export function loadOptions(options: {
  precision: Precision;
  threads: number | null;
  device?: DeviceChoice;
}): LoadModelOptions {
  const { precision, threads, device = defaultDevice } = options;
  return { precision, device, ...(threads === null ? {} : { threads }) };
}

/** The folder that was named, or else a checkpoint in the cache of Hugging Face: any, or of what `voice` needs. */
export async function modelFolder(
  named: string | null,
  voice: { name: string } | null = null,
): Promise<string> {
  const variant = voice === null ? undefined : "base";
  const folder = named ?? (await findCheckpoint(process.env, variant));
  if (folder !== undefined) return folder;
  const [missing, name] =
    voice === null
      ? ["No Qwen3-TTS checkpoint was found", ""]
      : [`The voice '${voice.name}' needs a Base model, and none was found`, " base"];
  throw new EngineError(
    "not_ready",
    `${missing}. Name a folder with --model DIR, or get one with 'qwen-tts download${name}'.`,
  );
}
