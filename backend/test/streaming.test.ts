// Streaming is real: the client holds what was made while the engine waits, whatever stands between.
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";
import { rawRequest, readRaw } from "./wire.ts";

const headerBytes = 44;
/** One frame of the fake: 80 ms at 24 kHz. */
const frameSamples = 1920;

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

async function readBytes(socket: Socket, enough: (bytes: Buffer) => boolean): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (!enough(bytes)) {
    const [piece] = (await once(socket, "data")) as [Buffer];
    bytes = Buffer.concat([bytes, piece]);
  }
  return bytes;
}

describe("while the engine is held after some frames, the client has their samples", () => {
  const cases: [string, object, number][] = [
    ["as they are", {}, headerBytes + 2 * frameSamples],
    ["pcm", { format: "pcm" }, 2 * frameSamples],
    // The stretcher keeps back what it needs to look ahead: some 40 ms.
    ["speed 0.5", { speed: 0.5 }, headerBytes + 2],
    ["speed 2", { speed: 2 }, headerBytes + 2],
    ["pitch 1.5", { pitch: 1.5 }, headerBytes + 2],
    ["speed and pitch", { speed: 0.7, pitch: 0.8 }, headerBytes + 2],
  ];
  test.each(cases)("%s", async (_name, settings, bytesExpected) => {
    const response = await post(`${fake.url}/tts/stream`, {
      text: "[wait 1][frames 4] held",
      ...settings,
    });
    const body: ReadableStream<Uint8Array> = response.body!;
    const reader = body.getReader();
    let bytes = 0;
    while (bytes < bytesExpected) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The stream ended after ${bytes} bytes`);
      bytes += value.byteLength;
    }
    await fake.engine.waitForHeld();
    expect(fake.engine.finished).toBe(0);
    fake.engine.release();
    while (!(await reader.read()).done);
    expect(fake.engine.finished).toBe(1);
  });

  test("a batch as NDJSON: a finished item's line comes while another item is held", async () => {
    const response = await post(
      `${fake.url}/tts/batch`,
      { requests: [{ text: "[wait 1][frames 2] slow" }, { text: "[frames 2] quick" }] },
      { headers: { Accept: "application/x-ndjson" } },
    );
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("\n")) text += (await reader.read()).value ?? "";
    await fake.engine.waitForHeld();
    expect(JSON.parse(text.split("\n")[0]!)).toMatchObject({ index: 1, success: true });
    fake.engine.release();
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines[1]).toMatchObject({ index: 0, success: true });
    expect(lines[2]).toEqual({ completed_count: 2, failed_count: 0 });
  });
});

describe("on the wire", () => {
  test("the header and the first samples are one write; no write is over 8192 bytes", async () => {
    const socket = rawRequest(fake.url, "/tts/stream", { text: "[frames 30] long", seed: 4 });
    const { status, headers, chunks, trailers, complete } = await readRaw(socket);
    expect(status).toBe(200);
    expect(headers.get("transfer-encoding")).toBe("chunked");
    expect(headers.get("content-type")).toBe("audio/wav");
    expect(headers.get("x-sample-rate")).toBe("24000");
    expect(headers.get("x-engine")).toBe("fake");
    expect(headers.get("x-model")).toBe("fake");
    expect(headers.get("x-seed")).toBe("4");
    expect(headers.get("x-recommended-prebuffer-ms")).toBe("0");
    expect(headers.get("trailer")).toBe("X-Finish-Reason, X-Audio-Seconds");
    expect(chunks[0]!.byteLength).toBe(headerBytes + 2 * frameSamples);
    expect(Math.max(...chunks.map((chunk) => chunk.byteLength))).toBeLessThanOrEqual(8192);
    expect(complete).toBe(true);
    expect(Object.fromEntries(trailers)).toEqual({
      "x-finish-reason": "stop",
      "x-audio-seconds": "2.400",
    });
  });

  test("both sizes in the header are 0xFFFFFFFF", async () => {
    const { chunks } = await readRaw(rawRequest(fake.url, "/tts/stream", { text: "x" }));
    const header = chunks[0]!.subarray(0, headerBytes);
    expect(header.toString("latin1", 0, 4)).toBe("RIFF");
    expect(header.readUInt32LE(4)).toBe(0xffff_ffff);
    expect(header.toString("latin1", 36, 40)).toBe("data");
    expect(header.readUInt32LE(40)).toBe(0xffff_ffff);
  });

  test("HEAD: the same headers, and the engine does nothing", async () => {
    const response = await fetch(`${fake.url}/tts/stream`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("transfer-encoding")).toBe("chunked");
    expect(response.headers.get("content-type")).toBe("audio/wav");
    expect(response.headers.get("x-sample-rate")).toBe("24000");
    expect(response.headers.get("x-request-id")).toBeTruthy();
    expect(fake.engine.steps).toBe(0);
  });

  test("a failure before the first sample is a proper error", async () => {
    const response = await post(`${fake.url}/tts/stream`, { text: "[crash 0] no" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "engine_crashed", retryable: true });
  });

  test("a failure after it breaks the connection, and the record says why", async () => {
    const socket = rawRequest(fake.url, "/tts/stream", { text: "[crash 2][frames 5] cut" });
    const { status, headers, chunks, complete } = await readRaw(socket);
    expect(status).toBe(200);
    expect(Buffer.concat(chunks).byteLength).toBeGreaterThanOrEqual(headerBytes);
    expect(complete).toBe(false);
    const id = headers.get("x-request-id")!;
    const record = (await (await fetch(`${fake.url}/requests/${id}`)).json()) as RequestRecord;
    expect(record).toMatchObject({ state: "done", error: { code: "engine_crashed" } });
    expect((await post(`${fake.url}/tts/stream`, { text: "next" })).status).toBe(200);
  });

  test("fetch sees the broken connection as an error, not as an end", async () => {
    const response = await post(`${fake.url}/tts/stream`, { text: "[oom 2][frames 5] cut" });
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  test("samples keep coming frame by frame: nothing is collected", async () => {
    const text = Array.from({ length: 5 }, (_, frame) => `[wait ${frame + 1}]`).join("");
    const socket = rawRequest(fake.url, "/tts/stream", { text: `${text}[frames 6] x` });
    let seen = Buffer.alloc(0);
    for (let frame = 1; frame <= 5; frame++) {
      const wanted = headerBytes + frame * 2 * frameSamples;
      seen = Buffer.concat([
        seen,
        await readBytes(socket, (more) => seen.length + more.length >= wanted),
      ]);
      await fake.engine.waitForHeld();
      fake.engine.release();
    }
    socket.destroy();
  });
});
