// A real HTTP server as the page's own origin: Node's fetch has no page, so relative addresses are
// resolved against this server.
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { vi } from "vitest";

export type Site = { url: string; close: () => Promise<void> };

/** Serve `listener` on a free port until `close`, and let `fetch("/path")` find it. */
export async function openSite(listener: RequestListener, port = 0): Promise<Site> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const networkFetch = fetch;
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) =>
    networkFetch(new URL(path, url), init),
  );
  const close = () =>
    new Promise<void>((resolve) => {
      vi.unstubAllGlobals();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, close };
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A promise that the test settles. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
