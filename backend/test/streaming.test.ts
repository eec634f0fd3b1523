// Streaming is real: the client holds what was made while the engine waits, whatever stands between.
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { post, startFakeServer } from "./test-server.ts";
import { rawRequest } from "./wire.ts";

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
    ["speed 0.25", { speed: 0.25 }, headerBytes + 2],
    ["speed 0.5", { speed: 0.5 }, headerBytes + 2],
    ["speed 2", { speed: 2 }, headerBytes + 2],
    ["speed 4", { speed: 4, text: "[wait 2][frames 4] a frame is 20 ms here" }, headerBytes + 2],
    ["pitch 0.5", { pitch: 0.5 }, headerBytes + 2],
    ["pitch 2", { pitch: 2 }, headerBytes + 2],
    ["speed and pitch", { speed: 0.7, pitch: 0.8 }, headerBytes + 2],
    ["speed and pitch as pcm", { speed: 2, pitch: 2, format: "pcm" }, 2],
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
