// Vite's real development server in front of a real upstream: an abort, a death and an absence must
// come through to the other side.
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createServer as createVite } from "vite";
import type { ViteDevServer } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { devProxy } from "../dev-proxy.ts";
import { gate } from "./site.ts";

let upstream: Server;
let answer: RequestListener;
let vite: ViteDevServer;
let page: string;

beforeAll(async () => {
  upstream = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const target = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  vite = await createVite({
    configFile: false,
    root: fileURLToPath(new URL(".", import.meta.url)),
    logLevel: "silent",
    // No cache folder in the tree, no watcher, no scan for dependencies: only the proxy matters.
    optimizeDeps: { noDiscovery: true },
    server: { host: "127.0.0.1", port: 0, watch: null, ws: false, proxy: devProxy(target) },
  });
  await vite.listen();
  page = `http://127.0.0.1:${(vite.httpServer!.address() as AddressInfo).port}`;
});

beforeEach(() => {
  answer = (_request, response) => response.end("not asked");
});

afterEach(() => upstream.closeAllConnections());

afterAll(async () => {
  await vite.close();
  upstream.close();
});

function openStream(signal?: AbortSignal) {
  return fetch(`${page}/tts/stream`, { method: "POST", body: "{}", signal: signal ?? null });
}

test("bytes come through while the rest is not made yet", async () => {
  const rest = gate();
  answer = (_request, response) => {
    response.writeHead(200, { "Content-Type": "audio/wav", "X-Sample-Rate": "24000" });
    response.write("first");
    void rest.opened.then(() => response.end("rest"));
  };
  const response = await openStream();
  expect(response.headers.get("X-Sample-Rate")).toBe("24000");
  const reader = response.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("first");
  rest.open();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("rest");
  expect((await reader.read()).done).toBe(true);
});

test("an abort of the page ends the upstream's request", async () => {
  const left = gate();
  answer = (_request, response) => {
    response.write("first");
    response.on("close", left.open);
  };
  const abort = new AbortController();
  const response = await openStream(abort.signal);
  await response.body!.getReader().read();
  abort.abort();
  await left.opened;
});

test("an abort before the answer ends the upstream's request too", async () => {
  const [asked, left] = [gate(), gate()];
  answer = (_request, response) => {
    response.on("close", left.open);
    asked.open();
  };
  const abort = new AbortController();
  const refused = expect(openStream(abort.signal)).rejects.toThrow("aborted");
  await asked.opened;
  abort.abort();
  await left.opened;
  await refused;
});

test("an upstream that dies in mid-stream breaks the page's stream", async () => {
  answer = (_request, response) => {
    response.write("first", () => response.destroy());
  };
  const response = await openStream();
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
});

test("an upstream that dies before its answer is a 502 in the server's own shape", async () => {
  answer = (request) => request.socket.destroy();
  const response = await openStream();
  expect(response.status).toBe(502);
  expect(response.headers.get("Content-Type")).toBe("application/json");
  const body: unknown = await response.json();
  expect(body).toMatchObject({
    code: "engine_not_ready",
    detail: expect.stringContaining("npm start") as string,
  });
});

test("only the server's paths go to the server", async () => {
  const asked: string[] = [];
  answer = (request, response) => {
    asked.push(request.url ?? "");
    response.end("{}");
  };
  const paths = ["/tts", "/tts/batch", "/requests/a?b=c", "/health?x", "/openapi.json", "/docs/"];
  for (const path of paths) await fetch(page + path);
  expect(asked).toEqual(paths);
  for (const path of ["/ttsx", "/src/speakers.ts", "/healthy"]) await fetch(page + path);
  expect(asked).toEqual(paths);
});
