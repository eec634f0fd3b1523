// The one table from codes to statuses, and the error body of the contract. In: anything that was
// thrown. Out: status, headers, body. No stack and no path ever leaves.
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { ConnectionError, FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { explain, type Explanation } from "../explain-error.ts";
import { headers, type ErrorBody, type ErrorCode } from "../protocol.ts";

const statuses: Record<ErrorCode, number> = {
  bad_json: 400,
  invalid_request: 400,
  text_too_long: 400,
  empty_text: 400,
  batch_too_large: 400,
  batch_too_long: 400,
  unknown_speaker: 400,
  unknown_language: 400,
  unsupported: 400,
  unauthorized: 401,
  foreign_origin: 403,
  not_found: 404,
  cancelled: 409,
  conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  queue_full: 429,
  rate_limited: 429,
  internal: 500,
  engine_not_ready: 503,
  engine_crashed: 503,
  shutting_down: 503,
  engine_hung: 504,
  timeout: 504,
  out_of_memory: 507,
};

const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  "queue_full",
  "rate_limited",
  "engine_not_ready",
  "engine_crashed",
  "engine_hung",
  "out_of_memory",
  "shutting_down",
]);

/** For a retryable failure that does not know better. */
const retryAfterSeconds = 2;

export function statusOf(code: ErrorCode): number {
  return statuses[code];
}

export function errorBody({ code, detail, details }: Explanation): ErrorBody {
  return {
    detail,
    code,
    ...(details.available === undefined ? {} : { available: details.available }),
    ...(details.queueLength === undefined ? {} : { queue_length: details.queueLength }),
    ...(retryableCodes.has(code) ? { retryable: true } : {}),
  };
}

export type ErrorObserver = (code: ErrorCode) => void;

/** Fastify's error handler: every thrown error of every route ends here. */
export function handleErrors(onError: ErrorObserver) {
  return function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const explanation = explainFastify(error) ?? explain(error);
    const status = statusOf(explanation.code);
    if (!reply.hasHeader(headers.requestId)) void reply.header(headers.requestId, request.id);
    onError(explanation.code);
    if (explanation.code === "internal") request.log.error({ err: error }, "request failed");
    else request.log.info({ code: explanation.code }, explanation.detail);
    if (retryableCodes.has(explanation.code)) {
      const seconds = explanation.details.retryAfterSeconds ?? retryAfterSeconds;
      void reply.header("Retry-After", String(seconds));
    }
    if (status === 401) void reply.header("WWW-Authenticate", "Bearer");
    void reply.status(status).type("application/json").send(errorBody(explanation));
  };
}

const unreadableStatuses: ReadonlyMap<string, string> = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
]);

/** Answer what is no HTTP, or too slow or too large for it; such a connection has no further use. */
export function refuseUnreadable(error: ConnectionError, socket: Socket): void {
  if (socket.writable && error.code !== "ECONNRESET") {
    const explanation = refuse("invalid_request", "This is no HTTP request that can be read.");
    const body = JSON.stringify(errorBody(explanation));
    socket.write(
      `HTTP/1.1 ${unreadableStatuses.get(error.code) ?? "400 Bad Request"}\r\n` +
        `${headers.requestId}: ${randomUUID()}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

/** Errors that Fastify finds before a handler runs. */
function explainFastify(error: unknown): Explanation | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code, message, statusCode } = error as FastifyError;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return refuse(
        "body_too_large",
        "The body is too large; at most 1 MiB is read. Send less text.",
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return refuse(
        "unsupported_media_type",
        "Send the body as JSON: Content-Type: application/json.",
      );
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return refuse("bad_json", 'The body is empty. Send a JSON object such as {"text": "Hello"}.');
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return refuse("bad_json", "The body is not valid JSON.");
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
      return refuse("not_found", "No such address; see /docs.");
    default:
      if (statusCode === 429) return refuse("rate_limited", message);
      if (statusCode === 400) return refuse("bad_json", "The request could not be read.");
      if (statusCode === 404) return refuse("not_found", "No such address.");
      return undefined;
  }
}

function refuse(code: ErrorCode, detail: string): Explanation {
  return { code, detail, details: {} };
}
