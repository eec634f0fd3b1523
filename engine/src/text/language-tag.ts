// Which language tag a request gets. In: the checkpoint's tables of languages and speakers, and names as people
// write them. Out: the id of the tag, or none. Does not know tokens.
import { checkpointError } from "../checkpoint/checkpoint-error.ts";
import { EngineError } from "../engine-error.ts";

export type LanguageTables<Speaker extends { dialect: string | null }> = {
  /** Tag ids by name, dialects among them. */
  languages: ReadonlyMap<string, number>;
  /** `dialect`: the language of the table that the speaker speaks in place of Chinese. */
  speakers: ReadonlyMap<string, Speaker>;
};

const auto = "auto";
/** What a speaker of a dialect turns into that dialect. */
const dialectLanguages: ReadonlySet<string> = new Set([auto, "chinese"]);

/** `null` leaves the language to the model. `speaker` is a name from the table, or `null`. */
export function languageId<Speaker extends { dialect: string | null }>(
  { languages, speakers }: LanguageTables<Speaker>,
  language: string,
  speaker: string | null,
): number | null {
  const name = language.toLowerCase();
  const id = name === auto ? null : find(withoutDialects(languages), name);
  if (id === undefined) throw unknownName("language", language, languageNames(languages));
  const dialect = speaker === null ? null : speakerNamed(speakers, speaker).dialect;
  if (dialect === null || !dialectLanguages.has(name)) return id;
  const dialectId = find(languages, dialect);
  if (dialectId !== undefined) return dialectId;
  throw checkpointError("config.json", `the dialect ${dialect} is not among its languages.`);
}

export function speakerNamed<Speaker>(
  speakers: ReadonlyMap<string, Speaker>,
  name: string,
): Speaker {
  const speaker = find(speakers, name);
  if (speaker !== undefined) return speaker;
  throw unknownName("speaker", name, [...speakers.keys()]);
}

/** The languages that a request may name, as people write them. */
export function languageNames(languages: ReadonlyMap<string, number>): string[] {
  return [auto, ...withoutDialects(languages).keys()].map(capitalised);
}

/** A dialect comes with its speaker: no request names it. */
function withoutDialects(languages: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...languages].filter(([name]) => !name.toLowerCase().includes("dialect")));
}

function find<T>(table: ReadonlyMap<string, T>, name: string): T | undefined {
  const wanted = name.toLowerCase();
  const sameName = [...table].find(([key]) => key.toLowerCase() === wanted);
  return table.get(wanted) ?? sameName?.[1];
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function unknownName(kind: "language" | "speaker", name: string, known: string[]): EngineError {
  const choice = known.length === 0 ? "This model has none" : `This model has ${known.join(", ")}`;
  const found = JSON.stringify(name.slice(0, 100));
  return new EngineError("unsupported", `There is no ${kind} ${found}. ${choice}.`);
}
