// One request to the hub, through its redirects. In: an address, a range. Out: an answer that is good, or an error that says
// whether to try again. The token goes to the hub only, never to a host that it redirects to.
import { EngineError } from "../engine-error.ts";
import type { HubSettings } from "./environment.ts";
import { Interruption } from "./retry.ts";
import type { HubResponse } from "./transport.ts";

export type HubAnswer = {
  response: HubResponse;
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
  const hub = originOf(settings.endpoint);
  let url = new URL(address);
  let hash: string | null = null;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const atHub = url.origin === hub;
    const response = await fetchOnce(settings, url, { query, atHub });
    if (atHub) hash = hashOf(response) ?? hash;
    const location = response.header("location");
    const { statusCode: status } = response;
    if (status >= 200 && status < 300) return { response, hash };
    await response.body.dump();
    const redirected = status >= 300 && status < 400 && location !== null;
    if (!redirected) throw refusal(response, query.what, atHub);
    if (!URL.canParse(location, url.href)) throw new Interruption("it redirects to no address");
    url = new URL(location, url);
  }
  throw new Interruption("it redirects without an end");
}

/** @throws EngineError */
function originOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  throw new EngineError(
    "offline",
    `HF_ENDPOINT is '${endpoint.slice(0, 100)}', which is no address. Write it like https://hub.example.`,
  );
}

async function fetchOnce(
  settings: HubSettings,
  url: URL,
  { query, atHub }: { query: HubQuery; atHub: boolean },
): Promise<HubResponse> {
  // A compressed body has another length than the file.
  const headers: Record<string, string> = { ...query.headers, "accept-encoding": "identity" };
  if (atHub && settings.token !== null) headers.authorization = `Bearer ${settings.token}`;
  try {
    return await settings.transport(url, { headers, signal: query.signal });
  } catch (error) {
    throw new Interruption(`${url.host} cannot be reached (${networkReason(error)})`, {
      cause: error,
    });
  }
}

/** "ECONNREFUSED", or words where there is no code. */
export function networkReason(error: unknown): string {
  const { code, message } = error as { code?: unknown; message: string };
  return typeof code === "string" ? code : message;
}

/** SHA-256 of a large file, git's SHA-1 of a small one; what is neither says nothing. */
function hashOf({ header }: HubResponse): string | null {
  const tag = header("x-linked-etag") ?? header("etag") ?? "";
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(tag)?.[1] ?? null;
}

function refusal(response: HubResponse, what: string, atHub: boolean): Error {
  const { statusCode: status } = response;
  const passing = status === 408 || status === 429 || status >= 500;
  // Addresses on the other host are good for some time only: the hub gives a new one.
  if (passing || !atHub) {
    const waitMs = retryAfterMs(response.header("retry-after"));
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
