// What is wrong with a checkpoint, in words for whoever put it there: file, tensor, found, expected.
import { EngineError } from "../engine-error.ts";

/** `file` is a base name: messages may reach a client, and a folder is nobody else's business. */
export function checkpointError(file: string, fault: string, options?: ErrorOptions): EngineError {
  return new EngineError("not_ready", `${file}: ${fault}`, options);
}
