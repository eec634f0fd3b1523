// Files and stdin that a command reads. In: an option and its path. Out: bytes, text or audio, or one line
// that says what is wrong with which option.
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { EngineError } from "qwen3-tts";
import { UsageError } from "./arguments.ts";
import { readWav } from "qwen3-tts";
import { reasonOf } from "./output.ts";

/** @throws UsageError */
export async function readInput(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`${option}: ${path} cannot be read: ${reasonOf(error)}.`);
  }
}

export async function readTextFile(option: string, path: string): Promise<string> {
  return decodeText(option, await readInput(option, path));
}

export async function readStdinText(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new UsageError("No text: give it with --text, with --text-file or on standard input.");
  }
  return decodeText("standard input", await buffer(process.stdin));
}

/** Bytes that are no text would be spoken as nonsense. */
function decodeText(option: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${option} must be UTF-8 text.`);
  }
}

export type Audio = { samples: Float32Array; sampleRate: number };

export async function readAudio(option: string, path: string): Promise<Audio> {
  const bytes = await readInput(option, path);
  try {
    return readWav(bytes);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new UsageError(`${option}: ${path} cannot be read: ${error.message}`);
  }
}
