// One HTTP request, without redirects, through the proxies that the environment names. In: an address and headers. Out:
// status, headers, body. undici's `request`: Node's own fetch copies each chunk and goes past proxies.
import type { Dispatcher } from "undici";

export type HubResponse = Pick<Dispatcher.ResponseData, "statusCode" | "body"> & {
  header: (name: string) => string | null;
};

export type Transport = (
  url: URL,
  options: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<HubResponse>;

export function createTransport(): Transport {
  // Loaded at the first request: most of who ask for settings look into the cache only.
  let loading: Promise<Transport> | undefined;
  return async (url, options) => (await (loading ??= loadTransport()))(url, options);
}

async function loadTransport(): Promise<Transport> {
  const { EnvHttpProxyAgent, request } = await import("undici");
  // Who asks knows best when a connection has stalled.
  const dispatcher = new EnvHttpProxyAgent({ bodyTimeout: 0, headersTimeout: 0 });
  return async (url, options) => {
    const { statusCode, headers, body } = await request(url, { ...options, dispatcher });
    const header = (name: string): string | null => {
      const value = headers[name];
      return (Array.isArray(value) ? value[0] : value) ?? null;
    };
    return { statusCode, header, body };
  };
}
