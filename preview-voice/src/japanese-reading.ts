// Japanese text in, the same text in katakana as it is pronounced out: eSpeak NG cannot read kanji.
// Runs in the thread of `japanese-worker.ts`; loading the dictionary takes 0.3 s and 100 MB.
import { TokenizerBuilder } from "lindera-wasm-nodejs-ipadic";
import { spellNumbers } from "./japanese-numbers.ts";

type Token = { surface: string; pronunciation?: string };

export type JapaneseReader = (text: string) => string;

export function loadJapaneseReader(): JapaneseReader {
  const builder = new TokenizerBuilder();
  builder.setDictionary("embedded://ipadic");
  builder.setMode("normal");
  const tokenizer = builder.build();
  return (text) => {
    const tokens = tokenizer.tokenize(spellNumbers(text)) as Token[];
    return tokens.map(({ surface, pronunciation }) => pronunciation ?? surface).join("");
  };
}
