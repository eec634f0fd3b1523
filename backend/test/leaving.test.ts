// A client that leaves, at any point of its request: its row is in no step planned afterwards, its
// place, effect and files are free, and the record and the metrics say what happened.
import { once } from "node:events";
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeEngine } from "qwen3-tts/testing";
import { createEffectPool } from "../src/effects/effect-pool.ts";
import type { Effect } from "../src/effects/effect.ts";
import { eventually, metric, nothingHeld, openSpools, record, waitForRecord } from "./observe.ts";
import { openRaw } from "./raw-client.ts";
import { post, startFakeServer, type TestServer } from "./test-server.ts";

let server: TestServer & { engine: FakeEngine };
beforeEach(async () => {
  server = await startFakeServer();
});
afterEach(() => server.close());

/** A request under the id "r" of a client that may leave: `socket.destroy()`. */
function open(path: string, body: unknown, id = "r"): Socket {
  return openRaw(server.url, { path, body, headers: { "X-Request-Id": id, Connection: "close" } });
}

/** The engine's steps at the moment when its last row became free. */
function stepsWhenFree(engine: FakeEngine): Promise<number> {
  return new Promise((resolve) => {
    const stop = engine.onStatus(({ activeRows }) => {
      if (activeRows > 0) return;
      stop();
      resolve(engine.steps);
    });
  });
}

/** Rows that have a place in a step after step number `steps`, the steps of another request included. */
async function rowsPlannedAfter(steps: number): Promise<Set<number>> {
  server.engine.release();
  const response = await post(`${server.url}/tts`, { text: "[frames 20]" });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  return new Set(server.engine.plans.slice(steps).flat());
}

describe.each([1, 0.5])("at speed %d", (speed) => {
  test.each([
    ["before its first audio", "/tts/stream", "[frames 50] [wait 0]"],
    ["in mid-stream", "/tts/stream", "[frames 50] [wait 9]"],
    ["during /tts", "/tts", "[frames 50] [wait 9]"],
  ])("%s", async (_name, path, text) => {
    const socket = open(path, { text, speed });
    await server.engine.waitForHeld();
    if (text.includes("[wait 9]") && path === "/tts/stream") await once(socket, "data");
    const free = stepsWhenFree(server.engine);
    socket.destroy();
    expect(await rowsPlannedAfter(await free)).toEqual(new Set([2]));
    await waitForRecord(server, "r", { state: "done", finish_reason: "cancelled", error: null });
    const line = `qwen_tts_requests_total{route="${path}",outcome="cancelled"}`;
    expect(await metric(server, line)).toBe(1);
    await nothingHeld(server);
  });
});

test("while the engine works: not one step more than the one under way", async () => {
  const socket = open("/tts/stream", { text: "[frames 100000]" });
  await once(socket, "data");
  socket.resume();
  const free = stepsWhenFree(server.engine);
  socket.destroy();
  expect(await rowsPlannedAfter(await free)).toEqual(new Set([2]));
  await nothingHeld(server);
});

test("in the queue: it never gets a row, and the place is free for the next", async () => {
  await server.close();
  server = await startFakeServer({ rows: 1 }, { settings: { maxQueue: 1 } });
  const running = post(`${server.url}/tts`, { text: "[frames 4] [wait 2]" });
  await server.engine.waitForHeld();
  const socket = open("/tts", { text: "never spoken" }, "queued");
  await waitForRecord(server, "queued", { state: "queued", queue_place: 1 });
  expect((await post(`${server.url}/tts`, { text: "too many" })).status).toBe(429);
  socket.destroy();
  await waitForRecord(server, "queued", { state: "done", finish_reason: "cancelled" });
  expect(await metric(server, "qwen_tts_queue_length")).toBe(0);
  const next = post(`${server.url}/tts`, { text: "next" }, { headers: { "X-Request-Id": "next" } });
  await waitForRecord(server, "next", { state: "queued" });
  server.engine.release();
  expect([(await running).status, (await next).status]).toEqual([200, 200]);
  expect(server.engine.started).toBe(2);
});

describe("a batch", () => {
  test.each(["application/json", "application/x-ndjson"])("as %s", async (accept) => {
    const requests = Array.from({ length: 5 }, () => ({ text: "[frames 9] [wait 2]" }));
    const socket = openRaw(server.url, {
      path: "/tts/batch",
      body: { requests },
      headers: { "X-Request-Id": "r", Accept: accept },
    });
    await server.engine.waitForHeld(3);
    expect(await metric(server, "qwen_tts_queue_length")).toBe(2);
    const free = stepsWhenFree(server.engine);
    socket.destroy();
    expect(await rowsPlannedAfter(await free)).toEqual(new Set([4]));
    await waitForRecord(server, "r", { state: "done", finish_reason: "cancelled" });
    for (const index of requests.keys()) {
      expect(await record(server, `r-${index}`)).toMatchObject({
        state: "done",
        finish_reason: "cancelled",
      });
    }
    const line = 'qwen_tts_requests_total{route="/tts/batch",outcome="cancelled"}';
    expect(await metric(server, line)).toBe(5);
    await nothingHeld(server);
  });

  test("while its clips are sent: those on disk are given up too", async () => {
    const long = { text: "[frames 2000]" }; // 7.7 MB: more than a socket takes
    const held = { text: "[frames 9] [wait 1]" };
    const socket = open("/tts/batch", { requests: [long, long, held] });
    socket.pause();
    await waitForRecord(server, "r-0", { state: "done" });
    await waitForRecord(server, "r-1", { state: "done" });
    expect(openSpools()).toHaveLength(2);
    socket.destroy();
    await waitForRecord(server, "r", { state: "done", finish_reason: "cancelled" });
    await nothingHeld(server);
  });
});

test("while a whole clip is sent from the disk: its file is given up", async () => {
  const socket = open("/tts", { text: "[frames 2000]" }); // 7.7 MB: more than a socket takes
  await once(socket, "data");
  socket.pause();
  expect(openSpools()).toHaveLength(1);
  socket.destroy();
  await nothingHeld(server);
});

test.each([
  ["/tts/stream", "the first audio", "[frames 50] [wait 9]"],
  ["/tts", "the last audio", "[frames 3]"],
])("%s: at the very moment when %s comes out of the effect", async (path, _moment, text) => {
  await server.close();
  const gate = gatedEffects();
  server = await startFakeServer({}, { effects: gate.effects });
  const connected = once(server.server.app.server, "connection");
  const socket = open(path, { text, speed: 0.5 });
  const [serverSocket] = (await connected) as [Socket];
  await gate.reached;
  const closed = once(serverSocket, "close");
  socket.destroy();
  await closed;
  gate.open();
  await waitForRecord(server, "r", { state: "done", finish_reason: "cancelled" });
  await nothingHeld(server);
});

describe("200 clients that come and leave as they like", () => {
  const clients = 200;
  const atOnce = 20;

  test("leave nothing behind, and who stays is served", async () => {
    const random = lehmer(20_260_101);
    const turns = Array.from({ length: atOnce }, async (_, lane) => {
      for (let client = lane; client < clients; client += atOnce) await visit(client, random);
    });
    await Promise.all(turns);
    await nothingHeld(server);
    expect(server.engine.started).toBe(server.engine.finished);
    for (let client = 0; client < clients; client += 1) {
      const response = await fetch(`${server.url}/requests/c${client}`);
      // Who left before the whole body had arrived was never a request.
      if (response.status === 200) expect(await response.json()).toMatchObject({ state: "done" });
    }
    expect((await post(`${server.url}/tts`, { text: "next" })).status).toBe(200);
    server.server.app.server.closeIdleConnections(); // those of this test's own questions
    await eventually(async () => expect(await openConnections()).toBe(0));
  });

  async function visit(client: number, random: (below: number) => number): Promise<void> {
    const id = `c${client}`;
    const speech = { text: `[frames ${5 + random(20)}] x`, speed: [1, 1, 0.7, 1.5][random(4)]! };
    const path = ["/tts", "/tts/stream", "/tts/stream", "/tts/batch"][random(4)]!;
    const body = path === "/tts/batch" ? { requests: [speech, speech, speech] } : speech;
    const socket = open(path, body, id);
    const closed = once(socket, "close");
    const leaveAfterBytes = [0, 1, 5000, 40_000, Infinity][random(5)]!;
    let bytes = 0;
    socket.on("data", (piece: Buffer) => {
      bytes += piece.byteLength;
      if (bytes >= leaveAfterBytes) socket.destroy();
    });
    for (let turn = random(8); leaveAfterBytes === 0 && turn > 0; turn -= 1) await nextTurn();
    if (leaveAfterBytes === 0) socket.destroy();
    if (leaveAfterBytes === Infinity && path === "/tts") socket.end();
    await closed;
  }

  function openConnections(): Promise<number> {
    return new Promise((resolve, reject) => {
      server.server.app.server.getConnections((error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }
});

/** Small, seeded, and the same everywhere. */
function lehmer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Real effects of which the last output of each waits for `open`, as if the worker were busy. */
function gatedEffects() {
  const pool = createEffectPool();
  const reached = deferred();
  const opened = deferred();
  const gated = (effect: Effect): Effect => ({
    ...effect,
    push: async (samples) => {
      const output = await effect.push(samples);
      if (output.length === 0) return output;
      reached.resolve();
      await opened.promise;
      return output;
    },
  });
  return {
    effects: {
      ...pool,
      open: (settings: Parameters<typeof pool.open>[0]) => gated(pool.open(settings)),
    },
    reached: reached.promise,
    open: () => opened.resolve(),
  };
}
