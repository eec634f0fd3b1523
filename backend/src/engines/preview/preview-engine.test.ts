// The preview voice as an engine, with the real program: the contract of all engines, the languages and
// speakers, the same samples every time, and what happens when the program dies or is not there.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SpeechEngine, SpeechRequest } from "qwen3-tts";
import { collect, sip, speechRequest, statusWhere } from "qwen3-tts/testing";
import { describeSpeechEngine } from "qwen3-tts/testing/contract";
import { createPreviewEngine, type PreviewEngine } from "./preview-engine.ts";
import { previewProgramPath } from "./preview-process.ts";

const program = previewProgramPath();
const logger = { warn: () => undefined };
const start = (): PreviewEngine => createPreviewEngine({ program, logger });

describeSpeechEngine("the preview voice", { create: start });

const sentences: Record<string, [string, string]> = {
  Chinese: ["今天天气很好，我们去公园散步吧。", "我昨天买了一本很有意思的书。"],
  English: ["The weather is very nice today.", "I bought an interesting book yesterday."],
  Japanese: ["今日は天気がとても良いですね。", "昨日は面白い本を買いました。"],
  Korean: ["오늘은 날씨가 아주 좋네요.", "어제 재미있는 책을 샀어요."],
  German: ["Heute ist das Wetter sehr schön.", "Gestern habe ich ein Buch gekauft."],
  French: ["Il fait très beau aujourd'hui.", "J'ai acheté un livre hier."],
  Russian: ["Сегодня очень хорошая погода.", "Вчера я купил интересную книгу."],
  Portuguese: ["O tempo está muito bom hoje.", "Comprei um livro ontem."],
  Spanish: ["Hoy hace muy buen tiempo.", "Ayer compré un libro."],
  Italian: ["Oggi il tempo è molto bello.", "Ieri ho comprato un libro."],
};

function request(text: string, changes: Partial<SpeechRequest> = {}): SpeechRequest {
  return { ...speechRequest({ text, speaker: "Ryan", language: "English" }), ...changes };
}

const speaker = (name: string): Partial<SpeechRequest> => ({
  voice: { kind: "preset", speaker: name },
});

async function say(
  engine: SpeechEngine,
  text: string,
  changes: Partial<SpeechRequest> = {},
): Promise<Float32Array> {
  return (await collect(engine, request(text, changes))).samples;
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((sample, index) => sample === b[index]);
}

describe("what it says", () => {
  let engine: PreviewEngine;
  beforeAll(() => {
    engine = start();
  });
  afterAll(() => engine.close());

  test.each(Object.entries(sentences))(
    "%s: a loud clip of a likely length",
    async (language, texts) => {
      const [one, other] = await Promise.all(texts.map((text) => say(engine, text, { language })));
      for (const samples of [one!, other!]) {
        const seconds = samples.length / 22_050;
        expect(seconds).toBeGreaterThan(1);
        expect(seconds).toBeLessThan(6);
        expect(rms(samples)).toBeGreaterThan(0.02);
      }
      expect(same(one!, other!)).toBe(false);
    },
  );

  test("the same request gives the same samples after anything, and in company", async () => {
    const text = "Hello there, this is the preview voice of the server, and it speaks at once.";
    const first = await say(engine, text);
    const odd = new AbortController();
    const cut = collect(engine, request("Something long. ".repeat(200)), odd.signal);
    const company = Object.entries(sentences).map(([language, [one]]) =>
      say(engine, one, { language, ...speaker("Sohee") }),
    );
    const beside = say(engine, text);
    odd.abort();
    await Promise.all([...company, cut]);
    expect(same(await beside, first)).toBe(true);
    expect(
      same(await say(engine, text, { delivery: { kind: "live", playbackRate: 1 } }), first),
    ).toBe(true);
  });

  test("a long sentence is spoken to its end", async () => {
    const half = await say(engine, "one two three four five six seven eight");
    const whole = await say(engine, "one two three four five six seven eight, ".repeat(2));
    expect(whole.length).toBeGreaterThan(1.8 * half.length);
  });

  test("nine speakers, each with a sound of its own", async () => {
    const names = engine.status().models[0]!.speakers.map((each) => each.name);
    expect(names).toHaveLength(9);
    const clips = await Promise.all(
      names.map((name) => say(engine, sentences.English![0], speaker(name))),
    );
    for (const [index, clip] of clips.entries()) {
      for (const other of clips.slice(index + 1)) expect(same(clip, other)).toBe(false);
    }
  });

  test("Auto speaks each language as if it had been named", async () => {
    for (const [language, [text]] of Object.entries(sentences)) {
      const named = await say(engine, text, { language });
      const found = await say(engine, text, { language: "Auto" });
      expect(same(named, found), language).toBe(true);
    }
  });

  test("Japanese kanji are read: they sound as their kana do", async () => {
    const kanji = await say(engine, "天気", { language: "Japanese" });
    const kana = await say(engine, "テンキ", { language: "Japanese" });
    expect(same(kanji, kana)).toBe(true);
  });

  test("nothing in a text is obeyed", async () => {
    const plain = await say(engine, "hello");
    expect(same(await say(engine, "[[h@l'oU]]"), plain)).toBe(false);
    const pause = await say(engine, "a <break time='9s'/> b");
    expect(pause.length / 22_050).toBeLessThan(8);
    const odd = ["...", "?!", "\u0000", "\ud800x", "😀", "a\u0001b", "x".repeat(5000), "\ue000"];
    for (const text of odd) {
      const samples = await say(engine, text, { limits: { maxSeconds: 5 } });
      expect(samples.length, JSON.stringify(text.slice(0, 9))).toBeGreaterThanOrEqual(2205);
    }
  });

  test("maxSeconds is exact", async () => {
    const long = await collect(
      engine,
      request("word ".repeat(50), { limits: { maxSeconds: 1.5 } }),
    );
    expect(long.samples).toHaveLength(Math.round(1.5 * 22_050));
    expect(long.end?.finishReason).toBe("length");
  });

  test("a consumer that stops holds up nobody", async () => {
    const idle = Array.from({ length: 8 }, () => sip(engine, request("Very long. ".repeat(400))));
    for (const sips of idle) await sips.next();
    expect((await say(engine, "quick")).length).toBeGreaterThan(0);
    for (const sips of idle) await sips.leave();
    await statusWhere(engine, (status) => status.activeRows === 0);
  });
});

describe("when the program dies", () => {
  test("running requests fail as crashed, and the next one works", async () => {
    const engine = start();
    await statusWhere(engine, ({ models }) => models[0]!.state.kind === "ready");
    const sips = sip(engine, request("A long text that is cut. ".repeat(300)));
    await sips.next();
    await sips.next();
    process.kill(engine.pid!, "SIGKILL");
    const rest = (async () => {
      while ((await sips.next()) !== undefined);
    })();
    await expect(rest).rejects.toMatchObject({ code: "crashed", retryable: true });
    expect((await say(engine, "back again")).length).toBeGreaterThan(0);
    await engine.close();
  });

  test("close ends it", async () => {
    const engine = start();
    await statusWhere(engine, ({ models }) => models[0]!.state.kind === "ready");
    const pid = engine.pid!;
    await engine.close();
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test("a program that does not start: failed with the reason, requests fail, nothing hangs", async () => {
    const endsAtOnce = program.replace(/main(\.\w+)$/, "turns$1");
    const engine = createPreviewEngine({ program: endsAtOnce, logger });
    await expect(say(engine, "x")).rejects.toMatchObject({ code: "crashed" });
    await expect(say(engine, "x")).rejects.toMatchObject({ code: "crashed" });
    await engine.close();
  });
});

test("a program that sends something else is stopped, and the server lives", async () => {
  const folder = await mkdtemp(join(tmpdir(), "preview-"));
  const other = join(folder, "other.mjs");
  await writeFile(
    other,
    'process.stdout.write("Hello, I am a program.\\n"); setInterval(() => 0, 1e6);',
  );
  const causes: unknown[] = [];
  const engine = createPreviewEngine({
    program: other,
    logger: { warn: (details) => causes.push(details) },
  });
  const pid = engine.pid!;
  await expect(say(engine, "x")).rejects.toMatchObject({ code: "crashed", retryable: true });
  expect(causes[0]).toEqual({ cause: "it sent something that is no frame" });
  await engine.close();
  await rm(folder, { recursive: true });
  await expect.poll(() => isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("without the program: absent, and a request says what to do", async () => {
  const engine = createPreviewEngine({ program: `${program}.missing`, logger });
  expect(engine.status().models[0]!.state).toMatchObject({ kind: "absent" });
  await expect(say(engine, "x")).rejects.toMatchObject({
    code: "not_ready",
    message: expect.stringMatching(/preview-voice.*npm run build/) as string,
  });
  await engine.close();
});
