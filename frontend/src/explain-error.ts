// Errors and early ends in words for people: what happened, and what to do now.
import type { FinishReason } from "qwen-tts/protocol";
import { ApiError } from "./api-error.ts";
import type { ApiErrorCode } from "./api-error.ts";

export type Explanation = { title: string; advice: string };

/** Codes whose title says more than the server's sentence; the rest show that sentence. */
const explanations: Partial<Record<ApiErrorCode, Explanation>> = {
  unreachable: {
    title: "The speech server does not answer.",
    advice: "Check that it is running. This page connects again by itself.",
  },
  cut: {
    title: "The connection broke before the clip was finished.",
    advice: "What arrived can be played and downloaded. Try again when the server is back.",
  },
  aborted: { title: "Stopped.", advice: "" },
  unauthorized: {
    title: "The server wants an API key.",
    advice: "Enter a key that the server was started with, and try again.",
  },
  foreign_origin: {
    title: "The server does not take requests from this page's address.",
    advice: "Open the page at the address that the server printed, or allow this one there.",
  },
  body_too_large: {
    title: "That is more than the server takes at once.",
    advice: "Shorten the text, or send fewer lines.",
  },
  engine_crashed: {
    title: "The speech engine stopped unexpectedly.",
    advice: "It starts again by itself: try once more.",
  },
  engine_hung: {
    title: "The speech engine made no progress and was stopped.",
    advice: "It starts again by itself: try once more.",
  },
  out_of_memory: {
    title: "The speech engine ran out of memory.",
    advice: "Try a shorter text, or wait until other requests are done.",
  },
  timeout: {
    title: "It took too long.",
    advice: "Stream the text on its own, or shorten it.",
  },
  cancelled: { title: "The request was cancelled on the server.", advice: "Try again." },
  shutting_down: {
    title: "The server is shutting down.",
    advice: "This page connects again when it is back.",
  },
  internal: {
    title: "Something went wrong in the server.",
    advice: "Try again; if it stays, look into the server's log.",
  },
  bad_answer: {
    title: "The server's answer makes no sense to this page.",
    advice: "Reload the page: it may be older than the server.",
  },
};

/** What to do, for codes that show the server's own sentence. */
const advice: Partial<Record<ApiErrorCode, string>> = {
  batch_too_large: "Remove some lines.",
  unsupported: "Change the setting that the message names.",
  engine_not_ready: "It may still be loading: try again in a moment.",
};

/** Any failure of a request, in words. */
export function explainError(error: unknown): Explanation {
  if (!(error instanceof ApiError))
    return {
      title: "This page could not play the clip.",
      advice: error instanceof Error ? error.message : "Reload the page and try again.",
    };
  if (error.code === "queue_full" || error.code === "rate_limited") return explainBusy(error);
  const known = explanations[error.code];
  if (known) return known;
  const names = error.available?.length ? `Choose one of: ${error.available.join(", ")}.` : "";
  const saysNames = error.detail.includes(error.available?.[0] ?? "\0");
  return { title: error.detail, advice: advice[error.code] ?? (saysNames ? "" : names) };
}

function explainBusy(error: ApiError): Explanation {
  const wait = error.retryAfterSeconds
    ? `Try again in ${secondsInWords(error.retryAfterSeconds)}.`
    : "Try again in a moment.";
  if (error.code === "rate_limited") return { title: "Too many requests from here.", advice: wait };
  const waiting = error.queueLength === undefined ? "" : ` (${error.queueLength} waiting)`;
  return { title: `The server is busy and its queue is full${waiting}.`, advice: wait };
}

function secondsInWords(seconds: number): string {
  return seconds === 1 ? "one second" : `${Math.ceil(seconds)} seconds`;
}

/** Why a clip that ended in order is shorter than its text; undefined for a normal end. */
export function explainFinish(reason: FinishReason | null): Explanation | undefined {
  switch (reason) {
    case "length":
      return {
        title: "The clip was cut at the longest length allowed.",
        advice: "Split the text to hear the rest.",
      };
    case "runaway":
      return {
        title: "The model lost the text and was stopped.",
        advice: "Try again: another seed usually helps.",
      };
    case "cancelled":
      return explanations.cancelled;
    case "stop":
    case null:
      return undefined;
  }
}
