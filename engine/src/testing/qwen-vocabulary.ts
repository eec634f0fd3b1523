// Qwen's published tokenizer files, rebuilt from the fixture's list of merges, and what the reference tokenizer
// makes of texts. In: a folder. Out: vocab.json and merges.txt in it, byte for byte the published ones, and a
// tokenizer_config.json with its added tokens.
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const fixture = new URL("../../test/fixtures/qwen-vocabulary/", import.meta.url);

export async function writeQwenTokenizer(folder: string): Promise<void> {
  const merges = await readFixture("merges.txt.gz");
  await writeFile(join(folder, "merges.txt"), merges);
  await writeFile(join(folder, "vocab.json"), vocabularyOf(merges));
  await copyFile(new URL("tokenizer_config.json", fixture), join(folder, "tokenizer_config.json"));
}

type Prompt = { role: number[]; text: number[]; instruct: number[]; reference: number[] };

/** As reference/tokenizer_goldens.py writes them. */
export type Goldens = {
  strings: string[];
  qwen: number[][];
  mistral: number[][];
  prompts: { source: string; qwen: Prompt; mistral: Prompt }[];
  small: { files: Record<string, string>; prompts: ({ source: string } & Prompt)[] }[];
};

export async function readGoldens(): Promise<Goldens> {
  return JSON.parse(await readFixture("goldens.json.gz")) as Goldens;
}

async function readFixture(name: string): Promise<string> {
  return gunzipSync(await readFile(new URL(name, fixture))).toString();
}

/** First the 256 bytes, the printable ones before the others, then what each merge makes. */
function vocabularyOf(merges: string): string {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const isPrintable = (byte: number) => /[!-~¡-¬®-ÿ]/.test(String.fromCharCode(byte));
  const printable = bytes.filter(isPrintable);
  const others = bytes.filter((byte) => !isPrintable(byte)).map((_, place) => 256 + place);
  const merged = merges.trimEnd().split("\n");
  const tokens = [
    ...[...printable, ...others].map((code) => String.fromCharCode(code)),
    ...merged.map((merge) => merge.replace(" ", "")),
  ];
  // Not an object: that would sort the digits, which are tokens, to the front.
  return `{${tokens.map((token, id) => `${JSON.stringify(token)}:${id}`).join(",")}}`;
}
