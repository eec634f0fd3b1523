// The module that an engine host runs for Qwen3-TTS. In: options as JSON. Out: a loaded engine. See host/.
import { EngineError } from "../engine-error.ts";
import type { EngineHost } from "../host/engine-host.ts";
import type { Precision } from "../model/matrix.ts";
import type { DeviceChoice } from "../runtime/device.ts";
import type { RunawayLimits } from "../scheduler/runaway-guard.ts";
import type { SpeechEngine } from "../speech-engine.ts";
import { loadModelIn } from "./load-model.ts";

export type HostedModelOptions = {
  folder: string;
  precision: Precision;
  threads?: number;
  rows: number;
  positions?: number;
  device?: DeviceChoice;
  runaway: Partial<RunawayLimits>;
};

export const hostedModelUrl = new URL(import.meta.url);

export async function createEngine(options: unknown, host: EngineHost): Promise<SpeechEngine> {
  const { folder, ...rest } = checkOptions(options);
  return loadModelIn(host, folder, { ...rest, measure: true });
}

// They come from this project's own server, through a pipe.
function checkOptions(options: unknown): HostedModelOptions {
  if (typeof options === "object" && options !== null && "folder" in options) {
    return options as HostedModelOptions;
  }
  throw new EngineError("internal", "The host was started without a checkpoint folder.");
}
