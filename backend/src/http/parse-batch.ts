// unknown -> the items of a batch. In: a JSON body. Out: each item checked, or its own error; only what
// is wrong with the batch as a whole is thrown.
import type { EngineStatus } from "qwen3-tts";
import { batchTooLong, type BatchItem } from "../batch.ts";
import { limits } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { estimateClipSeconds } from "../text/speech-length.ts";
import type { NamedVoices } from "./named-voices.ts";
import { nameOf, parseSpeech } from "./parse-speech.ts";

type Known = { status: EngineStatus; voices: NamedVoices };

/** @throws RequestError with a code of status 400 */
export function parseBatch(
  body: unknown,
  { maxBatchSeconds, ...known }: Known & { maxBatchSeconds: number },
): BatchItem[] {
  const items = requestsOf(body).map((item) => parseItem(item, known));
  const seconds = items.reduce((sum, item) => sum + estimatedSeconds(item), 0);
  if (seconds > maxBatchSeconds) throw batchTooLong(maxBatchSeconds);
  return items;
}

/** Bodies of speech in it, as far as it is a batch at all. */
export function bodiesIn(body: unknown): unknown[] {
  const requests = typeof body === "object" && body !== null && "requests" in body && body.requests;
  return Array.isArray(requests) ? requests.slice(0, limits.batchItems) : [];
}

function requestsOf(body: unknown): unknown[] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(
      "invalid_request",
      `The body must be a JSON object such as {"requests": [{"text": "Hello"}]}, not ${nameOf(body)}.`,
    );
  }
  const unknown = Object.keys(body).find((key) => key !== "requests");
  if (unknown !== undefined) {
    throw new RequestError(
      "invalid_request",
      `Unknown field ${nameOf(unknown)}. Known fields: requests.`,
    );
  }
  const requests: unknown = "requests" in body ? body.requests : undefined;
  if (!Array.isArray(requests) || requests.length === 0) {
    throw new RequestError(
      "invalid_request",
      `'requests' must be an array of 1 to ${limits.batchItems} items, not ${
        Array.isArray(requests) ? "an empty one" : nameOf(requests)
      }.`,
    );
  }
  if (requests.length > limits.batchItems) {
    throw new RequestError(
      "batch_too_large",
      `'requests' has ${requests.length} items; at most ${limits.batchItems} are allowed. Send the ` +
        "rest in another batch.",
    );
  }
  return requests;
}

function parseItem(item: unknown, { status, voices }: Known): BatchItem {
  try {
    return { kind: "request", request: parseSpeech(item, status, voices) };
  } catch (error) {
    if (error instanceof RequestError) return { kind: "refused", error };
    throw error;
  }
}

function estimatedSeconds(item: BatchItem): number {
  return item.kind === "refused" ? 0 : estimateClipSeconds(item.request);
}
