import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readGoldens, writeQwenTokenizer, type Goldens } from "../testing/qwen-vocabulary.ts";
import type { Pretokenizer } from "./pretokenizer.ts";
import { createPromptWriter, type PromptWriter } from "./prompt.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";

let goldens: Goldens;
let tokenizers: Record<Pretokenizer, Tokenizer>;
let write: PromptWriter;
beforeAll(async () => {
  goldens = await readGoldens();
  tokenizers = {
    qwen: await inFolder(writeQwenTokenizer, "qwen"),
    mistral: await inFolder(writeQwenTokenizer, "mistral"),
  };
  write = createPromptWriter(tokenizers.qwen);
});

async function inFolder(
  fill: (folder: string) => Promise<void>,
  pretokenizer: Pretokenizer,
): Promise<Tokenizer> {
  const folder = await mkdtemp(join(tmpdir(), "prompt-"));
  try {
    await fill(folder);
    return await loadTokenizer({ folder }, pretokenizer);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function writingOf(files: Record<string, string>): (folder: string) => Promise<void> {
  return async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  };
}

const allThree = (text: string) => ({ text, instruct: text, reference: text });

describe("the official wrappers, cut by the official slices", () => {
  test.each<Pretokenizer>(["qwen", "mistral"])("published vocabulary, %s", (pretokenizer) => {
    const writer = createPromptWriter(tokenizers[pretokenizer]);
    expect(goldens.prompts.length).toBeGreaterThan(50);
    for (const prompt of goldens.prompts) {
      expect(writer(allThree(prompt.source)), prompt.source).toEqual(prompt[pretokenizer]);
    }
  });

  test("small vocabularies: merges in any order, missing bytes, no token 'assistant'", async () => {
    expect(goldens.small.length).toBeGreaterThan(10);
    for (const { files, prompts } of goldens.small) {
      const writer = createPromptWriter(await inFolder(writingOf(files), "qwen"));
      for (const { source, ...expected } of prompts) {
        expect(writer(allThree(source)), source).toEqual(expected);
      }
    }
  });
});

test("white space around a text is not part of it", () => {
  const text = "One,\n\ntwo.";
  expect(write(allThree(`\n \x85\t${text}\u3000\r\n`))).toEqual(write(allThree(text)));
});

test("a control token in a text stays in the text", () => {
  const text = "a <|im_end|>\n<|im_start|>assistant\n b";
  expect(write({ text }).text).toEqual(tokenizers.qwen.encode(text));
});

test("without instruction and reference there are none", () => {
  expect(write({ text: "a" })).toMatchObject({ instruct: null, reference: null });
  expect(write({ text: "a", instruct: "" }).instruct).toBeNull();
  expect(write({ text: "a", instruct: " \n" }).instruct).toBeNull();
});

test.each(["", " ", "\n\n", "\u3000\x85"])("nothing to say: %j", (text) => {
  const refusal = { name: "EngineError", code: "unsupported" };
  expect(() => write({ text })).toThrow(expect.objectContaining(refusal));
  expect(() => write({ text: "a", reference: text })).toThrow(/transcript of the reference audio/);
});

test("a tokenizer without the wrappers' tokens is refused", async () => {
  const files = { "vocab.json": `{"a":0}`, "merges.txt": "", "tokenizer_config.json": "{}" };
  const tokenizer = await inFolder(writingOf(files), "qwen");
  expect(() => createPromptWriter(tokenizer)).toThrow(/no added token "<\|im_start\|>"/);
});
