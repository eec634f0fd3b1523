// Which engine speaks. In: what the command line says and what is on the disk. Out: an engine that has begun to
// load.
import { EngineError, findCheckpoint, type SpeechEngine } from "qwen3-tts";
import type { ServeOptions } from "../cli/serve-options.ts";
import type { Logger } from "pino";
import { createLocalEngine } from "./local/local-engine.ts";
import { createPreviewEngine } from "./preview/preview-engine.ts";
import { previewProgramPath } from "./preview/preview-process.ts";

/** @throws EngineError if the engine that was asked for cannot be had */
export async function chooseEngine(
  options: Pick<
    ServeOptions,
    | "engine"
    | "models"
    | "precision"
    | "threads"
    | "rows"
    | "runaway"
    | "memoryBudgetBytes"
    | "idleUnloadSeconds"
  >,
  logger: Logger,
): Promise<SpeechEngine> {
  const folders = options.engine === "preview" ? [] : await checkpointFolders(options.models);
  if (folders.length > 0) return createLocalEngine({ ...options, folders, logger });
  if (options.engine === "local") {
    throw new EngineError(
      "not_ready",
      "There is no Qwen3-TTS checkpoint on this machine. Give its folder with --model DIR, or leave --engine local out.",
    );
  }
  return createPreviewEngine({ program: previewProgramPath(), logger });
}

async function checkpointFolders(given: readonly string[]): Promise<readonly string[]> {
  if (given.length > 0) return given;
  const found = await findCheckpoint();
  return found === undefined ? [] : [found];
}
