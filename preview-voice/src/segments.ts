// Where to cut a text into segments that are spoken one by one: at the ends of sentences, and sentences
// that are too long at a clause, a word or anywhere. In: text so far. Out: where the next segment ends.
// A cut depends only on what is before it and the character behind it, so that text in pieces is cut as
// the whole text is. Knows nothing of languages.

export type Ending = "sentence" | "clause" | "word" | "inside";

/** The segment is `text.slice(start, end)`. */
export type Cut = { end: number; ending: Ending };

/**
 * The most a segment may cost, in letters: about 8 s of speech and 20 ms of work. Symbols and digits are
 * spoken as words and cost more.
 */
const costLimit = 100;
/** A clause that ends earlier than this is too short to cut a long sentence at. */
const leastClauseCost = 35;

const sentenceMark = /[.!?…]/u;
const clauseMark = /[,;:]/u;
/** After these no space is needed. */
const wideSentenceMark = /[。！？｡．]/u;
const wideClauseMark = /[、，；：､—–]/u;
const closer = /[\p{Pe}\p{Pf}"'”’]/u;
const space = /\s/u;

/** A dot after these words, or after a single letter, ends no sentence. */
const abbreviations = new Set(
  (
    "mr mrs ms dr prof st jr sr vs no nr etc inc fig vol approx ca bzw usw evtl ggf str tel " +
    "sra sres dra dott sig sigg avv mme mlle mm art pag pág núm им ул тел руб стр"
  ).split(" "),
);
const lastWord = /(\p{L}+)\.$/u;

/**
 * The end of the segment that starts at `start`, or null when it is not known before more text comes.
 * @param complete whether `text` is all there will be
 */
export function nextCut(text: string, start: number, complete: boolean): Cut | null {
  const scan = new Scan(text, start);
  for (let at = start; at < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(at)!);
    // Half of a pair may be followed by the other half.
    if (at + 1 === text.length && !complete && isHighSurrogate(character)) return null;
    const cut = scan.read(character, at);
    if (cut) return cut;
    at += character.length;
  }
  if (!complete || start === text.length) return null;
  return { end: text.length, ending: scan.ending };
}

type Pending = "sentence" | "wide sentence" | "clause" | "wide clause" | "none";

/** Reads one segment, character by character, and remembers where it could be cut. */
class Scan {
  readonly #text: string;
  readonly #start: number;
  #pending: Pending = "none";
  #cost = 0;
  #hasContent = false;
  #lineEnds = 0;
  /** The last end of a clause, of a word. */
  #clauseEnd = 0;
  #wordEnd = 0;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#start = start;
  }

  /** How the text ends if it ends here. */
  get ending(): Ending {
    return this.#pending.endsWith("clause") ? "clause" : "sentence";
  }

  read(character: string, at: number): Cut | null {
    const isSpace = space.test(character);
    const cut = this.#settle(character, isSpace, at);
    if (cut) return cut;
    if (isSpace) this.#wordEnd = this.#hasContent ? at : 0;
    else this.#hasContent = true;
    this.#notePending(character, at);
    this.#cost += costOf(character);
    if (this.#cost <= costLimit) return null;
    const partOfLetter = /\p{M}/u.test(character) && this.#cost < 2 * costLimit;
    return partOfLetter ? null : this.#cutLong(at);
  }

  /** What the marks before `at` meant is known now. */
  #settle(character: string, isSpace: boolean, at: number): Cut | null {
    if (isSpace && this.#hasContent) {
      this.#lineEnds += character === "\n" ? 1 : 0;
      if (this.#lineEnds === 2) return { end: at, ending: "sentence" };
    } else {
      this.#lineEnds = 0;
    }
    if (this.#pending === "none" || closer.test(character)) return null;
    const wide = this.#pending.startsWith("wide");
    if (!wide && !isSpace) {
      if (!marks(character)) this.#pending = "none";
      return null;
    }
    if (marks(character)) return null;
    if (this.#pending.endsWith("sentence")) return { end: at, ending: "sentence" };
    this.#pending = "none";
    if (this.#cost >= leastClauseCost) this.#clauseEnd = at;
    return null;
  }

  #notePending(character: string, at: number): void {
    if (wideSentenceMark.test(character)) this.#pending = "wide sentence";
    else if (sentenceMark.test(character)) {
      if (!this.#isAbbreviated(character, at) && this.#pending !== "wide sentence") {
        this.#pending = "sentence";
      }
    } else if (this.#pending.endsWith("sentence")) return;
    else if (wideClauseMark.test(character)) this.#pending = "wide clause";
    else if (clauseMark.test(character)) this.#pending = "clause";
  }

  #isAbbreviated(mark: string, at: number): boolean {
    if (mark !== ".") return false;
    const from = Math.max(this.#start, at - 16);
    const word = lastWord.exec(this.#text.slice(from, at + 1))?.[1];
    if (word === undefined) return false;
    return word.length === 1 ? word !== "I" : abbreviations.has(word.toLowerCase());
  }

  #cutLong(at: number): Cut {
    if (this.#clauseEnd > this.#start) return { end: this.#clauseEnd, ending: "clause" };
    if (this.#wordEnd > this.#start) return { end: this.#wordEnd, ending: "word" };
    return { end: at, ending: "inside" };
  }
}

function marks(character: string): boolean {
  return (
    sentenceMark.test(character) ||
    clauseMark.test(character) ||
    wideSentenceMark.test(character) ||
    wideClauseMark.test(character)
  );
}

function isHighSurrogate(character: string): boolean {
  return /[\ud800-\udbff]/u.test(character);
}

/** How long a character takes to say, in letters. Letters that no voice can read are spelled by name. */
function costOf(character: string): number {
  if (/[\p{Script=Han}]/u.test(character)) return 3;
  if (/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(character)) return 2;
  if (/\p{N}/u.test(character)) return 5;
  if (/[\p{S}%#@&*/\\_]/u.test(character)) return 6;
  if (/\p{L}/u.test(character) && !/[\p{Script=Latin}\p{Script=Cyrillic}]/u.test(character))
    return 8;
  return /\p{Lu}/u.test(character) ? 2 : 1;
}
