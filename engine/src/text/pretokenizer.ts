// Cuts a text into the pieces that byte-pair encoding never merges across. In: text in NFC.
// Out: its pieces, which together are the text. Does not know tokens.
//
// `qwen` is the pattern that the text model was trained with. `mistral` is the one that the official
// package ends up with for a local folder (it asks transformers for `fix_mistral_regex`); they differ
// in mixed-case words and in scripts that write words without spaces between them.
//
// The reference runs them on another engine of regular expressions. What JavaScript does otherwise:
// its \s lacks U+0085 and has U+FEFF, so \p{White_Space} stands here, the same set as the reference's \s;
// (?i:…) is written out, with the long s "ſ", which folds to s.
// Unicode's version is the runtime's, the reference's is 16: a letter newer than that may be cut otherwise.

export type Pretokenizer = "qwen" | "mistral";

const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const beforeLetters = String.raw`[^\r\n\p{L}\p{N}]?`;
const space = String.raw`\p{White_Space}`;
const symbols = String.raw` ?[^${space}\p{L}\p{N}]+`;

const spaces = [
  String.raw`${space}*[\r\n]+`,
  String.raw`${space}+(?!\P{White_Space})`,
  `${space}+`,
];

const patterns: Record<Pretokenizer, RegExp> = {
  qwen: alternatives([
    `'(?:[sSſtTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])`,
    String.raw`${beforeLetters}\p{L}+`,
    String.raw`\p{N}`,
    String.raw`${symbols}[\r\n]*`,
    ...spaces,
  ]),
  mistral: alternatives([
    `${beforeLetters}${upper}*${lower}+`,
    `${beforeLetters}${upper}+${lower}*`,
    String.raw`\p{N}`,
    String.raw`${symbols}[\r\n/]*`,
    ...spaces,
  ]),
};

function alternatives(parts: string[]): RegExp {
  return new RegExp(parts.join("|"), "gu");
}

export function splitIntoPieces(text: string, pretokenizer: Pretokenizer): string[] {
  return text.match(patterns[pretokenizer]) ?? [];
}
