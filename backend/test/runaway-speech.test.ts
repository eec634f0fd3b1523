// The runaway guard never cuts speech: the preview voice in its ten languages, at its own pace and at half of it, with
// pauses of two seconds, in a quiet room and in a loud one.
import { setImmediate as nextTurn } from "node:timers/promises";
import { collect, runawaySecond, speechRequest } from "qwen3-tts/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEffectPool, type EffectPool } from "../src/effects/effect-pool.ts";
import { createPreviewEngine, type PreviewEngine } from "../src/engines/preview/preview-engine.ts";
import { previewProgramPath } from "../src/engines/preview/preview-process.ts";
import { applyEffects } from "../src/pipeline.ts";
import type { SpeechEvent } from "qwen3-tts";

const sentences: Record<string, [string, string]> = {
  Chinese: ["今天天气很好，我们去公园散步吧。", "好。"],
  English: ["Well, the weather is very nice today, isn't it?", "Yes."],
  Japanese: ["今日は天気がとても良いですね。", "はい。"],
  Korean: ["오늘은 날씨가 아주 좋네요.", "네."],
  German: ["Ja, heute ist das Wetter wirklich sehr schön.", "Ja."],
  French: ["Il fait très beau aujourd'hui, n'est-ce pas ?", "Oui."],
  Russian: ["Сегодня очень хорошая погода, не правда ли?", "Да."],
  Portuguese: ["O tempo está muito bom hoje, não é?", "Sim."],
  Spanish: ["Hoy hace muy buen tiempo, ¿verdad?", "Sí."],
  Italian: ["Oggi il tempo è molto bello, non è vero?", "Sì."],
};
const pauseSeconds = 2;
const sampleRate = 22_050;

let engine: PreviewEngine;
let effects: EffectPool;
beforeAll(() => {
  engine = createPreviewEngine({
    program: previewProgramPath(),
    logger: { warn: () => undefined },
  });
  effects = createEffectPool();
});
afterAll(async () => {
  await Promise.all([engine.close(), effects.close()]);
});

async function slowed(samples: Float32Array): Promise<Float32Array> {
  async function* clip(): AsyncGenerator<SpeechEvent> {
    await nextTurn();
    yield { kind: "start", model: "preview", sampleRate, seed: 0 };
    yield { kind: "audio", samples, firstSample: 0 };
    yield {
      kind: "end",
      finishReason: "stop",
      stats: { audioSeconds: 0, wallMs: 0, stagesMs: {} },
    };
  }
  const pieces: number[] = [];
  for await (const event of applyEffects(clip(), { speed: 0.5, pitch: 1 }, effects)) {
    if (event.kind === "audio") for (const sample of event.samples) pieces.push(sample);
  }
  return Float32Array.from(pieces);
}

/** Sentence, pause, word, pause, sentence, pause, word, pause. */
function conversation(sentence: Float32Array, word: Float32Array): Float32Array {
  const pause = new Float32Array(pauseSeconds * sampleRate);
  const pieces = [sentence, pause, word, pause, sentence, pause, word, pause];
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Steady noise beneath it, the same at every run. */
function inRoom(samples: Float32Array, amplitude: number): Float32Array {
  let state = 1;
  return samples.map((sample) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return sample + amplitude * (state / 2 ** 31 - 1);
  });
}

test.each(Object.entries(sentences))("%s is never cut", async (language, texts) => {
  const [sentence, word] = await Promise.all(
    texts.map(async (text) => {
      const request = speechRequest({ text, speaker: "Ryan", language });
      return (await collect(engine, request)).samples;
    }),
  );
  const usual = conversation(sentence!, word!);
  const slow = conversation(await slowed(sentence!), await slowed(word!));
  for (const [pace, clip] of Object.entries({ usual, slow })) {
    for (const room of [0, 0.0005, 0.003, 0.02]) {
      expect(
        runawaySecond(inRoom(clip, room), sampleRate),
        `${pace}, room ${room}`,
      ).toBeUndefined();
    }
  }
  const stuck = new Float32Array(usual.length + 5 * sampleRate);
  stuck.set(usual);
  expect(runawaySecond(stuck, sampleRate)).toBeGreaterThan(usual.length / sampleRate);
});
