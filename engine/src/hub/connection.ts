// One request to the hub, through its redirects. In: an address, a range. Out: an answer that is good, or an error that says
// whether to try again. The token goes to the hub only, never to a host that it redirects to.
import { EngineError } from "../engine-error.ts";
import type { HubSettings } from "./environment.ts";
import { Interruption } from "./retry.ts";

export type HubAnswer = {
  response: Response;
  /** The hash of the whole file, as the hub (not the host of the bytes) names it. */
  hash: string | null;
};

export type HubQuery = {
  /** For messages: "Qwen/… (model.safetensors)". */
  what: string;
  headers?: Record<string, string>;
  signal: AbortSignal;
};

const mostRedirects = 5;

/** @throws Interruption, EngineError */
export async function askHub(
  settings: HubSettings,
  address: string,
  query: HubQuery,
): Promise<HubAnswer> {
  const hub = new URL(settings.endpoint).origin;
  let url = new URL(address);
  let hash: string | null = null;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const atHub = url.origin === hub;
    const response = await fetchOnce(settings, url, { query, atHub });
    if (atHub) hash = hashOf(response.headers) ?? hash;
    const location = response.headers.get("location");
    const redirected = response.status >= 300 && response.status < 400 && location !== null;
    if (response.ok) return { response, hash };
    await response.body?.cancel();
    if (!redirected) throw refusal(response, query.what, atHub);
    url = new URL(location, url);
  }
  throw new Interruption("it redirects without an end");
}

async function fetchOnce(
  settings: HubSettings,
  url: URL,
  { query, atHub }: { query: HubQuery; atHub: boolean },
): Promise<Response> {
  // A compressed body has another length than the file.
  const headers: Record<string, string> = { ...query.headers, "accept-encoding": "identity" };
  if (atHub && settings.token !== null) headers.authorization = `Bearer ${settings.token}`;
  try {
    return await settings.fetch(url, { headers, redirect: "manual", signal: query.signal });
  } catch (error) {
    throw new Interruption(`${url.host} cannot be reached (${networkReason(error)})`, {
      cause: error,
    });
  }
}

/** fetch hides what happened behind "fetch failed". */
export function networkReason(error: unknown): string {
  const { cause, message } = error as { cause?: NodeJS.ErrnoException; message: string };
  return cause?.code ?? cause?.message ?? message;
}

/** SHA-256 of a large file, git's SHA-1 of a small one; what is neither says nothing. */
function hashOf(headers: Headers): string | null {
  const tag = headers.get("x-linked-etag") ?? headers.get("etag") ?? "";
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(tag)?.[1] ?? null;
}

function refusal(response: Response, what: string, atHub: boolean): Error {
  const { status } = response;
  const passing = status === 408 || status === 429 || status >= 500;
  // Addresses on the other host are good for some time only: the hub gives a new one.
  if (passing || !atHub) {
    const waitMs = retryAfterMs(response.headers.get("retry-after"));
    return new Interruption(`it answered ${status}`, { waitMs });
  }
  if (status === 401 || status === 403) {
    return new EngineError(
      "unauthorized",
      `The hub does not give ${what} to you (${status}). Look whether the name is right; for a private or gated ` +
        "model set HF_TOKEN to a token that may read it; a token that has expired must be replaced or taken away.",
    );
  }
  if (status === 404) {
    return new EngineError(
      "not_found",
      `The hub has no ${what}. Look whether the name is right, and whether HF_ENDPOINT is a full mirror.`,
    );
  }
  return new EngineError(
    "offline",
    `The hub refuses ${what}: it answered ${status}. Look whether HF_ENDPOINT is a model hub.`,
  );
}

/** Seconds or a date. */
function retryAfterMs(value: string | null): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
