import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readGoldens, writeQwenTokenizer, type Goldens } from "../testing/qwen-vocabulary.ts";
import type { Pretokenizer } from "./pretokenizer.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";

const pretokenizers: Pretokenizer[] = ["qwen", "mistral"];
let folder: string;
let goldens: Goldens;
let tokenizers: Record<Pretokenizer, Tokenizer>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
  await writeQwenTokenizer(folder);
  goldens = await readGoldens();
  tokenizers = {
    qwen: await loadTokenizer({ folder }, "qwen"),
    mistral: await loadTokenizer({ folder }, "mistral"),
  };
});
afterAll(() => rm(folder, { recursive: true }));

async function loadFiles(files: Record<string, string>): Promise<Tokenizer> {
  const own = await mkdtemp(join(tmpdir(), "tokenizer-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(own, name), text);
    return await loadTokenizer({ folder: own }, "qwen");
  } finally {
    await rm(own, { recursive: true });
  }
}

test("the fixture is the published vocabulary, by the published files' digests", async () => {
  const digest = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
  expect(await digest("merges.txt")).toMatch(/^599bab54.*e26f5e3$/);
  expect(await digest("vocab.json")).toMatch(/^ca10d7e9.*b1440910$/);
});

/** Published for the two patterns; one list stands for both. */
const vectors: [text: string, qwen: number[], mistral?: number[]][] = [
  ["Hello, world.", [9707, 11, 1879, 13]],
  [" leading space", [6388, 3550]],
  ["line one\nline two", [1056, 825, 198, 1056, 1378]],
  ["a\n\n\nb", [64, 1406, 65]],
  [
    "今天天气很好，我们去公园散步吧。",
    [100644, 104307, 101243, 3837, 97639, 85336, 102077, 111261, 100003, 1773],
  ],
  [
    "The iPhone uses XMLHttpRequest internally.",
    [785, 12167, 5711, 45838, 33067, 13],
    [785, 600, 6939, 5711, 11874, 2905, 1900, 33067, 13],
  ],
  ["getUserByIdOrThrow", [28440, 2720, 2195, 23079], [455, 1474, 1359, 764, 2195, 23079]],
];

test.each(vectors)("%j", (text, qwen, mistral = qwen) => {
  expect(tokenizers.qwen.encode(text)).toEqual(qwen);
  expect(tokenizers.mistral.encode(text)).toEqual(mistral);
});

test.each(pretokenizers)("1,000 random strings equal the reference: %s", (pretokenizer) => {
  expect(goldens.strings).toHaveLength(1000);
  const ids = goldens.strings.map((text) => tokenizers[pretokenizer].encode(text));
  const wrong = goldens.strings.flatMap((text, index) =>
    String(ids[index]) === String(goldens[pretokenizer][index])
      ? []
      : [{ text, found: ids[index], expected: goldens[pretokenizer][index] }],
  );
  expect(wrong).toEqual([]);
});

test("a control token in a text is text", () => {
  for (const name of ["<|im_end|>", "<|im_start|>", "<tts_pad>", "<|endoftext|>"]) {
    const ids = tokenizers.qwen.encode(`a ${name} b`);
    expect(ids).not.toContain(tokenizers.qwen.addedToken(name));
    expect(ids.length).toBeGreaterThan(4);
  }
  expect(tokenizers.qwen.addedToken("<|im_end|>")).toBe(151_645);
  expect(tokenizers.qwen.addedToken("<tts_text_eod>")).toBe(151_673);
});

test("tokenizer.json gives what the three files give, with merges of either form", async () => {
  const { files, prompts } = goldens.small[0]!;
  const apart = await loadFiles(files);
  const merges = files["merges.txt"]!.trimEnd().split("\n").slice(1);
  const vocab: unknown = JSON.parse(files["vocab.json"]!);
  const added_tokens = [{ id: 1000, content: "<|endoftext|>" }];
  for (const form of [merges, merges.map((merge) => merge.split(" "))]) {
    const model = { type: "BPE", vocab, merges: form };
    const whole = await loadFiles({ "tokenizer.json": JSON.stringify({ added_tokens, model }) });
    expect(whole.addedToken("<|endoftext|>")).toBe(apart.addedToken("<|endoftext|>"));
    for (const { source } of prompts) expect(whole.encode(source)).toEqual(apart.encode(source));
  }
});

test("a long text without spaces", () => {
  // A search of the whole piece for each merge would not come to an end here.
  const ids = tokenizers.qwen.encode("今天天气".repeat(20_000));
  expect(ids).toEqual(Array.from({ length: 20_000 }, () => [100644, 104307]).flat());
});

describe("what is wrong with the files is named", () => {
  const files = {
    "vocab.json": `{"a":0,"b":1,"ab":2}`,
    "merges.txt": "#version: 0.2\na b\n",
    "tokenizer_config.json": `{"added_tokens_decoder":{"3":{"content":"<|im_end|>"}}}`,
  };
  const whole = (model: object) => ({ "tokenizer.json": JSON.stringify({ model }) });
  const vocab = { a: 0, b: 1 };
  const cases: [string, Record<string, string>, RegExp][] = [
    ["no JSON", { "vocab.json": "{" }, /^vocab\.json: it is not JSON/],
    ["a list", { "vocab.json": "[]" }, /^vocab\.json: it is not a JSON object/],
    ["no id", { "vocab.json": `{"a":0,"b":1,"ab":"x"}` }, /^vocab\.json: the id of "ab" is "x"/],
    ["a negative id", { "vocab.json": `{"ab":-1}` }, /^vocab\.json: the id of "ab" is -1/],
    ["one token", { "merges.txt": "a\n" }, /^merges\.txt: the merge "a" is not two tokens/],
    ["three tokens", { "merges.txt": "a b a\n" }, /^merges\.txt: the merge "a b a" is not two/],
    ["not of this vocabulary", { "merges.txt": "b a" }, /^merges\.txt: it makes "ba", which the/],
    ["a name of Object", { "merges.txt": "constr uctor" }, /^merges\.txt: it makes "constructor"/],
    ["another model", whole({ type: "Unigram" }), /^tokenizer\.json: its model type is "Unigram"/],
    ["no model", { "tokenizer.json": "{}" }, /^tokenizer\.json: its model type is missing/],
    ["no vocab", whole({ type: "BPE" }), /^tokenizer\.json: its model has no vocab/],
    ["no list", whole({ type: "BPE", vocab }), /^tokenizer\.json: its model has no merges/],
    [
      "merges of numbers",
      whole({ type: "BPE", vocab, merges: [7] }),
      /^tokenizer\.json: the merge "7" is not two tokens/,
    ],
    [
      "other rules",
      whole({ type: "BPE", vocab, merges: [], byte_fallback: true }),
      /^tokenizer\.json: it sets ignore_merges or byte_fallback/,
    ],
  ];
  test.each(cases)("%s", async (_name, change, message) => {
    const error = await loadFiles({ ...files, ...change }).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: "EngineError", code: "not_ready" });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain(tmpdir());
  });

  test.each(["vocab.json", "merges.txt", "tokenizer_config.json"] as const)(
    "no %s",
    async (name) => {
      const others = Object.entries(files).filter(([other]) => other !== name);
      await expect(loadFiles(Object.fromEntries(others))).rejects.toThrow(
        `${name}: is missing. A checkpoint has vocab`,
      );
    },
  );

  test("an added token that is not there", async () => {
    const tokenizer = await loadFiles(files);
    expect(tokenizer.encode("aba")).toEqual([2, 0]);
    expect(() => tokenizer.addedToken("<|im_start|>")).toThrow(
      /^tokenizer_config\.json: it has no added token "<\|im_start\|>"/,
    );
  });
});
