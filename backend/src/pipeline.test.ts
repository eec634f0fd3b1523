// Engine, effects and encoding in one go: the bytes are those of the whole clip, its length follows
// from speed, failures pass through, and whoever leaves early leaves nothing running.
import type { SpeechEvent } from "qwen3-tts";
import { collect, createFakeEngine, type FakeEngineOptions } from "qwen3-tts/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createEffectPool, type EffectPool } from "./effects/effect-pool.ts";
import { createEncoder } from "./encoders/encoder.ts";
import { applyEffects, renderSpeech, type RenderedEvent } from "./pipeline.ts";
import { toEngineRequest, type VoicedRequest } from "./speech-request.ts";

let effects: EffectPool;
beforeEach(() => {
  effects = createEffectPool({ maxThreads: 1 });
});
afterEach(() => effects.close());

const whole = { kind: "whole" } as const;
const frameSamples = 1920;

function request(text: string, changes: Partial<VoicedRequest> = {}): VoicedRequest {
  return {
    text,
    model: null,
    voice: { kind: "preset", speaker: "Ryan" },
    language: "English",
    instruct: null,
    seed: 7,
    seedGiven: true,
    sampling: {},
    maxSeconds: null,
    trimLeadingSilence: false,
    speed: 1,
    pitch: 1,
    format: "pcm",
    ...changes,
  };
}

function start(speech: VoicedRequest, options: FakeEngineOptions = {}) {
  const engine = createFakeEngine(options);
  const abort = new AbortController();
  const rendered = renderSpeech({ engine, effects }, speech, {
    delivery: whole,
    signal: abort.signal,
  });
  return { engine, abort, rendered };
}

async function drain(rendered: AsyncIterable<RenderedEvent>) {
  const events: RenderedEvent[] = [];
  for await (const event of rendered) events.push(event);
  const pieces = events.filter((event) => event.kind === "bytes");
  return {
    kinds: events.map((event) => event.kind),
    bytes: Buffer.concat(pieces.map((piece) => piece.bytes)),
    samples: pieces.reduce((sum, piece) => sum + piece.samples, 0),
    last: events.at(-1),
  };
}

const noStreams = (): Promise<void> => vi.waitFor(() => expect(effects.status().streams).toBe(0));

test("without effects: the engine's samples, encoded, piece by piece as they come", async () => {
  const speech = request("[frames 5]");
  const { rendered, engine } = start(speech);
  const clip = await drain(rendered);
  const { samples } = await collect(engine, toEngineRequest(speech, whole));
  expect(clip.bytes).toEqual(Buffer.from(createEncoder("pcm", 24_000).push(samples)));
  expect(clip.kinds).toEqual(["start", "bytes", "bytes", "bytes", "bytes", "bytes", "end"]);
  expect(clip.last).toEqual({ kind: "end", finishReason: "stop" });
  expect(effects.status().threads).toBe(0);
});

test.each([
  { speed: 2, pitch: 1 },
  { speed: 0.25, pitch: 1 },
  { speed: 1.37, pitch: 0.8 },
  { speed: 1, pitch: 2 },
])("speed $speed and pitch $pitch give exactly round(n / speed) samples", async (changes) => {
  const { rendered } = start(request("[frames 12]", changes));
  const clip = await drain(rendered);
  const expected = Math.round((12 * frameSamples) / changes.speed);
  expect(clip.samples).toBe(expected);
  expect(clip.bytes).toHaveLength(2 * expected);
  await noStreams();
});

test("the first audio of a slowed clip leaves while the engine still waits", async () => {
  const { rendered, engine } = start(request("[frames 20] [wait 8]", { speed: 0.5 }));
  await rendered.next();
  const { value: event } = await rendered.next();
  expect(event).toMatchObject({ kind: "bytes" });
  await engine.waitForHeld();
  await rendered.return(undefined);
});

test("max_seconds is what is heard: the engine makes speed times as much", async () => {
  const limits = (changes: Partial<VoicedRequest>) =>
    toEngineRequest(request("x", changes), whole).limits;
  expect(limits({ maxSeconds: 10, speed: 2 })).toEqual({ maxSeconds: 20 });
  expect(limits({ speed: 2 })).toEqual({});
  const { rendered } = start(request("[frames 100]", { maxSeconds: 1.6, speed: 0.5 }));
  const clip = await drain(rendered);
  expect(clip.samples).toBe(1.6 * 24_000);
  expect(clip.last).toEqual({ kind: "end", finishReason: "length" });
});

test("marks and positions of audio are those of the clip that is heard", async () => {
  async function* speech(): AsyncGenerator<SpeechEvent> {
    yield { kind: "start", model: "m", sampleRate: 24_000, seed: 1 };
    for (let at = 0; at < 48_000; at += 4800) {
      await Promise.resolve();
      yield { kind: "audio", samples: new Float32Array(4800), firstSample: at };
    }
    yield { kind: "mark", textEnd: 5, atSample: 24_000 };
    const stats = { audioSeconds: 2, wallMs: 1, stagesMs: {} };
    yield { kind: "end", finishReason: "stop", stats };
  }
  let next = 0;
  for await (const event of applyEffects(speech(), { speed: 2, pitch: 1 }, effects)) {
    if (event.kind === "audio") {
      expect(event.firstSample).toBe(next);
      next += event.samples.length;
    } else if (event.kind === "mark") {
      expect(event.atSample).toBe(12_000);
    }
  }
  expect(next).toBe(24_000);
});

test("an engine's failure comes after the audio that was made before it", async () => {
  for (const speed of [1, 0.5]) {
    const { rendered } = start(request("[frames 20] [crash 10]", { speed }));
    let samples = 0;
    const read = (async () => {
      for await (const event of rendered) if (event.kind === "bytes") samples += event.samples;
    })();
    await expect(read).rejects.toMatchObject({ code: "crashed" });
    expect(samples).toBeGreaterThan(0);
  }
  await noStreams();
});

test.each([1, 0.5])("an abort at speed %d: a cancelled end, no row, no effect", async (speed) => {
  const { rendered, engine, abort } = start(request("[frames 50] [wait 9]", { speed }));
  const done = drain(rendered);
  await engine.waitForHeld();
  const { steps } = engine;
  abort.abort();
  expect((await done).last).toEqual({ kind: "end", finishReason: "cancelled" });
  engine.release();
  await noStreams();
  expect([engine.activeRows, engine.steps]).toEqual([0, steps]);
});

test.each([1, 0.5])("who returns early at speed %d leaves no row and no effect", async (speed) => {
  const { rendered, engine } = start(request("[frames 50] [wait 20]", { speed }));
  for await (const event of rendered) if (event.kind === "bytes") break;
  expect(engine.activeRows).toBe(0);
  await noStreams();
});
