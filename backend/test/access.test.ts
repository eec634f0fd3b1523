// Who may call: keys, origins, rates.
import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { ServerSettings } from "../src/http/server.ts";
import { defaultSettings, post, startFakeServer, type TestServer } from "./test-server.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

async function start(settings: Partial<ServerSettings>): Promise<string> {
  server = await startFakeServer({}, { settings });
  return server.url;
}

const hash = (key: string): string => createHash("sha256").update(key).digest("hex");
const body = { text: "hello" };

/** fetch forbids setting Host. */
function postAs(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${url}/tts`,
      { method: "POST", headers: { "Content-Type": "application/json", ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

describe("API keys", () => {
  const access = { ...defaultSettings.access, keyHashes: [hash("first"), hash("second")] };

  test("any of the keys opens, a wrong one and none do not", async () => {
    const url = await start({ access });
    for (const key of ["first", "second"]) {
      const headers = { Authorization: `Bearer ${key}` };
      expect((await post(`${url}/tts`, body, { headers })).status).toBe(200);
    }
    for (const authorization of [
      "Bearer third",
      "Bearer ",
      "Basic first",
      "first",
      "Bearer first x",
    ]) {
      const headers = { Authorization: authorization };
      const response = await post(`${url}/tts`, body, { headers });
      const wrong = authorization !== "Bearer first x";
      expect(response.status).toBe(wrong ? 401 : 200);
    }
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
      "/requests/x",
    ]) {
      expect((await fetch(`${url}${route}`)).status, route).toBe(401);
    }
    for (const route of ["/tts", "/tts/stream", "/tts/batch"]) {
      expect((await post(`${url}${route}`, body)).status, route).toBe(401);
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

  test("a foreign name that points at this machine is no own page", async () => {
    const url = await start({});
    const { port } = new URL(url);
    const rebound = { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` };
    expect(await postAs(url, rebound)).toBe(403);
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
    const response = await post(`${url}/tts`, body, { headers: { Origin: origin } });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    expect(response.headers.get("access-control-expose-headers")).toMatch(/X-Seed/);
    const other = await post(`${url}/tts`, body, { headers: { Origin: "https://other.example" } });
    expect(other.status).toBe(403);
  });

  test("without --cors there are no CORS headers", async () => {
    const url = await start({});
    const response = await post(`${url}/tts`, body, { headers: { Origin: url } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

test("a rate limit is 429 with Retry-After, for POST only", async () => {
  const url = await start({ rateLimitPerMinute: 2 });
  expect((await post(`${url}/tts`, body)).status).toBe(200);
  expect((await post(`${url}/tts`, body)).status).toBe(200);
  const third = await post(`${url}/tts`, body);
  expect(third.status).toBe(429);
  expect(await third.json()).toMatchObject({ code: "rate_limited" });
  expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await fetch(`${url}/speakers`)).status).toBe(200);
});
