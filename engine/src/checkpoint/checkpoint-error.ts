// What is wrong with a checkpoint, in words for whoever put it there: file, tensor, found, expected.
import { EngineError } from "../engine-error.ts";

/** Names and values come from the files: a damaged one must not fill a log. */
const [longestName, longestFault] = [200, 600];

/** `file` is a base name: messages may reach a client, and a folder is nobody else's business. */
export function checkpointError(file: string, fault: string, options?: ErrorOptions): EngineError {
  return new EngineError(
    "not_ready",
    `${shortened(file, longestName)}: ${shortened(fault, longestFault)}`,
    options,
  );
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
