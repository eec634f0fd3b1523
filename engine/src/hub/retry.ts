// Tries again, after pauses that grow. In: an attempt, and how patient to be. Out: its result, or why it was given up.
// Knows nothing of HTTP but that a server may say how long to wait.
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../engine-error.ts";
import type { Patience } from "./environment.ts";

/** An attempt failed that may go well the next time. `message` ends a sentence: "it answered 503". */
export class Interruption extends Error {
  override readonly name = "Interruption";
  /** As the server asked for; null: as we think fit. */
  readonly waitMs: number | null;

  constructor(
    message: string,
    { waitMs = null, cause }: { waitMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.waitMs = waitMs;
  }
}

const longestPauseMs = 30_000;
/** Who is asked to wait for longer had better come back later. */
const longestWaitMs = 120_000;

export type RetryOptions = {
  patience: Patience;
  signal: AbortSignal;
  /** Grows as long as something arrives: then the count begins anew. */
  progress?: () => number;
};

/** @throws EngineError `offline` when all attempts failed, and whatever else an attempt throws, at once */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { patience, signal, progress = () => 0 }: RetryOptions,
): Promise<Result> {
  let failures = 0;
  for (;;) {
    const before = progress();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Interruption)) throw error;
      failures = progress() > before ? 1 : failures + 1;
      const waitMs = error.waitMs ?? pauseMs(failures, patience.firstPauseMs);
      if (failures >= patience.attempts || waitMs > longestWaitMs) throw givenUp(error, waitMs);
      await pause(waitMs, signal);
    }
  }
}

/** Up to a quarter more or less, so that several do not come back in step. */
export function pauseMs(failures: number, firstPauseMs: number): number {
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
  return pause * (0.75 + Math.random() / 2);
}

/** @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

function givenUp(error: Interruption, waitMs: number): EngineError {
  const later =
    waitMs > longestWaitMs ? ` It asks to come back in ${Math.ceil(waitMs / 1000)} s.` : "";
  return new EngineError(
    "offline",
    `The model hub cannot be used now: ${error.message}.${later} Check the network, HF_ENDPOINT and HTTPS_PROXY, ` +
      "and try again: what has arrived is kept.",
    { cause: error },
  );
}
