// The server's own refusals: a code of the HTTP contract, words for the client, and what goes with
// them. Knows no status: `http/errors.ts` has the one table from codes to statuses.
import type { ErrorCode } from "./protocol.ts";

export type RequestErrorDetails = {
  /** The names that would have been right. */
  available?: string[];
  /** Requests waiting now. */
  queueLength?: number;
  retryAfterSeconds?: number;
};

export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: ErrorCode;
  readonly details: RequestErrorDetails;

  constructor(code: ErrorCode, message: string, details: RequestErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
