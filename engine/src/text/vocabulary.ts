// The tokens of a checkpoint. In: a folder with `tokenizer.json`, or with `vocab.json`, `merges.txt` and
// `tokenizer_config.json`. Out: ids, merges and added tokens, checked. Where both are there the first is
// read, as the official package does. Does not know how a text is cut into pieces.
// There are 150,000 tokens: what walks over all of them is most of the time that a tokenizer takes to load.
import { checkpointError } from "../checkpoint/checkpoint-error.ts";
import type { MergeRanks } from "./byte-pair-merge.ts";
import {
  isObject,
  parseObject,
  readTextFile,
  requireTextFile,
  type JsonObject,
  type TokenizerFiles,
} from "./tokenizer-files.ts";

export type Vocabulary = {
  tokenId: (token: string) => number | undefined;
  ranks: MergeRanks;
  /** The id of `<|im_start|>` or its like, which stand outside the text. */
  addedToken: (name: string) => number;
};

type TokenId = Vocabulary["tokenId"];

/** @throws EngineError that names the file and what is wrong with it */
export async function readVocabulary(files: TokenizerFiles): Promise<Vocabulary> {
  const whole = await readTextFile(files, "tokenizer.json");
  return whole === null ? fromVocabAndMerges(files) : fromTokenizerJson(whole);
}

async function fromVocabAndMerges(files: TokenizerFiles): Promise<Vocabulary> {
  const [vocabText, mergesText, configText] = await Promise.all([
    requireTextFile(files, "vocab.json"),
    requireTextFile(files, "merges.txt"),
    requireTextFile(files, "tokenizer_config.json"),
  ]);
  const vocab = parseObject("vocab.json", vocabText);
  const declared = parseObject("tokenizer_config.json", configText).added_tokens_decoder;
  const tokenId = idLookup(vocab, "vocab.json");
  return {
    tokenId,
    ranks: mergeRanks(mergeLines(mergesText), tokenId, "merges.txt"),
    // JavaScript gives such keys in the order of their numbers, the order in which they are added.
    addedToken: requireFrom(
      addedTokens(isObject(declared) ? Object.values(declared) : [], vocab, tokenId),
      "tokenizer_config.json",
    ),
  };
}

function fromTokenizerJson(text: string): Vocabulary {
  const file = "tokenizer.json";
  const json = parseObject(file, text);
  const model = isObject(json.model) ? json.model : {};
  if (model.type !== "BPE") {
    throw checkpointError(file, `its model type is ${shown(model.type)}, expected "BPE".`);
  }
  if (model.ignore_merges === true || model.byte_fallback === true) {
    throw checkpointError(file, "it sets ignore_merges or byte_fallback, Qwen's sets neither.");
  }
  const { vocab, merges } = model;
  if (!isObject(vocab)) throw checkpointError(file, "its model has no vocab. It is damaged.");
  if (!Array.isArray(merges))
    throw checkpointError(file, "its model has no merges. It is damaged.");
  const tokenId = idLookup(vocab, file);
  const declared: unknown[] = Array.isArray(json.added_tokens) ? json.added_tokens : [];
  return {
    tokenId,
    ranks: mergeRanks(merges.map(joinedMerge), tokenId, file),
    addedToken: requireFrom(addedTokens(declared, vocab, tokenId), file),
  };
}

/** The object itself is the table: a copy of it into a Map takes longer than to parse it. */
function idLookup(vocab: JsonObject, file: string): TokenId {
  return (token) => {
    // Not everything that an object answers to is an entry: "constructor".
    if (!Object.hasOwn(vocab, token)) return undefined;
    const id = vocab[token];
    if (typeof id === "number" && Number.isInteger(id) && id >= 0) return id;
    throw checkpointError(
      file,
      `the id of ${shown(token)} is ${shown(id)}, expected a whole number.`,
    );
  };
}

/** The first line may name a version. */
function mergeLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.startsWith("#version:")) lines.shift();
  return lines.filter((line) => line !== "");
}

/** A merge is `"left right"`, or in newer files `["left", "right"]`. */
function joinedMerge(merge: unknown): string {
  if (typeof merge === "string") return merge;
  return Array.isArray(merge) ? merge.join(" ") : shown(merge);
}

/** What each merge makes is a token. A merge that is there twice has its first rank. */
function mergeRanks(merges: readonly string[], tokenId: TokenId, file: string): MergeRanks {
  const ranks = new Map<string, number>();
  for (const merge of merges) {
    const gap = merge.indexOf(" ");
    if (gap < 1 || gap === merge.length - 1 || merge.includes(" ", gap + 1)) {
      throw checkpointError(file, `the merge ${shown(merge)} is not two tokens. It is damaged.`);
    }
    const merged = merge.slice(0, gap) + merge.slice(gap + 1);
    if (tokenId(merged) === undefined) {
      const fault = `it makes ${shown(merged)}, which the vocabulary lacks.`;
      throw checkpointError(file, `${fault} Are the files of one checkpoint?`);
    }
    if (!ranks.has(merge)) ranks.set(merge, ranks.size);
  }
  return ranks;
}

/**
 * The ids that the reference gives: a token of the vocabulary keeps its id, another gets the next
 * free one, in the order given. The ids written beside them are not looked at, here as there.
 */
function addedTokens(
  declared: readonly unknown[],
  vocab: JsonObject,
  tokenId: TokenId,
): Map<string, number> {
  const added = new Map<string, number>();
  let free = Object.keys(vocab).length;
  for (const token of declared) {
    const content = isObject(token) ? token.content : undefined;
    if (typeof content !== "string" || added.has(content)) continue;
    added.set(content, tokenId(content) ?? free++);
  }
  return added;
}

function requireFrom(added: ReadonlyMap<string, number>, file: string): Vocabulary["addedToken"] {
  return (name) => {
    const id = added.get(name);
    if (id !== undefined) return id;
    throw checkpointError(file, `it has no added token ${shown(name)}. Fetch it again.`);
  };
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 100);
}
