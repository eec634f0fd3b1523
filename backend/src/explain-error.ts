// Any failure of a request -> a code of the HTTP contract and words for the client. A failure nobody
// foresaw is `internal`, and its own message stays in the log: it may hold a path.
import { EngineError, type EngineErrorCode } from "qwen3-tts";
import type { ErrorCode } from "./protocol.ts";
import { RequestError, type RequestErrorDetails } from "./request-error.ts";

export type Explanation = { code: ErrorCode; detail: string; details: RequestErrorDetails };

const engineCodes: Record<EngineErrorCode, ErrorCode> = {
  unsupported: "unsupported",
  not_ready: "engine_not_ready",
  crashed: "engine_crashed",
  hung: "engine_hung",
  out_of_memory: "out_of_memory",
  closed: "shutting_down",
  offline: "engine_not_ready",
  not_found: "not_found",
  unauthorized: "engine_not_ready", // by the model hub: the client's own key is not meant
  disk_full: "engine_not_ready",
  damaged: "engine_not_ready",
  internal: "internal",
};

export function explain(error: unknown): Explanation {
  if (error instanceof RequestError) {
    return { code: error.code, detail: error.message, details: error.details };
  }
  if (error instanceof EngineError) {
    return { code: engineCodes[error.code], detail: error.message, details: {} };
  }
  return {
    code: "internal",
    detail: "The server failed on this request; its log has the cause under the request's id.",
    details: {},
  };
}

/** The reasons for which the server itself ends a request. */
export const reasons = {
  clientLeft: () => new RequestError("cancelled", "The client left before the clip was complete."),
  readerStopped: (seconds: number) =>
    new RequestError(
      "timeout",
      `The client took nothing of its audio for ${seconds} s. Read on, or start the server with a ` +
        "larger --reader-timeout.",
    ),
  deleted: (id: string) => new RequestError("cancelled", `Request ${id} was cancelled by DELETE.`),
  shuttingDown: () =>
    new RequestError("shutting_down", "The server is shutting down. Try again when it is back."),
};
