// What arrives below the routes: HTTP/1.0, as old proxies speak it, addresses and bytes that are no HTTP.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ErrorBody, RequestRecord } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";
import { exchange, parseRaw } from "./wire.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(async () => {
  expect((await post(`${fake.url}/tts`, { text: "still there" })).status).toBe(200);
  await fake.close();
});

function oldRequest(body: object): string {
  const text = JSON.stringify(body);
  const type = "Content-Type: application/json";
  return `POST /tts/stream HTTP/1.0\r\n${type}\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}

describe("HTTP/1.0", () => {
  test("a stream ends with its connection: no chunks, no trailers, every sample", async () => {
    const body = { text: "[frames 9] old", seed: 3 };
    const { bytes, reset } = await exchange(fake.url, oldRequest(body));
    const response = await post(`${fake.url}/tts/stream`, body);
    const { status, headers, bodyAt } = parseRaw(bytes);
    expect(status).toBe(200);
    expect(headers.has("transfer-encoding")).toBe(false);
    expect(headers.has("trailer")).toBe(false);
    expect(bytes.subarray(bodyAt).equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
    expect(reset).toBe(false);
  });

  test("a stream that fails is reset, since its end would look like a whole clip's", async () => {
    const { bytes, reset } = await exchange(
      fake.url,
      oldRequest({ text: "[crash 2][frames 5] cut" }),
    );
    expect(reset).toBe(true);
    const id = parseRaw(bytes).headers.get("x-request-id")!;
    const record = (await (await fetch(`${fake.url}/requests/${id}`)).json()) as RequestRecord;
    expect(record.error?.code).toBe("engine_crashed");
  });

  test("HEAD", async () => {
    const { bytes } = await exchange(fake.url, "HEAD /tts/stream HTTP/1.0\r\n\r\n");
    const { status, headers } = parseRaw(bytes);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("audio/wav");
    expect(headers.has("transfer-encoding")).toBe(false);
  });
});

describe("errors that are found before any route have the same shape", () => {
  const get = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  const cases: [string, string, number][] = [
    ["an address with a broken escape", get("/%"), 404],
    ["an id with a broken escape", get("/requests/%zz"), 404],
    ["an endless id", get(`/requests/${"x".repeat(500)}`), 404],
    ["bytes that are no HTTP", "GARBAGE\r\n\r\n", 400],
    ["endless headers", get(`/ HTTP/1.1\r\nX: ${"y".repeat(20_000)}\r\nZ:`), 431],
    [
      "a broken chunk",
      "POST /tts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      400,
    ],
    [
      "two lengths",
      "POST /tts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 6\r\n\r\n12345",
      400,
    ],
  ];
  test.each(cases)("%s", async (_name, request, expectedStatus) => {
    const { bytes } = await exchange(fake.url, request);
    const { status, headers, bodyAt } = parseRaw(bytes);
    expect(status).toBe(expectedStatus);
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const body = JSON.parse(bytes.subarray(bodyAt).toString()) as ErrorBody;
    expect(body.detail.length).toBeGreaterThan(10);
    expect(body.code).toBe(expectedStatus === 404 ? "not_found" : "invalid_request");
  });
});
