// What a handler of a speech route needs of the connection: the request's record under its id, and an
// abort when the client leaves.
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { FastifyReply } from "fastify";
import { reasons } from "../explain-error.ts";
import { headers, type RequestRecord } from "../protocol.ts";
import type { RequestEntry, RequestLog } from "../request-log.ts";
import type { ServerParts } from "./server.ts";

/** A client may name its request, so that it can ask for it before the answer has begun. */
const ownId = /^[A-Za-z0-9._-]{1,64}$/;

export function requestIdOf(given: IncomingHttpHeaders, requests: RequestLog): string {
  const id = given[headers.requestId.toLowerCase()];
  return typeof id === "string" && ownId.test(id) && !requests.has(id) ? id : randomUUID();
}

/**
 * Open the request's record. Its signal aborts when the connection closes before the answer is
 * complete, or its reader has stopped for good: Fastify's own `request.signal` fires on every POST as soon as the body is read.
 */
export function openEntry(
  { requests, limits }: Pick<ServerParts, "requests" | "limits">,
  route: RequestRecord["route"],
  reply: FastifyReply,
): RequestEntry {
  const entry = requests.open(reply.request.id, route);
  void reply.header(headers.requestId, entry.id);
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) entry.cancel(reasons.clientLeft());
  });
  // It may have left while its body was being checked.
  if (reply.raw.destroyed) entry.cancel(reasons.clientLeft());
  const { readerTimeoutSeconds } = limits;
  // Also called when nothing was to be sent for so long: a request that waits is no fault of its reader.
  reply.raw.setTimeout(readerTimeoutSeconds * 1000, () => {
    if (reply.raw.writableLength === 0) return;
    entry.cancel(reasons.readerStopped(readerTimeoutSeconds));
    reply.raw.destroy();
  });
  return entry;
}
