// Who may call: keys, origins, rates.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { ServerSettings } from "../src/http/server.ts";
import { headers as headerNames } from "../src/protocol.ts";
import { defaultSettings, post, startFakeServer, type TestServer } from "./test-server.ts";
import { exchange, parseRaw } from "./wire.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

async function start(settings: Partial<ServerSettings>): Promise<string> {
  server = await startFakeServer({}, { settings });
  return server.url;
}

const hash = (key: string): string => createHash("sha256").update(key).digest("hex");
const body = { text: "hello" };

/** fetch forbids setting Host. */
function statusAs(
  address: string,
  { method = "GET", headers }: { method?: "GET" | "POST"; headers: Record<string, string> },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(address, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    request.end(method === "POST" ? JSON.stringify(body) : undefined);
  });
}

function postAs(url: string, headers: Record<string, string>): Promise<number> {
  const json = { "Content-Type": "application/json" };
  return statusAs(`${url}/tts`, { method: "POST", headers: { ...json, ...headers } });
}

describe("API keys", () => {
  const access = { ...defaultSettings.access, keyHashes: [hash("first"), hash("second")] };

  test("any of the keys opens, a wrong one and none do not", async () => {
    const url = await start({ access });
    for (const key of ["first", "second"]) {
      const headers = { Authorization: `Bearer ${key}` };
      expect((await post(`${url}/tts`, body, { headers })).status).toBe(200);
    }
    const wrong = ["Bearer third", "Bearer ", "Basic first", "first", "Bearer first x", "Bearer"];
    for (const authorization of [...wrong, `Bearer ${hash("first")}`]) {
      const headers = { Authorization: authorization };
      const response = await post(`${url}/tts`, body, { headers });
      expect(response.status, authorization).toBe(401);
    }
    const lower = { Authorization: "bearer first" };
    expect((await post(`${url}/tts`, body, { headers: lower })).status).toBe(200);
    const without = await post(`${url}/tts`, body);
    expect(without.status).toBe(401);
    expect(without.headers.get("www-authenticate")).toBe("Bearer");
    expect(await without.json()).toMatchObject({ code: "unauthorized" });
  });

  test("everything is closed but /health", async () => {
    const url = await start({ access });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    for (const route of [
      "/ready",
      "/speakers",
      "/languages",
      "/capabilities",
      "/metrics",
      "/openapi.json",
      "/docs",
      "/docs/",
      "/docs/json",
      "/docs/static/index.html",
      "/requests/x",
      "/models",
      "/v1/audio/voices",
      "/v1/audio/voices/x",
      "/v1/audio/voices/x/audio",
      "/v1/audio/voices/x/export",
      "/metrics/",
      "/%6detrics",
      "/no/such/address",
    ]) {
      expect((await fetch(`${url}${route}`)).status, route).toBe(401);
    }
    for (const route of [
      "/tts",
      "/tts/stream",
      "/tts/batch",
      "/models/x/download",
      "/models/x/pause",
      "/models/x/unload",
      "/v1/audio/voices",
      "/v1/audio/voices/check",
      "/v1/audio/voices/design",
      "/v1/audio/voices/import",
    ]) {
      expect((await post(`${url}${route}`, body)).status, route).toBe(401);
    }
    for (const [method, route] of [
      ["DELETE", "/models/x"],
      ["DELETE", "/v1/audio/voices/x"],
      ["PATCH", "/v1/audio/voices/x"],
    ] as const) {
      expect((await fetch(`${url}${route}`, { method })).status, `${method} ${route}`).toBe(401);
    }
    for (const method of ["HEAD", "DELETE"]) {
      const route = method === "HEAD" ? "/tts/stream" : "/requests/x";
      expect((await fetch(`${url}${route}`, { method })).status, method).toBe(401);
    }
  });

  test("the page's own files are open, and nothing beside them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "page-"));
    mkdirSync(join(folder, "page"));
    writeFileSync(join(folder, "page", "index.html"), "<!doctype html>");
    writeFileSync(join(folder, "secret.txt"), "secret");
    try {
      const url = await start({ access, pageFolder: join(folder, "page") });
      expect(await (await fetch(`${url}/`)).text()).toBe("<!doctype html>");
      expect((await fetch(`${url}/metrics`)).status).toBe(401);
      for (const path of [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//metrics",
      ]) {
        const { bytes } = await exchange(
          url,
          `GET ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n\r\n`,
        );
        expect(bytes.toString(), path).not.toMatch(/secret$|qwen_tts_/);
        expect(parseRaw(bytes).status, path).toBeGreaterThanOrEqual(400);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("origins", () => {
  test("none, and the server's own page, may; a foreign one may not", async () => {
    const url = await start({});
    const { host } = new URL(url);
    expect(await postAs(url, {})).toBe(200);
    expect(await postAs(url, { Origin: url })).toBe(200);
    expect(await postAs(url, { Origin: "https://evil.example" })).toBe(403);
    expect(await postAs(url, { Origin: "null" })).toBe(403);
    expect(await postAs(url, { Origin: `http://localhost:${new URL(url).port}`, Host: host })).toBe(
      403,
    );
  });

  test("a foreign one may not on any route, and its request does nothing", async () => {
    const url = await start({});
    const headers = { Origin: "https://evil.example" };
    for (const route of ["/speakers", "/metrics", "/docs", "/requests/x", "/nope"]) {
      expect((await fetch(`${url}${route}`, { headers })).status, route).toBe(403);
    }
    for (const route of ["/tts", "/tts/stream", "/tts/batch"]) {
      const response = await post(`${url}${route}`, body, { headers });
      expect(response.status, route).toBe(403);
      expect(await response.json()).toMatchObject({ code: "foreign_origin" });
    }
    expect((await fetch(`${url}/requests/x`, { method: "DELETE", headers })).status).toBe(403);
    const preflight = { ...headers, "Access-Control-Request-Method": "POST" };
    const answer = await fetch(`${url}/tts`, { method: "OPTIONS", headers: preflight });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("a foreign name that points at this machine is no own page", async () => {
    const url = await start({});
    const { port } = new URL(url);
    const rebound = { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` };
    expect(await postAs(url, rebound)).toBe(403);
  });

  test("such a name reads nothing either, though a browser names no origin then", async () => {
    const read = (url: string, host: string) =>
      statusAs(`${url}/v1/audio/voices`, { headers: { Host: host } });
    const url = await start({});
    const { host, port } = new URL(url);
    expect(await read(url, `evil.example:${port}`)).toBe(403);
    for (const own of [host, `localhost:${port}`, `[::1]:${port}`, "192.168.0.7", "a.localhost"]) {
      expect(await read(url, own), own).toBe(200);
    }
    await server!.close();
    const corsOrigins = ["https://app.example"];
    const listed = await start({ access: { ...defaultSettings.access, corsOrigins } });
    expect(await read(listed, "app.example")).toBe(200);
    await server!.close();
    const network = await start({ access: { ...defaultSettings.access, loopbackOnly: false } });
    expect(await read(network, "box.local:8000")).toBe(200);
  });

  test("on a network address the server's own name is fine", async () => {
    const url = await start({ access: { ...defaultSettings.access, loopbackOnly: false } });
    const own = { Host: "box.local:8000", Origin: "http://box.local:8000" };
    expect(await postAs(url, own)).toBe(200);
  });

  test("a listed origin may, with preflight and readable headers", async () => {
    const origin = "https://app.example";
    const url = await start({ access: { ...defaultSettings.access, corsOrigins: [origin] } });
    const preflight = await fetch(`${url}/tts/stream`, {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    expect(preflight.headers.get("access-control-allow-methods")).toMatch(/POST.*DELETE/);
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(/authorization/);
    expect(preflight.headers.get("x-request-id")).toBeTruthy();
    const response = await post(`${url}/tts`, body, { headers: { Origin: origin } });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    const exposed = response.headers.get("access-control-expose-headers")!.split(", ");
    expect(exposed.sort()).toEqual(Object.values(headerNames).sort());
    const refused = await post(`${url}/tts`, {}, { headers: { Origin: origin } });
    expect(refused.status).toBe(400);
    expect(refused.headers.get("access-control-allow-origin")).toBe(origin);
    const other = await post(`${url}/tts`, body, { headers: { Origin: "https://other.example" } });
    expect(other.status).toBe(403);
  });

  test("without --cors there are no CORS headers", async () => {
    const url = await start({});
    const response = await post(`${url}/tts`, body, { headers: { Origin: url } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("a rate limit", () => {
  const access = { ...defaultSettings.access, keyHashes: [hash("first"), hash("second")] };
  const postWith = (url: string, authorization: string): Promise<Response> =>
    post(`${url}/tts`, body, { headers: { Authorization: authorization } });

  test("is 429 with Retry-After, for POST only", async () => {
    const url = await start({ rateLimitPerMinute: 2 });
    expect((await post(`${url}/tts`, body)).status).toBe(200);
    expect((await post(`${url}/tts`, body)).status).toBe(200);
    const third = await post(`${url}/tts`, body);
    expect(third.status).toBe(429);
    expect(await third.json()).toMatchObject({ code: "rate_limited", retryable: true });
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await fetch(`${url}/speakers`)).status).toBe(200);
  });

  test("is one for all routes of an address, whatever keys it makes up", async () => {
    const url = await start({ rateLimitPerMinute: 2 });
    expect((await postWith(url, "Bearer one")).status).toBe(200);
    expect((await post(`${url}/tts/stream`, body)).status).toBe(200);
    expect((await postWith(url, "Bearer two")).status).toBe(429);
    expect((await post(`${url}/tts/batch`, { requests: [body] })).status).toBe(429);
  });

  test("is each key's own; wrong keys do not use it up", async () => {
    const url = await start({ access, rateLimitPerMinute: 1 });
    expect((await postWith(url, "Bearer third")).status).toBe(401);
    expect((await postWith(url, "Bearer first")).status).toBe(200);
    expect((await postWith(url, "bearer  first")).status).toBe(429);
    expect((await postWith(url, "Bearer second")).status).toBe(200);
  });
});
