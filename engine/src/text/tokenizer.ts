// Text -> token ids, as Qwen2's reference tokenizer gives them. In: a checkpoint's tokenizer files, then
// texts. Out: ids. Does not know prompts.
// A text is never more than text: `<|im_end|>` in it becomes the ordinary tokens of its letters, where
// the reference would let it end the prompt.
import { byteCharacters } from "./byte-characters.ts";
import { mergePairs } from "./byte-pair-merge.ts";
import { splitIntoPieces, type Pretokenizer } from "./pretokenizer.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";
import { readVocabulary, type Vocabulary } from "./vocabulary.ts";

export type Tokenizer = {
  encode: (text: string) => number[];
  /** The id of a token that `encode` never gives, such as `<|im_start|>`. */
  addedToken: (name: string) => number;
};

/** @throws EngineError that names the file and what is wrong with it */
export async function loadTokenizer(
  files: TokenizerFiles,
  pretokenizer: Pretokenizer,
): Promise<Tokenizer> {
  const vocabulary = await readVocabulary(files);
  return {
    encode: (text) =>
      splitIntoPieces(text.normalize("NFC"), pretokenizer).flatMap((piece) =>
        encodePiece(piece, vocabulary),
      ),
    addedToken: vocabulary.addedToken,
  };
}

const utf8 = new TextEncoder();

/**
 * A byte that the vocabulary lacks is left out, as the reference does. Half of a surrogate pair, which
 * UTF-8 cannot express, is encoded as U+FFFD; the reference refuses it.
 */
function encodePiece(piece: string, { tokenId, ranks }: Vocabulary): number[] {
  const characters = Array.from(utf8.encode(piece), (byte) => byteCharacters[byte]!);
  const symbols = characters.filter((character) => tokenId(character) !== undefined);
  // What a merge makes is a token too: readVocabulary has seen to it.
  return mergePairs(symbols, ranks).map((token) => tokenId(token)!);
}
