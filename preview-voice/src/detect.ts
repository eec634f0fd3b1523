// "Auto": which of the ten languages a segment is in. In: the segment and what the request's text gave
// away so far. Out: a language. By script; between languages in Latin script by a few words and letters
// of theirs, English when nothing tells. A guess: short texts without such words are taken as English.
import type { Language, LanguageChoice } from "./languages.ts";

type LatinLanguage = "English" | "German" | "French" | "Portuguese" | "Spanish" | "Italian";

/** Frequent words; those that several languages share count for each of them. */
const words: Record<LatinLanguage, string> = {
  English:
    "a i the and of to is are was were you he she it this that with for have has not what how where when my your hello yes we they be will from at on",
  German:
    "der die das und ist ich du er sie es wir ihr nicht ein eine einen dem den des mit auf für von zu auch wie was wo guten tag hallo ja nein sind war heute sehr aus bei",
  French:
    "a le la les et est je tu il elle nous vous ils un une des du de pas que qui dans sur pour avec ce cette bonjour merci oui non sont très au aux mais fait aujourd'hui c'est",
  Portuguese:
    "o a os as e é eu você ele ela nós um uma do da dos das em no na que não com para por muito bom bem obrigado sim está são hoje mais como tempo olá",
  Spanish:
    "a el la los las y es yo tú él ella nosotros un una del de en que no con para por muy buenos días gracias sí está son hoy más como pero hola usted hace tiempo qué",
  Italian:
    "a il lo la gli le e è io tu lui lei noi un una del della di in che non con per molto buongiorno grazie sì sono oggi più come ma ciao questo questa bello tempo",
};
/** Letters that are written in few of them. */
const letters: Record<LatinLanguage, RegExp | null> = {
  English: null,
  German: /[äöüß]/gu,
  French: /[éèêëàâçîïôûùœ]/gu,
  Portuguese: /[ãõçâêôáéíóú]/gu,
  Spanish: /[ñ¿¡áéíóú]/gu,
  Italian: /[èéìòùà]/gu,
};
/** Letters and marks that are written in one of them only. */
const unmistakable: Partial<Record<LatinLanguage, RegExp>> = {
  German: /[ß]/u,
  French: /[œûëî]/u,
  Portuguese: /[ãõ]/u,
  Spanish: /[ñ¿¡]/u,
  Italian: /[ìò]/u,
};
/** "example.com", "a@b": no words of any language. */
const address = /\S*[@/.][^\s.]\S*/gu;
const unmistakableScore = 3;
const letterScore = 0.5;

const latinLanguages = Object.keys(words) as LatinLanguage[];
const languagesOfWord = new Map<string, LatinLanguage[]>();
for (const language of latinLanguages) {
  for (const word of words[language].split(" ")) {
    languagesOfWord.set(word, [...(languagesOfWord.get(word) ?? []), language]);
  }
}

type Script = "kana" | "hangul" | "han" | "cyrillic" | "latin";

const scripts: Record<Script, RegExp> = {
  kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  hangul: /\p{Script=Hangul}/gu,
  han: /\p{Script=Han}/gu,
  cyrillic: /\p{Script=Cyrillic}/gu,
  latin: /\p{Script=Latin}/gu,
};

const lettersOfSyllable: Record<Script, number> = {
  kana: 1,
  hangul: 1,
  han: 1,
  cyrillic: 2.5,
  latin: 2.5,
};

/** The scripts that the voice of a language can read; Latin letters all of them can. */
const readable: Record<Language, readonly Script[]> = {
  Chinese: ["han", "latin"],
  Japanese: ["kana", "han", "latin"],
  Korean: ["hangul", "latin"],
  Russian: ["cyrillic", "latin"],
  English: ["latin"],
  German: ["latin"],
  French: ["latin"],
  Portuguese: ["latin"],
  Spanish: ["latin"],
  Italian: ["latin"],
};

type Scores = Record<LatinLanguage, number>;

/** Collects what a request's text gives away about its language, piece by piece. */
export class LanguageEvidence {
  #hasKana = false;
  readonly #scores: Scores = noScores();

  /** Take a segment of the request into account. Call it for all that is known before `languageOf`. */
  add(segment: string): void {
    this.#hasKana ||= count(segment, scripts.kana) > 0;
    const scores = latinScores(segment);
    for (const language of latinLanguages) this.#scores[language] += scores[language];
  }

  /**
   * The language to speak `segment` in. A language that the request names wins, unless its voice cannot
   * read most of the segment's letters.
   */
  languageOf(segment: string, choice: LanguageChoice): Language {
    const script = mainScript(segment);
    if (choice !== "Auto" && (script === null || readable[choice].includes(script))) return choice;
    if (script === "kana") return "Japanese";
    if (script === "hangul") return "Korean";
    if (script === "cyrillic") return "Russian";
    if (script === "han") return this.#hasKana ? "Japanese" : "Chinese";
    return clearWinner(latinScores(segment)) ?? clearWinner(this.#scores) ?? "English";
  }
}

/** The script of most syllables. Han beside kana is Japanese. */
function mainScript(segment: string): Script | null {
  const syllables = {} as Record<Script, number>;
  for (const script of Object.keys(scripts) as Script[]) {
    syllables[script] = count(segment, scripts[script]) / lettersOfSyllable[script];
  }
  if (syllables.kana > 0) {
    syllables.kana += syllables.han;
    syllables.han = 0;
  }
  const [main] = (Object.keys(scripts) as Script[]).toSorted((a, b) => syllables[b] - syllables[a]);
  return syllables[main!] > 0 ? main! : null;
}

function latinScores(segment: string): Scores {
  const scores = noScores();
  const lower = segment.toLowerCase().replaceAll("’", "'").replace(address, " ");
  for (const word of lower.match(/[\p{L}']+/gu) ?? []) {
    const candidates = languagesOfWord.get(word) ?? [];
    for (const language of candidates) scores[language] += 1 / candidates.length;
  }
  for (const language of latinLanguages) {
    const pattern = letters[language];
    if (pattern) scores[language] += letterScore * count(lower, pattern);
    if (unmistakable[language]?.test(lower)) scores[language] += unmistakableScore;
  }
  return scores;
}

function clearWinner(scores: Scores): LatinLanguage | null {
  const [first, second] = latinLanguages.toSorted((a, b) => scores[b] - scores[a]);
  return scores[first!] > scores[second!] ? first! : null;
}

function noScores(): Scores {
  return { English: 0, German: 0, French: 0, Portuguese: 0, Spanish: 0, Italian: 0 };
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
