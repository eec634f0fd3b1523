// A byte-level tokenizer of the right size that knows no language. In: how many ids the text vocabulary has
// and which are special. Out: the contents of vocab.json, merges.txt and tokenizer_config.json, which
// upstream's package loads as well.

export type TokenizerContents = { vocab: string; merges: string; config: string };

export type TokenizerIds = {
  /** Special tokens by content, all behind the ordinary ids. */
  special: Readonly<Record<string, number>>;
  /** The id of the word "assistant", which every prompt has; anywhere where it is null. */
  assistant: number | null;
};

/** Must be one token each: upstream cuts prompts at fixed places. */
const wholeWords = ["assistant", "user"];

export function randomTokenizer({ special, assistant }: TokenizerIds): TokenizerContents {
  const ordinary = Math.min(...Object.values(special));
  const merges = drawMerges(ordinary - byteSymbols.length);
  const tokens = [...byteSymbols, ...merges.map(([left, right]) => left + right)];
  if (assistant !== null) swap(tokens, tokens.indexOf("assistant"), assistant);
  return {
    vocab: JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id]))),
    merges: ["#version: 0.2", ...merges.map((pair) => pair.join(" ")), ""].join("\n"),
    config: JSON.stringify(tokenizerConfig(special, ordinary), null, 2),
  };
}

/** The printable symbols that stand for the 256 bytes, in the order in which GPT-2 numbers them. */
const byteSymbols = (() => {
  const ranges = [
    [0x21, 0x7e],
    [0xa1, 0xac],
    [0xae, 0xff],
  ] as const;
  const printable = ranges.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)),
  );
  const others = Array.from({ length: 256 - printable.length }, (_, index) =>
    String.fromCodePoint(0x100 + index),
  );
  return [...printable, ...others];
})();

function drawMerges(count: number): [left: string, right: string][] {
  const merges: [string, string][] = wholeWords.flatMap((word) =>
    Array.from({ length: word.length - 1 }, (_, index): [string, string] => [
      word.slice(0, index + 1),
      word[index + 1]!,
    ]),
  );
  if (count < merges.length) {
    throw new RangeError(`${count} merges are too few for ${wholeWords.join(" and ")}`);
  }
  const known = new Set(merges.map((pair) => pair.join("")));
  for (const left of [...byteSymbols, ...pairs()]) {
    for (const right of byteSymbols) {
      if (merges.length === count) return merges;
      if (known.has(left + right)) continue;
      known.add(left + right);
      merges.push([left, right]);
    }
  }
  return merges;
}

function* pairs(): Generator<string> {
  for (const left of byteSymbols) for (const right of byteSymbols) yield left + right;
}

function swap(tokens: string[], from: number, to: number): void {
  if (to >= tokens.length) throw new RangeError(`id ${to} is not an ordinary one`);
  [tokens[from], tokens[to]] = [tokens[to]!, tokens[from]!];
}

/** Without gaps, because transformers numbers added tokens one after the other. */
function tokenizerConfig(special: Readonly<Record<string, number>>, first: number): object {
  const contents = new Map(Object.entries(special).map(([content, id]) => [id, content]));
  const last = Math.max(...contents.keys());
  const added = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const flags = { lstrip: false, normalized: false, rstrip: false, single_word: false };
  const tokenOf = (id: number) => ({
    content: contents.get(id) ?? `<|reserved_${id}|>`,
    ...flags,
    special: true,
  });
  return {
    add_prefix_space: false,
    added_tokens_decoder: Object.fromEntries(added.map((id) => [id, tokenOf(id)])),
    bos_token: null,
    clean_up_tokenization_spaces: false,
    eos_token: "<|im_end|>",
    errors: "replace",
    model_max_length: 131_072,
    pad_token: "<|endoftext|>",
    split_special_tokens: false,
    tokenizer_class: "Qwen2Tokenizer",
    unk_token: null,
  };
}
