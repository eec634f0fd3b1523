// A codes file: `{"codes": [[one integer for each codebook] for each frame], "finish_reason": "stop"}`.
// In: its text, or codes. Out: checked codes, or its text. How many codebooks there are and how large
// they are is the checkpoint's business.
import type { FinishReason } from "qwen3-tts";
import { UsageError } from "./arguments.ts";

/** `finishReason`: why speech ended; codes that were taken from a recording have none. */
export function formatCodes(codes: readonly (readonly number[])[], finishReason?: FinishReason) {
  const ending = finishReason === undefined ? {} : { finish_reason: finishReason };
  return `${JSON.stringify({ codes, ...ending })}\n`;
}

/** @throws UsageError */
export function parseCodes(option: string, text: string): number[][] {
  const codes = codesIn(option, text);
  const groups = codes[0]?.length ?? 0;
  const wrong = codes.findIndex((frame) => !isFrame(frame, groups));
  if (groups > 0 && wrong < 0) return codes;
  if (groups === 0) throw new UsageError(`${option}: there are no codes in it.`);
  throw new UsageError(
    `${option}: frame ${wrong} must be ${groups} integers from 0, as the first frame has.`,
  );
}

function codesIn(option: string, text: string): number[][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new UsageError(`${option} must be a JSON file such as {"codes": [[…]]}; it is no JSON.`);
  }
  const codes = isObject(parsed) ? parsed.codes : undefined;
  if (Array.isArray(codes) && codes.every((frame) => Array.isArray(frame))) {
    return codes as number[][];
  }
  throw new UsageError(`${option} must be a JSON object with "codes", an array of arrays.`);
}

function isObject(value: unknown): value is { codes?: unknown } {
  return typeof value === "object" && value !== null;
}

function isFrame(frame: number[], groups: number): boolean {
  return frame.length === groups && frame.every((code) => Number.isSafeInteger(code) && code >= 0);
}
