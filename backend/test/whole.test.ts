// /tts: the whole clip, exact sizes, and the same samples as the stream.
import { createFakeEngine } from "qwen3-tts/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { post, startFakeServer, startServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeAll(async () => {
  fake = await startFakeServer();
});
afterAll(() => fake.close());

const headerBytes = 44;

function samplesOf(wav: Buffer): number[] {
  const count = (wav.byteLength - headerBytes) / 2;
  return Array.from({ length: count }, (_, index) => wav.readInt16LE(headerBytes + 2 * index));
}

async function bytesOf(
  route: string,
  body: object,
): Promise<{ response: Response; bytes: Buffer }> {
  const response = await post(`${fake.url}${route}`, body);
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

test("length, sizes in the header, finish reason and seconds", async () => {
  const { response, bytes } = await bytesOf("/tts", { text: "[frames 10] hello" });
  const { headers } = response;
  expect(headers.get("content-type")).toBe("audio/wav");
  expect(headers.get("transfer-encoding")).toBeNull();
  expect(headers.get("x-sample-rate")).toBe("24000");
  expect(headers.get("x-engine")).toBe("fake");
  expect(headers.get("x-model")).toBe("fake");
  expect(headers.get("x-seed")).toMatch(/^\d+$/);
  expect(headers.get("x-recommended-prebuffer-ms")).toBe("0");
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(Number(response.headers.get("content-length"))).toBe(bytes.byteLength);
  expect(bytes.byteLength).toBe(headerBytes + 10 * 1920 * 2);
  expect(bytes.readUInt32LE(4)).toBe(bytes.byteLength - 8);
  expect(bytes.toString("latin1", 0, 4)).toBe("RIFF");
  expect(bytes.toString("latin1", 8, 16)).toBe("WAVEfmt ");
  expect(bytes.readUInt16LE(20)).toBe(1); // PCM
  expect(bytes.readUInt16LE(22)).toBe(1); // mono
  expect(bytes.readUInt32LE(24)).toBe(24_000);
  expect(bytes.readUInt32LE(28)).toBe(48_000); // bytes a second
  expect(bytes.readUInt16LE(34)).toBe(16); // bits
  expect(bytes.toString("latin1", 36, 40)).toBe("data");
  expect(bytes.readUInt32LE(40)).toBe(bytes.byteLength - headerBytes);
  expect(response.headers.get("x-finish-reason")).toBe("stop");
  expect(response.headers.get("x-audio-seconds")).toBe("0.800");
});

describe("streamed samples are the whole clip's samples", () => {
  const cases: object[] = [
    {},
    { speed: 0.25 },
    { speed: 1.7 },
    { speed: 4 },
    { pitch: 0.5 },
    { pitch: 2 },
    { speed: 1.3, pitch: 0.8 },
  ];
  test.each(cases)("%j", async (settings) => {
    const body = { text: "[frames 25] The same words twice.", seed: 11, ...settings };
    const whole = await bytesOf("/tts", body);
    const streamed = await bytesOf("/tts/stream", body);
    expect(whole.bytes.subarray(headerBytes).equals(streamed.bytes.subarray(headerBytes))).toBe(
      true,
    );
    const speed = "speed" in settings ? (settings.speed as number) : 1;
    expect(whole.bytes.byteLength - headerBytes).toBe(2 * Math.round((25 * 1920) / speed));
  });
});

test("a clip of several megabytes is the same, too", async () => {
  const body = { text: "[frames 700] long", seed: 5 };
  const whole = await bytesOf("/tts", body);
  const streamed = await bytesOf("/tts/stream", body);
  expect(whole.bytes.byteLength).toBe(headerBytes + 700 * 1920 * 2);
  expect(whole.bytes.subarray(headerBytes).equals(streamed.bytes.subarray(headerBytes))).toBe(true);
});

test("speed and pitch change the samples, not only their number", async () => {
  const body = { text: "[frames 10] shaped", seed: 5 };
  const plain = await bytesOf("/tts", body);
  const higher = await bytesOf("/tts", { ...body, pitch: 1.5 });
  expect(higher.bytes.byteLength).toBe(plain.bytes.byteLength);
  expect(higher.bytes.equals(plain.bytes)).toBe(false);
  expect(Math.max(...samplesOf(higher.bytes))).toBeGreaterThan(1000);
});

test("pcm is the WAV without its header", async () => {
  const body = { text: "[frames 3] raw", seed: 1 };
  const wav = await bytesOf("/tts", body);
  const pcm = await bytesOf("/tts", { ...body, format: "pcm" });
  expect(pcm.response.headers.get("content-type")).toContain("audio/pcm");
  expect(pcm.bytes.equals(wav.bytes.subarray(headerBytes))).toBe(true);
});

test("the returned seed gives the clip again; another seed another clip", async () => {
  const first = await bytesOf("/tts", { text: "[frames 3] dice" });
  const seed = Number(first.response.headers.get("x-seed"));
  const again = await bytesOf("/tts", { text: "[frames 3] dice", seed });
  const other = await bytesOf("/tts", { text: "[frames 3] dice", seed: seed + 1 });
  expect(again.bytes.equals(first.bytes)).toBe(true);
  expect(other.bytes.equals(first.bytes)).toBe(false);
});

test("what a request asks for reaches the engine", async () => {
  const body = { text: "[frames 2] asked", seed: 1 };
  const asked: object[] = [
    {},
    { speaker: "Vivian" },
    { language: "German" },
    { language: "Auto" },
    { instruct: "happy" },
    { temperature: 0.5 },
    { top_k: 20 },
    { top_p: 0.5 },
    { repetition_penalty: 1.5 },
    { seed: 2 },
  ];
  const clips = new Set<string>();
  for (const fields of asked) {
    clips.add((await bytesOf("/tts", { ...body, ...fields })).bytes.toString("base64"));
  }
  expect(clips.size).toBe(asked.length);
  const defaults = { speaker: "Ryan", language: "English", instruct: null, speed: 1, pitch: 1 };
  const spelled = await bytesOf("/tts", { ...body, ...defaults, format: "wav" });
  expect(clips).toContain(spelled.bytes.toString("base64"));
});

test("max_seconds counts seconds as they are heard", async () => {
  const body = { text: "[frames 100] long", max_seconds: 1.6 };
  for (const speed of [1, 2]) {
    const { response } = await bytesOf("/tts", { ...body, speed });
    expect(response.headers.get("x-finish-reason")).toBe("length");
    expect(response.headers.get("x-audio-seconds")).toBe("1.600");
  }
});

test("names in any case, white space around the text, control tokens as plain text", async () => {
  const plain = await bytesOf("/tts", { text: "[frames 3] hi", speaker: "Ono_Anna", seed: 1 });
  const odd = await bytesOf("/tts", {
    text: "  [frames 3] hi\n",
    speaker: "ONO_anna",
    language: "english",
    seed: 1,
  });
  expect(odd.bytes.equals(plain.bytes)).toBe(true);
  const tokens = "<|im_end|>";
  const spoken = await bytesOf("/tts", { text: `${tokens} hi`, seed: 1 });
  const without = await bytesOf("/tts", { text: "hi", seed: 1 });
  expect(spoken.bytes.byteLength).toBeGreaterThan(without.bytes.byteLength);
});

test("no engine ever sees half a character", async () => {
  const texts: unknown[] = [];
  const engine = createFakeEngine();
  const server = await startServer({
    status: () => engine.status(),
    onStatus: (listener) => engine.onStatus(listener),
    close: () => engine.close(),
    synthesize: (request, signal) => {
      texts.push(request.text, request.instruct);
      return engine.synthesize(request, signal);
    },
  });
  const body = { text: "half \ud83d", instruct: "\ude00 half" };
  expect((await post(`${server.url}/tts`, body)).status).toBe(200);
  expect(texts).toEqual([{ kind: "whole", text: "half \ufffd" }, "\ufffd half"]);
  await server.close();
});
