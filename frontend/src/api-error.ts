// The one error type of src/api.ts: what the server said, or what happened on the way to it.
import type { ErrorBody, ErrorCode } from "qwen-tts/protocol";

export type ApiErrorCode =
  | ErrorCode
  /** No answer, or only that of a proxy without a server behind it. */
  | "unreachable"
  /** The answer began and its connection broke. */
  | "cut"
  /** The caller's own signal. */
  | "aborted"
  /** An answer that does not follow the contract. */
  | "bad_answer";

type ApiErrorOptions = {
  status?: number | undefined;
  retryAfterSeconds?: number | undefined;
  body?: Partial<ErrorBody> | undefined;
  cause?: unknown;
};

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** The names that would be right, for an unknown speaker or language. */
  readonly available: string[] | undefined;
  /** Requests waiting, where the queue is full. */
  readonly queueLength: number | undefined;

  constructor(code: ApiErrorCode, detail: string, options: ApiErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.available = options.body?.available;
    this.queueLength = options.body?.queue_length;
  }

  /** The server's own sentence. */
  get detail(): string {
    return this.message;
  }
}

/** Statuses with which a proxy says that nobody is behind it. */
const gatewayStatuses: ReadonlySet<number> = new Set([502, 504]);

/** The error of an answer that is not a success. Reads its body. */
export async function errorOfResponse(response: Response): Promise<ApiError> {
  const { status } = response;
  const body = parseErrorBody(await response.text().catch(() => ""));
  const retryAfter = Number(response.headers.get("Retry-After") ?? NaN);
  const options = {
    status,
    body,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
  const noServerBehind = status === 502 || (gatewayStatuses.has(status) && !body.code);
  if (noServerBehind)
    return new ApiError("unreachable", body.detail ?? "The server does not answer.", options);
  const detail = body.detail ?? `The server answered with status ${status}.`;
  return new ApiError(body.code ?? "bad_answer", detail, options);
}

function parseErrorBody(text: string): Partial<ErrorBody> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** The error of a `fetch` or of a body that broke, `duringAnswer` once the headers were there. */
export function errorOfFailure(cause: unknown, duringAnswer: boolean): ApiError {
  if (cause instanceof ApiError) return cause;
  const name = cause instanceof Error ? cause.name : "";
  if (name === "AbortError") return new ApiError("aborted", "Stopped.", { cause });
  if (name === "TimeoutError" || !duringAnswer)
    return new ApiError("unreachable", "The server does not answer.", { cause });
  if (name === "WavFormatError")
    return new ApiError("bad_answer", (cause as Error).message, { cause });
  return new ApiError("cut", "The connection broke before the end.", { cause });
}
