// The arguments of the commands that turn a recording into numbers: a checkpoint, a recording, a file for
// the result. In: arguments. Out: the three paths.
import { readArguments, required } from "./arguments.ts";

export type RecordingOptions = { model: string; audio: string; out: string };

const argumentTypes = {
  model: { type: "string" },
  audio: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

export const recordingHelp = `  --model DIR   folder of a Qwen3-TTS checkpoint
  --audio FILE  a WAV file of any common kind
  --out FILE    the file to write; - is standard output
  --help        show this`;

/** @throws UsageError. Null: `--help` was asked for. */
export function parseRecordingOptions(args: string[]): RecordingOptions | null {
  const values = readArguments(args, argumentTypes);
  if (values.help) return null;
  return {
    model: required("--model", values.model),
    audio: required("--audio", values.audio),
    out: required("--out", values.out),
  };
}
