// Whole folders that are damaged: files cut short anywhere, and dimensions that no tensor bears out.
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { loadModel } from "../local/load-model.ts";
import type { SpeechRequest } from "../speech-engine.ts";
import { collect, speechRequest } from "../testing/collect.ts";
import { fixturePath } from "../testing/goldens.ts";
import { createPromptWriter } from "../text/prompt.ts";
import { loadTokenizer } from "../text/tokenizer.ts";
import { openCheckpoint } from "./checkpoint.ts";

let place: string;
let folder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "damage-"));
  folder = join(place, "checkpoint");
});
afterEach(() => rm(place, { recursive: true }));

const copy = (fixture: string) => cp(fixturePath(fixture), folder, { recursive: true });

async function openAll(): Promise<void> {
  await openCheckpoint(folder);
  createPromptWriter(await loadTokenizer({ folder }, "qwen"))({ text: "So it is said." });
}

/** What is wrong; undefined where nothing is. Anything but an EngineError that can be read fails the test. */
async function faultOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    expect(error.message).not.toContain(place);
    expect(error.message.length).toBeLessThan(900);
    return error.message;
  }
}

/** 8 bytes are the header's length; where it ends the data begins. */
function cuts(bytes: Buffer, isWeights: boolean): number[] {
  const anywhere = [0, 1, Math.floor(bytes.length / 2), bytes.length - 2];
  if (!isWeights) return anywhere;
  const header = Number(bytes.readBigUInt64LE());
  const ends = [7, 8, 9, 8 + Math.floor(header / 2), 8 + header - 1, 8 + header, 8 + header + 1];
  return [...anywhere, ...ends, bytes.length - 1];
}

describe("a file that is cut short is named", () => {
  const weights = [
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "speech_tokenizer/model.safetensors",
  ];
  const texts = [
    ...["config.json", "generation_config.json", "model.safetensors.index.json"],
    ...["vocab.json", "tokenizer_config.json", "speech_tokenizer/config.json"],
  ];
  const cases: [fixture: string, file: string][] = [
    ...[...weights, ...texts].map((file): [string, string] => ["base-0b6", file]),
    ["voice-design", "tokenizer.json"],
  ];
  test.each(cases)("%s, %s", async (fixture, file) => {
    await copy(fixture);
    const path = join(folder, file);
    const bytes = await readFile(path);
    for (const length of cuts(bytes, file.endsWith(".safetensors"))) {
      await writeFile(path, bytes);
      await truncate(path, length);
      expect(await faultOf(openAll), `${length} bytes`).toContain(file);
    }
  });

  test("merges.txt, unless it ends with a line", async () => {
    await copy("base-0b6");
    const path = join(folder, "merges.txt");
    const bytes = await readFile(path);
    for (let length = bytes.length - 1; length > bytes.length - 20; length--) {
      await writeFile(path, bytes.subarray(0, length));
      const fault = await faultOf(openAll);
      if (fault !== undefined) expect(fault).toMatch(/^merges\.txt: /);
    }
  });
});

test("what is no file is not read: it might never end", async () => {
  for (const name of ["config.json", "vocab.json", "speech_tokenizer/model.safetensors"]) {
    await copy("voice-design");
    await rm(join(folder, "tokenizer.json"));
    await cp(fixturePath("base-0b6/vocab.json"), join(folder, "vocab.json"));
    await cp(fixturePath("base-0b6/merges.txt"), join(folder, "merges.txt"));
    await rm(join(folder, name));
    await mkdir(join(folder, name));
    expect(await faultOf(openAll)).toMatch(/: (it is not a file|cannot be read)/);
    await rm(folder, { recursive: true });
  }
});

/** Of speech, none of which is the size of anything. */
const harmless = [
  /position_id_per_seconds$/,
  /max_position_embeddings$/,
  /mrope_section/,
  /rope_theta$/,
  /norm_eps$/,
  /layer_scale_initial_scale$/,
  /attention_dropout$/,
  /^talker_config\.sliding_window$/,
  /(temperature|top_k|repetition_penalty|max_new_tokens)$/,
  // Of the codec's decoder upstream does not read these either.
  /decoder_config\.(num_semantic_quantizers|semantic_codebook_size|vector_quantization_hidden_dimension)$/,
  /encoder_config\.(trim_right_ratio|upsample_groups|sliding_window)$/,
  // Mirrored at the ends of a recording, which is refused where it is shorter.
  /enc_dilations/,
];
const files = ["config.json", "generation_config.json", "speech_tokenizer/config.json"];
const huge = 2 ** 26;

test("a dimension that no tensor bears out is refused before anything is as large as that", async () => {
  await copy("base-1b7");
  const before = process.memoryUsage().arrayBuffers;
  for (const file of files) {
    const path = join(folder, file);
    const text = await readFile(path, "utf8");
    const json = JSON.parse(text) as object;
    for (const name of numbersOf(json)) {
      await writeFile(path, JSON.stringify(withNumber(json, (at) => at === name, huge)));
      const fault = await faultOf(() => openCheckpoint(folder));
      if (harmless.some((pattern) => pattern.test(name))) continue;
      expect(fault, name).toMatch(
        /^(speech_tokenizer\/)?((generation_)?config\.json|model\.safetensors): /,
      );
    }
    await writeFile(path, text);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(huge);
});

test("those that are the size of nothing change no memory", async () => {
  await copy("voice-design");
  process.env.QWEN_TTS_CACHE = join(place, "cache");
  for (const file of files) {
    const path = join(folder, file);
    const json = JSON.parse(await readFile(path, "utf8")) as object;
    const isHarmless = (name: string) => harmless.some((pattern) => pattern.test(name));
    await writeFile(path, JSON.stringify(withNumber(json, isHarmless, huge)));
  }
  const before = process.memoryUsage().arrayBuffers;
  const model = await loadModel(folder, { threads: 1 });
  const { samples } = await collect(model, {
    ...designed("One."),
    limits: { maxFrames: 1 },
  });
  await model.close();
  expect(samples).toHaveLength(model.info.frameSamples);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(huge);
});

function designed(text: string): SpeechRequest {
  const voice = { kind: "design", description: "" } as const;
  return { ...speechRequest({ text, speaker: "", language: "Auto" }), voice };
}

/** Numbers of a JSON object by the keys that lead to them. */
function numbersOf(json: object): string[] {
  const names: string[] = [];
  withNumber(json, (name) => names.push(name) === 0, 0);
  return names;
}

/** A copy in which the numbers that are meant have another value. */
function withNumber(json: unknown, isMeant: (name: string) => boolean, value: number): unknown {
  const walk = (part: unknown, keys: string[]): unknown => {
    if (typeof part === "number") return isMeant(keys.join(".")) ? value : part;
    if (Array.isArray(part)) return part.map((item, at) => walk(item, [...keys, String(at)]));
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, child]) => [key, walk(child, [...keys, key])]),
    );
  };
  return walk(json, []);
}

test.each([
  ["base-0b6", ["vocab.json", "merges.txt", "tokenizer_config.json"]],
  ["voice-design", ["tokenizer.json"]],
] as const)("200 damaged tokenizers of %s: an EngineError each, or ids", async (fixture, names) => {
  await copy(fixture);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const damage = fc.array(fc.tuple(fc.nat(1e6), fc.nat(127)), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.nat(names.length - 1), damage, async (which, changes) => {
      const path = join(folder, names[which]!);
      const bytes = Buffer.from(contents[which]!);
      for (const [position, value] of changes) bytes[position % bytes.length] = value;
      await writeFile(path, bytes);
      await faultOf(async () => {
        const tokenizer = await loadTokenizer({ folder }, "qwen");
        const { text } = createPromptWriter(tokenizer)({ text: "Zwölf Boxkämpfer, 今天。" });
        expect(text.every((id) => Number.isSafeInteger(id) && id >= 0)).toBe(true);
      });
      await writeFile(path, contents[which]!);
    }),
    { numRuns: 200 },
  );
});

test("a token without a row in the text embedding", async () => {
  await copy("voice-design");
  process.env.QWEN_TTS_CACHE = join(place, "cache");
  const path = join(folder, "tokenizer.json");
  const json = JSON.parse(await readFile(path, "utf8")) as { model: { vocab: object } };
  json.model.vocab = { ...json.model.vocab, a: 1_000_000 };
  await writeFile(path, JSON.stringify(json));
  const model = await loadModel(folder, { threads: 1 });
  const fault = await faultOf(() => collect(model, designed("a")));
  await model.close();
  expect(fault).toMatch(/^config\.json: .*text_vocab_size is \d+, but the tokenizer gave/);
});
