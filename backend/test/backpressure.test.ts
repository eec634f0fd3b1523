// Readers that are slow or stop: the server makes no more than it may hold for them, nobody else waits,
// every byte is right in the end, and who takes nothing for too long is cut.
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHostedFake, loggedPlans, temporaryFolder, type FakeEngine } from "qwen3-tts/testing";
import { eventually, metric, nothingHeld, record, waitForRecord } from "./observe.ts";
import { openRaw } from "./raw-client.ts";
import {
  defaultSettings,
  post,
  startFakeServer,
  startServer,
  type TestServer,
} from "./test-server.ts";
import { parseRaw } from "./wire.ts";

const frameBytes = 2 * 1920;
/** Of the contract, for one connection. */
const maxUnsentBytes = 256 * 1024;

let server: TestServer & { engine: FakeEngine };
beforeEach(async () => {
  server = await startFakeServer();
});
afterEach(() => server.close());

/** A request under the id "r" of a client that reads nothing yet, and the server's end of its socket. */
async function openUnread(path: string, body: unknown) {
  const connected = once(server.server.app.server, "connection");
  const client = openRaw(server.url, {
    path,
    body,
    headers: { "X-Request-Id": "r", Connection: "close" },
  });
  client.pause();
  const [serverEnd] = (await connected) as [Socket];
  await eventually(() => expect(server.engine.started).toBeGreaterThan(0));
  return { client, serverEnd };
}

/** Bytes that the system has taken from the server; what it has in its own buffers is not among them. */
function sentBytes(serverEnd: Socket): number {
  return serverEnd.bytesWritten - serverEnd.writableLength;
}

/** Let others speak until row 1 takes part in none of their steps: it waits for its reader. */
async function untilParked(): Promise<void> {
  for (;;) {
    const before = server.engine.steps;
    const response = await post(`${server.url}/tts/stream`, { text: "[frames 30]" });
    expect((await response.arrayBuffer()).byteLength).toBe(44 + 30 * frameBytes);
    const plans = server.engine.plans.slice(before - server.engine.steps);
    if (!plans.flat().includes(1)) return;
  }
}

async function secondsMade(): Promise<number> {
  return (await record(server, "r")).seconds_made;
}

describe("a reader of a long stream that reads slowly", () => {
  const frames = 2000;
  const speech = { text: `[frames ${frames}] slow`, seed: 1, format: "pcm" };

  test.each([1, 0.5])("at speed %d: production waits for it, and only for it", async (speed) => {
    const { client, serverEnd } = await openUnread("/tts/stream", { ...speech, speed });
    await untilParked();
    const unsent = async (): Promise<number> =>
      (await secondsMade()) * 24_000 * 2 - sentBytes(serverEnd);
    expect(await unsent()).toBeLessThan(maxUnsentBytes);
    expect(serverEnd.writableLength).toBeLessThan(maxUnsentBytes);
    expect(server.engine.activeRows).toBe(1);
    for (let second = 0; second < 5; second += 1) {
      while (client.read(1024) === null) await once(client, "readable");
      await untilParked();
      expect(await unsent()).toBeLessThan(maxUnsentBytes);
    }
    client.destroy();
    await nothingHeld(server);
  });

  test("it gets every byte right when it reads on", async () => {
    const { client } = await openUnread("/tts/stream", speech);
    await untilParked();
    const pieces: Buffer[] = [];
    for (let second = 0; second < 3; second += 1) {
      const piece: unknown = client.read(1024);
      if (Buffer.isBuffer(piece)) pieces.push(piece);
      await untilParked();
    }
    client.on("data", (piece: Buffer) => pieces.push(piece));
    client.resume();
    await once(client, "close");
    const { chunks, complete } = parseRaw(Buffer.concat(pieces));
    expect(complete).toBe(true);
    const whole = await (await post(`${server.url}/tts`, speech)).arrayBuffer();
    expect(whole.byteLength).toBe(frames * frameBytes);
    expect(Buffer.concat(chunks).equals(Buffer.from(whole))).toBe(true);
  });
});

test.each([
  ["/tts", { text: "[frames 2000]" }],
  ["/tts/batch", { requests: [{ text: "[frames 2000]" }, { text: "[frames 2000]" }] }],
])("%s: what is sent of whole clips waits on the disk for a slow reader", async (path, body) => {
  const { client, serverEnd } = await openUnread(path, body);
  await waitForRecord(server, path === "/tts" ? "r" : "r-0", { state: "done" });
  await eventually(() => expect(serverEnd.writableNeedDrain).toBe(true));
  for (let time = 0; time < 5; time += 1) {
    expect(serverEnd.writableLength).toBeLessThan(maxUnsentBytes);
    await untilParked();
  }
  expect(serverEnd.writableNeedDrain).toBe(true);
  client.destroy();
  await nothingHeld(server);
});

describe("a reader that stops for good", () => {
  const speech = { text: "[frames 2000]" };

  test.each([
    ["/tts/stream", speech],
    ["/tts", speech],
    ["/tts/batch", { requests: [speech, speech, speech, speech] }],
  ])("%s: it is cut, and what it held is free", async (path, body) => {
    await restart({ readerTimeoutSeconds: 0.3 });
    const { client, serverEnd } = await openUnread(path, body);
    await once(serverEnd, "close");
    await nothingHeld(server);
    client.resume();
    if (path !== "/tts/stream") return; // the others' records ended when their clips were made
    expect(await record(server, "r")).toMatchObject({ state: "done", error: { code: "timeout" } });
    const { detail } = (await record(server, "r")).error!;
    expect(detail).toMatch(/took nothing .* for 0.3 s.*--reader-timeout/);
    const line = 'qwen_tts_requests_total{route="/tts/stream",outcome="timeout"}';
    expect(await metric(server, line)).toBe(1);
  });

  test("its row rests in the engine's own process, and is gone from there, too", async () => {
    using folder = temporaryFolder();
    const planLog = folder.file("plans");
    await server.close();
    const hosted = await startServer(createHostedFake({ planLog }), {
      settings: { limits: { ...defaultSettings.limits, readerTimeoutSeconds: 0.3 } },
    });
    try {
      const connected = once(hosted.server.app.server, "connection");
      const client = openRaw(hosted.url, {
        path: "/tts/stream",
        body: { text: "[frames 100000]" },
      });
      client.pause();
      const [serverEnd] = (await connected) as [Socket];
      await once(serverEnd, "close");
      client.destroy();
      await nothingHeld(hosted);
      const steps = (row: number) => loggedPlans(planLog).filter((plan) => plan.includes(row));
      const made = steps(1).length;
      // What was sent, what may be unsent, a second on its way between the processes, and what the fake makes ahead.
      const sent = (serverEnd.bytesWritten + maxUnsentBytes) / frameBytes;
      expect(made).toBeLessThanOrEqual(sent + 13 + 25 + 1);
      await (await post(`${hosted.url}/tts`, { text: "[frames 30]" })).arrayBuffer();
      expect([steps(1).length, steps(2).length]).toEqual([made, 30]);
    } finally {
      await hosted.close();
    }
  });

  test("who waits for the engine is no stopped reader, however long it takes", async () => {
    await restart({ readerTimeoutSeconds: 0.1 });
    const { client, serverEnd } = await openUnread("/tts/stream", {
      text: "[frames 9] [wait 0] [wait 4]",
      format: "pcm",
    });
    const pieces: Buffer[] = [];
    client.on("data", (piece: Buffer) => pieces.push(piece)).resume();
    for (let holds = 0; holds < 2; holds += 1) {
      await server.engine.waitForHeld();
      await once(serverEnd, "timeout");
      server.engine.release();
    }
    await once(client, "close");
    const { chunks, complete } = parseRaw(Buffer.concat(pieces));
    expect([complete, Buffer.concat(chunks).byteLength]).toEqual([true, 9 * frameBytes]);
  });

  test("DELETE by somebody else frees all it holds, although it takes no word of it", async () => {
    const { serverEnd } = await openUnread("/tts/stream", speech);
    await untilParked();
    const closed = once(serverEnd, "close");
    await fetch(`${server.url}/requests/r`, { method: "DELETE" });
    await closed;
    await nothingHeld(server);
    expect(await record(server, "r")).toMatchObject({ state: "done", finish_reason: "cancelled" });
  });

  async function restart(limits: { readerTimeoutSeconds: number }): Promise<void> {
    await server.close();
    server = await startFakeServer(
      {},
      { settings: { limits: { ...defaultSettings.limits, ...limits } } },
    );
  }
});
