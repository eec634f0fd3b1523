// /tts/stream on the wire: writes, headers, trailers, and how a failure looks.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";
import { rawRequest, readRaw, type RawResponse } from "./wire.ts";

const headerBytes = 44;
const maxWriteBytes = 8192;
/** One frame of the fake: 80 ms at 24 kHz. */
const frameSamples = 1920;

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

describe("on the wire", () => {
  test("the header and the first samples are one write", async () => {
    const answer = await streamRaw({ text: "[frames 30] long", seed: 4 });
    const { status, headers, chunks, trailers, complete } = answer;
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
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.has("content-length")).toBe(false);
    expect(complete).toBe(true);
    expect(Object.fromEntries(trailers)).toEqual({
      "x-finish-reason": "stop",
      "x-audio-seconds": "2.400",
    });
  });

  test("no write is over 8192 bytes, and none is lost", async () => {
    const body = { text: "[frames 30] long", seed: 4, speed: 0.25 };
    const { chunks } = await streamRaw(body);
    const whole = await (await post(`${fake.url}/tts`, body)).arrayBuffer();
    expect(Math.max(...chunks.map((chunk) => chunk.byteLength))).toBe(maxWriteBytes);
    const streamed = Buffer.concat(chunks).subarray(headerBytes);
    expect(streamed.equals(Buffer.from(whole).subarray(headerBytes))).toBe(true);
  });

  test("pcm has no header and says so", async () => {
    const { headers, chunks } = await streamRaw({ text: "[frames 2] raw", format: "pcm" });
    expect(headers.get("content-type")).toMatch(/^audio\/pcm/);
    expect(Buffer.concat(chunks).byteLength).toBe(2 * 2 * frameSamples);
  });

  test("a clip that is cut at max_seconds ends cleanly and says length", async () => {
    const text = "[frames 50] long";
    const { complete, trailers } = await streamRaw({ text, max_seconds: 1.6, speed: 2 });
    expect(complete).toBe(true);
    expect(Object.fromEntries(trailers)).toEqual({
      "x-finish-reason": "length",
      "x-audio-seconds": "1.600",
    });
  });

  test("the prebuffer hint covers what a slow engine will be late by", async () => {
    const slow = await startFakeServer({ stepMs: 170 }); // over twice as slow as real time
    await (await post(`${slow.url}/tts`, { text: "[frames 2] measured" })).arrayBuffer();
    const hint = async (body: object): Promise<number> => {
      const response = await post(`${slow.url}/tts/stream`, body);
      await response.arrayBuffer();
      return Number(response.headers.get("x-recommended-prebuffer-ms"));
    };
    const bounded = await hint({ text: `[frames 1]${"x".repeat(500)}`, max_seconds: 10 });
    expect(bounded).toBeGreaterThanOrEqual(5000);
    expect(bounded).toBeLessThan(10_000);
    const fast = await hint({ text: `[frames 1]${"x".repeat(130)}`, speed: 2 });
    expect(fast).toBeGreaterThan(0);
    expect(fast).toBeLessThan(5000);
    await slow.close();
  });

  test("a stream that was left tells how slow the engine is, too", async () => {
    const slow = await startFakeServer({ stepMs: 100 });
    const left = await post(`${slow.url}/tts/stream`, { text: "[frames 500] left" });
    const bytesOfASecond = 48_000;
    let bytes = 0;
    for await (const piece of left.body as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > bytesOfASecond) break; // which cancels it
    }
    await expect
      .poll(async () => {
        const next = await post(`${slow.url}/tts/stream`, {
          text: "x".repeat(500),
          max_seconds: 10,
        });
        await next.body!.cancel();
        return Number(next.headers.get("x-recommended-prebuffer-ms"));
      })
      .toBeGreaterThan(0);
    await slow.close();
  });

  test("the prebuffer hint is larger while others are spoken, and not when they have left", async () => {
    const slow = await startFakeServer({ stepMs: 170 });
    const hint = async (): Promise<number> => {
      const text = `[frames 2]${"x".repeat(500)}`;
      const response = await post(`${slow.url}/tts/stream`, { text, max_seconds: 10 });
      await response.arrayBuffer();
      return Number(response.headers.get("x-recommended-prebuffer-ms"));
    };
    await hint(); // which tells how slow the engine is
    const alone = await hint();
    const other = await post(`${slow.url}/tts/stream`, { text: "[frames 500] another one" });
    const beside = await hint();
    expect(beside).toBeGreaterThan(alone + 300);
    await other.body!.cancel();
    await expect.poll(hint).toBeLessThan((alone + beside) / 2);
    await slow.close();
  });

  test("both sizes in the header are 0xFFFFFFFF", async () => {
    const { chunks } = await streamRaw({ text: "x" });
    const header = chunks[0]!.subarray(0, headerBytes);
    expect(header.toString("latin1", 0, 4)).toBe("RIFF");
    expect(header.toString("latin1", 8, 16)).toBe("WAVEfmt ");
    expect(header.readUInt32LE(4)).toBe(0xffff_ffff);
    expect(header.toString("latin1", 36, 40)).toBe("data");
    expect(header.readUInt32LE(40)).toBe(0xffff_ffff);
  });

  test("HEAD: the same headers, and the engine does nothing", async () => {
    const { headers } = await streamRaw({ text: "x" });
    const response = await fetch(`${fake.url}/tts/stream`, { method: "HEAD" });
    expect(response.status).toBe(200);
    // What depends on the body that HEAD does not have.
    const ofBody = ["x-seed", "x-recommended-prebuffer-ms", "connection", "date", "x-request-id"];
    for (const [name, value] of headers) {
      if (!ofBody.includes(name)) expect(response.headers.get(name), name).toBe(value);
    }
    expect(response.headers.get("transfer-encoding")).toBe("chunked");
    expect(response.headers.get("x-request-id")).toBeTruthy();
    expect(fake.engine.started).toBe(1);
  });

  test("a failure before the first sample is a proper error", async () => {
    const response = await post(`${fake.url}/tts/stream`, { text: "[crash 0] no" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "engine_crashed", retryable: true });
  });

  const cuts: [string, object][] = [
    ["as it is", { text: "[crash 2][frames 5] cut" }],
    ["with speed and pitch", { text: "[crash 4][frames 9] cut", speed: 0.5, pitch: 1.5 }],
    ["as pcm", { text: "[crash 2][frames 5] cut", format: "pcm" }],
  ];
  test.each(cuts)("a failure after it breaks the connection: %s", async (_name, body) => {
    const { status, headers, chunks, complete } = await streamRaw(body);
    expect(status).toBe(200);
    expect(Buffer.concat(chunks).byteLength).toBeGreaterThan(headerBytes);
    expect(complete).toBe(false);
    const id = headers.get("x-request-id")!;
    const record = (await (await fetch(`${fake.url}/requests/${id}`)).json()) as RequestRecord;
    expect(record).toMatchObject({
      state: "done",
      finish_reason: null,
      error: { code: "engine_crashed" },
    });
    expect(record.seconds_made).toBeGreaterThan(0);
    expect(fake.engine.activeRows).toBe(0);
    expect((await post(`${fake.url}/tts/stream`, { text: "next" })).status).toBe(200);
  });

  test("fetch sees the broken connection as an error, not as an end", async () => {
    const response = await post(`${fake.url}/tts/stream`, { text: "[oom 2][frames 5] cut" });
    await expect(response.arrayBuffer()).rejects.toThrow();
  });
});

function streamRaw(body: object): Promise<RawResponse> {
  return readRaw(rawRequest(fake.url, "/tts/stream", body));
}
