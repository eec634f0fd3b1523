// What comes out is speech that can be understood: the WAV of /tts/stream, from the real server with the
// preview voice, goes through a speech recogniser, through sox and through ffprobe.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPreviewEngine } from "../src/engines/preview/preview-engine.ts";
import { previewProgramPath } from "../src/engines/preview/preview-process.ts";
import { post, startServer, type TestServer } from "./test-server.ts";

const runFile = promisify(execFile);
const run = async (program: string, args: string[]): Promise<string> =>
  (await runFile(program, args)).stdout.trim();

let server: TestServer;
let folder: string;
beforeAll(async () => {
  const logger = { warn: () => undefined };
  server = await startServer(createPreviewEngine({ program: previewProgramPath(), logger }));
  folder = await mkdtemp(join(tmpdir(), "listening-"));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function speak(name: string, body: object, route = "/tts/stream"): Promise<string> {
  const response = await post(`${server.url}${route}`, body);
  expect(response.status).toBe(200);
  const path = join(folder, `${name}.wav`);
  await writeFile(path, new Uint8Array(await response.arrayBuffer()));
  return path;
}

const sentences = [
  "open the front door",
  "what time is it in london",
  "please turn on the kitchen light",
  "the weather is very nice today",
  "she bought seven green apples",
  "my telephone number has changed",
  "we are going to the station tomorrow",
  "this coffee is much too cold",
];

describe("a recogniser with a closed grammar of 8 sentences understands", () => {
  let grammar: string;
  beforeAll(async () => {
    grammar = join(folder, "sentences.gram");
    const text = `#JSGF V1.0;\ngrammar s;\npublic <s> = ${sentences.join(" | ")};\n`;
    await writeFile(grammar, text);
  });

  /** Silence around it, at the recogniser's 16 kHz. */
  async function recognise(wav: string): Promise<string> {
    const converted = wav.replace(/\.wav$/, ".16k.wav");
    const arguments_ = ["-r", "16000", "-c", "1", "-b", "16", converted, "pad", "0.3", "0.3"];
    await run("sox", ["-V1", "--ignore-length", wav, ...arguments_]);
    return run("pocketsphinx_continuous", [
      ...["-infile", converted, "-jsgf", grammar, "-logfn", "/dev/null"],
    ]);
  }

  test.each(sentences)("%s", async (sentence) => {
    const wav = await speak(sentence.replaceAll(" ", "-"), {
      text: `${sentence}.`,
      speaker: "Ryan",
    });
    expect(await recognise(wav)).toBe(sentence);
  });
});

const languages: [string, string, string][] = [
  ["Chinese", "今天天气很好，我们去公园散步吧。", "我昨天买了一本很有意思的书。"],
  ["Japanese", "今日は天気がとても良いですね。", "昨日は面白い本を買いました。"],
  ["Korean", "오늘은 날씨가 아주 좋네요.", "어제 재미있는 책을 샀어요."],
  ["German", "Heute ist das Wetter sehr schön.", "Gestern habe ich ein Buch gekauft."],
  ["French", "Il fait très beau aujourd'hui.", "J'ai acheté un livre hier."],
  ["Russian", "Сегодня очень хорошая погода.", "Вчера я купил интересную книгу."],
  ["Portuguese", "O tempo está muito bom hoje.", "Comprei um livro ontem."],
  ["Spanish", "Hoy hace muy buen tiempo.", "Ayer compré un libro."],
  ["Italian", "Oggi il tempo è molto bello.", "Ieri ho comprato un libro."],
];

async function samplesOf(wav: string): Promise<{ sampleRate: number; samples: Float32Array }> {
  const raw = wav.replace(/\.wav$/, ".f32");
  await run("sox", ["-V1", "--ignore-length", wav, "-t", "raw", "-e", "float", "-b", "32", raw]);
  const bytes = await readFile(raw);
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
  return { sampleRate: Number(await run("soxi", ["-r", wav])), samples };
}

/** Share of windows of 30 ms that are loud and repeat themselves at a pitch of 60 to 400 Hz. */
function voicedShare(samples: Float32Array, sampleRate: number): number {
  const window = Math.round(0.03 * sampleRate);
  let voiced = 0;
  let windows = 0;
  for (let at = 0; at + 2 * window < samples.length; at += window, windows++) {
    if (bestCorrelation(samples, at, sampleRate) > 0.6) voiced++;
  }
  return voiced / windows;
}

function bestCorrelation(samples: Float32Array, at: number, sampleRate: number): number {
  const window = Math.round(0.03 * sampleRate);
  let best = 0;
  for (let lag = Math.round(sampleRate / 400); lag < sampleRate / 60; lag++) {
    let product = 0;
    let here = 0;
    let there = 0;
    for (let i = at; i < at + window && i + lag < samples.length; i++) {
      product += samples[i]! * samples[i + lag]!;
      here += samples[i]! ** 2;
      there += samples[i + lag]! ** 2;
    }
    if (here > window * 1e-4) best = Math.max(best, product / Math.sqrt(here * there + 1e-12));
  }
  return best;
}

describe("the other nine languages: length, loudness, voice, and texts that differ", () => {
  test.each(languages)("%s", async (language, first, second) => {
    const clips = [];
    for (const [index, text] of [first, second].entries()) {
      clips.push(await samplesOf(await speak(`${language}-${index}`, { text, language })));
    }
    for (const { samples, sampleRate } of clips) {
      const seconds = samples.length / sampleRate;
      expect(seconds).toBeGreaterThan(1);
      expect(seconds).toBeLessThan(6);
      const rms = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
      expect(20 * Math.log10(rms)).toBeGreaterThan(-34);
      expect(20 * Math.log10(rms)).toBeLessThan(-6);
      expect(voicedShare(samples, sampleRate)).toBeGreaterThan(0.35);
    }
    const [one, other] = clips.map(({ samples }) => Buffer.from(samples.buffer));
    expect(one!.equals(other!)).toBe(false);
  });
});

describe("other programs open it", () => {
  const body = { text: "A clip for other programs, with a second sentence. Here it is.", seed: 3 };

  test.each(["/tts", "/tts/stream"])("%s: sox and ffprobe", async (route) => {
    const wav = await speak(`open${route.replaceAll("/", "-")}`, body, route);
    const ignore = route === "/tts" ? [] : ["--ignore-length"];
    await run("sox", ["-V1", ...ignore, wav, "-n", "stat"]);
    const probe = await run("ffprobe", [
      ...["-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels"],
      ...["-of", "default=noprint_wrappers=1", wav],
    ]);
    expect(probe.split("\n").sort()).toEqual([
      "channels=1",
      "codec_name=pcm_s16le",
      "sample_rate=22050",
    ]);
  });

  test.each([{}, { speed: 1.5 }, { pitch: 0.8 }, { speed: 0.7, pitch: 1.2 }])(
    "streamed samples are the whole clip's samples: %j",
    async (settings) => {
      const whole = await samplesOf(await speak("whole", { ...body, ...settings }, "/tts"));
      const streamed = await samplesOf(await speak("streamed", { ...body, ...settings }));
      expect(streamed.samples.length).toBeGreaterThan(22_050);
      expect(Buffer.from(streamed.samples.buffer).equals(Buffer.from(whole.samples.buffer))).toBe(
        true,
      );
    },
  );
});
