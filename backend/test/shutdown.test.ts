// The graceful end: nothing new is taken, what runs is finished or cut after the limit, and no
// connection holds the end up: idle, silent, or of a reader that has stopped.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeEngine } from "qwen3-tts/testing";
import type { BatchResponse } from "../src/protocol.ts";
import { eventually, openSpools, record, waitForRecord } from "./observe.ts";
import { openRaw, sendRaw } from "./raw-client.ts";
import { post, startFakeServer, type TestServer } from "./test-server.ts";
import { parseRaw } from "./wire.ts";

/** Longer than any test: what ends before it did so by itself. */
const longMs = 600_000;
const frameBytes = 2 * 1920;

let server: TestServer & { engine: FakeEngine };
beforeEach(async () => {
  server = await startFakeServer({ rows: 1 });
});
afterEach(() => server.close());

function named(id: string): RequestInit {
  return { headers: { "X-Request-Id": id } };
}

async function held(text = "[frames 9] [wait 3]"): Promise<Response> {
  const response = await post(`${server.url}/tts/stream`, { text }, named("held"));
  await server.engine.waitForHeld();
  return response;
}

test("while it drains: 503 for new speech, words for the rest, and what runs is finished", async () => {
  const running = await held();
  const drained = server.server.shutdown.drain(longMs);
  for (const path of ["/tts", "/tts/stream", "/tts/batch"]) {
    const refused = await post(server.url + path, { text: "late" });
    expect([refused.status, refused.headers.get("Connection")]).toEqual([503, "close"]);
    expect(refused.headers.get("Retry-After")).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ code: "shutting_down", retryable: true });
  }
  expect((await fetch(`${server.url}/ready`)).status).toBe(503);
  const health = await fetch(`${server.url}/health`);
  expect([health.status, await health.json()]).toMatchObject([200, { status: "shutting_down" }]);
  expect(await record(server, "held")).toMatchObject({ state: "running" });

  server.engine.release();
  expect((await running.arrayBuffer()).byteLength).toBe(44 + 9 * frameBytes);
  await drained;
});

test("after the limit: a stream breaks, a waiting request gets 503, their records say why", async () => {
  const running = await held();
  const queued = post(`${server.url}/tts`, { text: "waits" }, named("queued"));
  await waitForRecord(server, "queued", { state: "queued" });
  const drained = server.server.shutdown.drain(0);
  await expect(running.arrayBuffer()).rejects.toThrow();
  const refused = await queued;
  expect([refused.status, await refused.json()]).toMatchObject([503, { code: "shutting_down" }]);
  await drained;
  for (const id of ["held", "queued"]) {
    expect(await record(server, id)).toMatchObject({
      state: "done",
      error: { code: "shutting_down" },
    });
  }
  expect(server.engine.activeRows).toBe(0);
});

test("after the limit: a batch is answered, each item with what became of it", async () => {
  const requests = [{ text: "[frames 2]" }, { text: "[frames 9] [wait 3]" }, { text: "waits" }];
  const answer = post(`${server.url}/tts/batch`, { requests }, named("batch"));
  await server.engine.waitForHeld();
  const drained = server.server.shutdown.drain(0);
  const { results } = (await (await answer).json()) as BatchResponse;
  expect(results.map((result) => result.code)).toEqual([null, "shutting_down", "shutting_down"]);
  await drained;
});

test("a whole clip that is being sent arrives in full", async () => {
  const frames = 2000; // 7.7 MB: more than a socket takes
  const socket = openRaw(server.url, { path: "/tts", body: { text: `[frames ${frames}]` } });
  socket.pause();
  await eventually(() => expect(openSpools()).toHaveLength(1));
  await eventually(() => expect(server.engine.finished).toBe(1));
  const closed = end(longMs);
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece)).resume();
  await once(socket, "close");
  const bytes = Buffer.concat(pieces);
  const { bodyAt } = parseRaw(bytes);
  expect(bytes.byteLength - bodyAt).toBe(44 + frames * frameBytes);
  await closed;
});

test.each(["/tts", "/tts/stream"])("%s: a reader that has stopped is cut", async (path) => {
  const connected = once(server.server.app.server, "connection");
  const socket = openRaw(server.url, { path, body: { text: "[frames 2000]" } });
  socket.pause();
  const [serverEnd] = (await connected) as [Socket];
  await eventually(() => expect(serverEnd.writableNeedDrain).toBe(true));
  const closed = once(serverEnd, "close");
  await end(0);
  await closed;
  await eventually(() => expect([server.engine.activeRows, openSpools()]).toEqual([0, []]));
});

test("connections that are idle, silent or in the middle of a request do not hold it up", async () => {
  const { port } = new URL(server.url);
  const silent = connect(Number(port));
  const half = connect(Number(port)).on("connect", () =>
    half.write("POST /tts HTTP/1.1\r\nHost: x"),
  );
  const kept = openRaw(server.url, { path: "/tts", body: { text: "first" } });
  sendRaw(kept, { path: "/tts", body: { text: "second" } });
  await eventually(() => expect(server.engine.finished).toBe(2));
  const { server: listener } = server.server.app;
  const countConnections = promisify(listener.getConnections.bind(listener));
  await eventually(async () => expect(await countConnections()).toBe(3));
  const sockets = [silent, half, kept];
  const closes = sockets.map((socket) =>
    once(socket.on("error", () => undefined).resume(), "close"),
  );
  await end(longMs);
  await Promise.all(closes);
});

/** What main does at a signal. */
async function end(graceMs: number): Promise<void> {
  await server.server.shutdown.drain(graceMs);
  await server.server.app.close();
}
