// trim_leading_silence: what a client hears of a clip that begins with silence, on every route.
import { afterAll, beforeAll, expect, test } from "vitest";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeAll(async () => {
  fake = await startFakeServer();
});
afterAll(() => fake.close());

// Five frames of 80 ms, 0.4 s, and then a tone.
const body = { text: "[frames 15] [silence 5] late", seed: 3, format: "pcm" };
const silentBytes = 2 * 5 * 1920;
const leadInBytes = 2 * 480;
const trim = { trim_leading_silence: true };

async function clip(route: string, fields: object) {
  const response = await post(`${fake.url}${route}`, { ...body, ...fields });
  expect(response.status).toBe(200);
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

test("leaves the silence out, of the whole clip and of the stream, and says the right length", async () => {
  const whole = await clip("/tts", {});
  const expected = whole.bytes.subarray(silentBytes - leadInBytes);
  const { response, bytes } = await clip("/tts", trim);
  expect(bytes.equals(expected)).toBe(true);
  expect(response.headers.get("x-audio-seconds")).toBe((bytes.byteLength / 48_000).toFixed(3));
  expect((await clip("/tts/stream", trim)).bytes.equals(expected)).toBe(true);
  expect((await clip("/tts", { trim_leading_silence: false })).bytes.equals(whole.bytes)).toBe(
    true,
  );
});

test("works with speed and pitch, streamed as whole", async () => {
  const shape = { ...trim, speed: 1.5, pitch: 0.8 };
  const { bytes } = await clip("/tts", shape);
  const samples = 10 * 1920 + 480;
  expect(bytes.byteLength).toBe(2 * Math.round(samples / 1.5));
  expect((await clip("/tts/stream", shape)).bytes.equals(bytes)).toBe(true);
});

test("is each batch item's own", async () => {
  const items = [body, { ...body, ...trim }];
  const response = await post(`${fake.url}/tts/batch`, { requests: items });
  const { results } = (await response.json()) as { results: { audio: string }[] };
  const [whole, trimmed] = results.map(({ audio }) => Buffer.from(audio, "base64"));
  expect(trimmed!.equals(whole!.subarray(silentBytes - leadInBytes))).toBe(true);
});

test("a value that is neither true nor false is refused in words", async () => {
  const response = await post(`${fake.url}/tts`, { ...body, trim_leading_silence: "yes" });
  expect(response.status).toBe(400);
  const { detail } = (await response.json()) as { detail: string };
  expect(detail).toBe("'trim_leading_silence' must be true or false, not \"yes\".");
});
