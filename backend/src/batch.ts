// The items of a batch, side by side. In: checked items, or the error of those that are not. Out: each
// item's clip, whole, or its error; one item's failure is no other's. Knows nothing of JSON or HTTP.
import type { Admission } from "./admission.ts";
import { collectClip, type Clip } from "./clip.ts";
import { explain, type Explanation } from "./explain-error.ts";
import { RequestError } from "./request-error.ts";
import type { RequestEntry, RequestLog } from "./request-log.ts";
import { placeFor, type SpeechService, type SpeechTask } from "./speech-service.ts";
import type { ValidSpeechRequest } from "./speech-request.ts";

export type BatchItem =
  | { kind: "request"; request: ValidSpeechRequest }
  | { kind: "refused"; error: RequestError };

/** `index`: the item's place in the request. */
export type BatchOutcome =
  | { kind: "clip"; index: number; clip: Clip }
  | { kind: "error"; index: number; error: Explanation; seed: number | null };

export type BatchLimits = {
  itemTimeoutSeconds: number;
  /** Ceiling on the audio of all items together, after speed. */
  maxBatchSeconds: number;
};

export type BatchParts = {
  service: SpeechService;
  admission: Admission;
  requests: RequestLog;
  limits: BatchLimits;
};

/**
 * Start the batch: a promise for each item, in order; none rejects. `entry`, the batch's own record,
 * is settled when all items are.
 * @throws RequestError `queue_full`, before anything has started
 */
export function startBatch(
  items: BatchItem[],
  entry: RequestEntry,
  parts: BatchParts,
): Promise<BatchOutcome>[] {
  const { requests, admission, limits } = parts;
  const entries = items.map((_, index) => requests.open(`${entry.id}-${index}`, "/tts/batch"));
  try {
    const places = items.flatMap((item, index) =>
      item.kind === "request" ? [placeFor(item.request, entries[index]!.abort.signal)] : [],
    );
    const tickets = admission.enter(places, "batch");
    const budget = { secondsLeft: limits.maxBatchSeconds };
    entry.holds(entries);
    entry.started();
    const outcomes = items.map((item, index): Promise<BatchOutcome> => {
      const itemEntry = entries[index]!;
      if (item.kind === "refused") return Promise.resolve(refuse(item.error, index));
      const ticket = tickets.shift()!; // in the order of the places
      const task: SpeechTask = {
        request: item.request,
        entry: itemEntry,
        ticket,
        delivery: { kind: "whole" },
      };
      return runItem(task, index, { ...parts, budget });
    });
    items.forEach((item, index) => {
      if (item.kind === "refused") settleRefused(entries[index]!, item.error, requests);
    });
    void Promise.all(outcomes).then(() => {
      entry.finish({
        kind: "finished",
        finishReason: entry.abort.signal.aborted ? "cancelled" : "stop",
      });
      requests.close(entry);
    });
    return outcomes;
  } catch (error) {
    for (const item of entries) requests.forget(item);
    throw error;
  }
}

function refuse(error: RequestError, index: number): BatchOutcome {
  return { kind: "error", index, error: explain(error), seed: null };
}

function settleRefused(entry: RequestEntry, error: RequestError, requests: RequestLog): void {
  const { detail, code } = explain(error);
  entry.finish({ kind: "failed", error: { detail, code } });
  requests.close(entry);
}

async function runItem(
  task: SpeechTask,
  index: number,
  { service, limits, budget }: BatchParts & { budget: { secondsLeft: number } },
): Promise<BatchOutcome> {
  const { seed } = task.request;
  const { itemTimeoutSeconds, maxBatchSeconds } = limits;
  let timer: NodeJS.Timeout | undefined;
  const onStart = (): void => {
    const expire = (): void => task.entry.cancel(itemTimedOut(itemTimeoutSeconds));
    timer = setTimeout(expire, itemTimeoutSeconds * 1000);
  };
  try {
    const clip = await collectClip(service, { ...task, onStart }, (seconds) => {
      budget.secondsLeft -= seconds;
      if (budget.secondsLeft < 0) throw batchTooLong(maxBatchSeconds);
    });
    return { kind: "clip", index, clip };
  } catch (error) {
    return { kind: "error", index, error: explain(error), seed };
  } finally {
    clearTimeout(timer);
  }
}

function itemTimedOut(seconds: number): RequestError {
  return new RequestError(
    "timeout",
    `Not finished ${seconds} s after it started. Send long texts to /tts/stream, which has no ` +
      "time limit, or start the server with a larger --item-timeout.",
  );
}

export function batchTooLong(maxBatchSeconds: number): RequestError {
  return new RequestError(
    "batch_too_long",
    `The batch is longer than ${maxBatchSeconds} s of audio. Send fewer or shorter items, or start ` +
      "the server with a larger --max-batch-seconds.",
  );
}
