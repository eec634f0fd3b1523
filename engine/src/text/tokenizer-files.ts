// The tokenizer's files as text and JSON. In: a folder and a name. Out: what is in the file, or an error
// that names it. Knows no tokenizer.
import { join } from "node:path";
import { readBoundedText } from "../checkpoint/bounded-text.ts";
import { checkpointError } from "../checkpoint/checkpoint-error.ts";

export type TokenizerFiles = { folder: string };

export type JsonObject = Record<string, unknown>;

/** Qwen's largest, tokenizer.json, has 11 MB. */
const maxFileBytes = 128 * 2 ** 20;

/** `null` if there is no such file. */
export async function readTextFile(files: TokenizerFiles, name: string): Promise<string | null> {
  try {
    const text = await readBoundedText(join(files.folder, name), maxFileBytes);
    if (text !== undefined) return text;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw checkpointError(name, "cannot be read. Is it a readable file?", { cause });
  }
  throw checkpointError(name, `it is not a file of at most ${maxFileBytes} bytes.`);
}

export async function requireTextFile(files: TokenizerFiles, name: string): Promise<string> {
  const text = await readTextFile(files, name);
  if (text !== null) return text;
  const needed = "vocab.json, merges.txt and tokenizer_config.json, or tokenizer.json";
  throw checkpointError(name, `is missing. A checkpoint has ${needed}. Fetch it again.`);
}

export function parseObject(file: string, text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw checkpointError(file, "it is not JSON. It is damaged: fetch it again.", { cause });
  }
  if (isObject(json)) return json;
  throw checkpointError(file, "it is not a JSON object. It is damaged: fetch it again.");
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
