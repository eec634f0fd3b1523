// Who may call: API keys and origins. In: the request's headers. Out: nothing, or an error of status
// 401 or 403. Keys are compared by hash in constant time.
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { RequestError } from "../request-error.ts";

export type AccessOptions = {
  /** SHA-256 of each key, hexadecimal. Empty: no key is asked for. */
  keyHashes: string[];
  /** Origins other than the server's own that may call from a browser. */
  corsOrigins: string[];
  /** Whether the server listens on loopback addresses only. */
  loopbackOnly: boolean;
};

export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

export function guardAccess(app: FastifyInstance, options: AccessOptions): void {
  const hashes = options.keyHashes.map((hash) => Buffer.from(hash, "hex"));
  app.addHook("onRequest", (request, _reply, done) => {
    checkOrigin(request, options);
    if (hashes.length > 0 && !isOpen(request)) checkKey(request, hashes);
    done();
  });
}

/** The page's own files and /health are for everyone; so is a preflight, which carries no key. */
function isOpen(request: FastifyRequest): boolean {
  const route = request.routeOptions.url;
  return request.method === "OPTIONS" || route === "/health" || route === "/*" || route === "/";
}

function checkKey(request: FastifyRequest, hashes: Buffer[]): void {
  const key = bearerKey(request);
  if (key === undefined) {
    throw new RequestError("unauthorized", "Send an API key: Authorization: Bearer KEY.");
  }
  const given = Buffer.from(hashKey(key), "hex");
  const known = hashes.filter(
    (hash) => hash.length === given.length && timingSafeEqual(hash, given),
  );
  if (known.length === 0) throw new RequestError("unauthorized", "This API key is not known here.");
}

/** The API key that came with the request, right or wrong. */
export function bearerKey(request: FastifyRequest): string | undefined {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

/**
 * A page of another origin may not speak with this server unless it is listed. On a loopback address
 * the origin's name must be a loopback name too: otherwise a foreign name that was made to point at
 * this machine (DNS rebinding) would pass for the server's own page.
 */
function checkOrigin(request: FastifyRequest, { corsOrigins, loopbackOnly }: AccessOptions): void {
  const { origin, host } = request.headers;
  if (corsOrigins.includes("*") || (origin !== undefined && corsOrigins.includes(origin))) return;
  if (loopbackOnly) checkHost(host, corsOrigins);
  if (origin === undefined) return;
  const url = URL.canParse(origin) ? new URL(origin) : null;
  const own = url !== null && url.host === host && (!loopbackOnly || isLoopbackName(url.hostname));
  if (own) return;
  throw new RequestError(
    "foreign_origin",
    `Pages of ${origin.slice(0, 100)} may not use this server. Start it with --cors ` +
      `${url?.origin ?? "ORIGIN"} to allow them.`,
  );
}

/** A browser names no origin when its page reads what it takes for its own: then the name in `Host` tells. */
function checkHost(host: string | undefined, corsOrigins: readonly string[]): void {
  const address = `http://${host ?? "localhost"}`;
  const name = URL.canParse(address) ? new URL(address).hostname : "";
  if (isLoopbackName(name) || isIP(name.replace(/^\[|\]$/g, "")) > 0) return;
  if (corsOrigins.some((origin) => URL.canParse(origin) && new URL(origin).hostname === name)) {
    return;
  }
  throw new RequestError(
    "foreign_origin",
    `This server is for this machine and is not known as '${name.slice(0, 100)}'. Use its address, or start it with ` +
      "--cors and the origin under which it is reached.",
  );
}

export function isLoopbackName(name: string): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    name === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(name)
  );
}
