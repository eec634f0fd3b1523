// What is said and how -> the token ids of a prompt. In: a tokenizer, then texts. Out: the parts of the three
// official wrappers that the model's prefill takes. Does not know embeddings, languages or speakers.
//
//   <|im_start|>assistant\n TEXT <|im_end|>\n<|im_start|>assistant\n
//   <|im_start|>assistant\n TRANSCRIPT OF THE REFERENCE <|im_end|>\n
//   <|im_start|>user\n INSTRUCTION <|im_end|>\n
//
// The official package tokenizes the whole wrapper and cuts it at fixed places, and so do we, so that also a
// vocabulary that spells "assistant" in several tokens gives the same parts. Texts are trimmed first: a newline
// in front would merge with the wrapper's into one token.
import { EngineError } from "../engine-error.ts";
import type { Tokenizer } from "./tokenizer.ts";

export type PromptSource = {
  text: string;
  instruct?: string;
  /** What the reference audio says. */
  reference?: string;
};

export type SpeechPrompt = {
  role: number[];
  text: number[];
  /** The whole wrapper. */
  instruct: number[] | null;
  reference: number[] | null;
};

/** `<|im_start|>`, `assistant`, newline. */
const headTokens = 3;
/** `<|im_end|>`, newline. */
const referenceTailTokens = 2;
/** The same, and a head. */
const textTailTokens = referenceTailTokens + headTokens;

export type PromptWriter = (source: PromptSource) => SpeechPrompt;

/** @throws EngineError if the tokenizer lacks what the wrappers need */
export function createPromptWriter(tokenizer: Tokenizer): PromptWriter {
  const start = tokenizer.addedToken("<|im_start|>");
  const end = tokenizer.addedToken("<|im_end|>");
  const turn = (text: string) => [start, ...tokenizer.encode(text)];
  const closed = (text: string) => [...turn(text), end, ...tokenizer.encode("\n")];
  const nextTurn = turn("assistant\n");

  return ({ text, instruct, reference }) => {
    const spoken = [...closed(`assistant\n${trim(text)}`), ...nextTurn];
    return {
      role: spoken.slice(0, headTokens),
      text: requireTokens(spoken.slice(headTokens, -textTailTokens), text, "text"),
      instruct: optional(instruct, (words) =>
        trim(words) === "" ? null : closed(`user\n${trim(words)}`),
      ),
      reference: optional(reference, (words) => {
        const said = closed(`assistant\n${trim(words)}`).slice(headTokens, -referenceTailTokens);
        return requireTokens(said, words, "transcript of the reference audio");
      }),
    };
  };
}

function optional<T>(text: string | undefined, ids: (text: string) => T): T | null {
  return text === undefined ? null : ids(text);
}

/** Nothing to say would make the model take the wrapper's end for the text. */
function requireTokens(ids: number[], text: string, what: string): number[] {
  if (trim(text) !== "" && ids.length > 0) return ids;
  throw new EngineError("unsupported", `The ${what} has nothing to say. Give at least one word.`);
}

const whiteSpace = /^\p{White_Space}$/u;

/** What the tokenizer takes for white space, which is not quite what `String.trim` does. */
function trim(text: string): string {
  let [first, end] = [0, text.length];
  while (first < end && whiteSpace.test(text.charAt(first))) first++;
  while (end > first && whiteSpace.test(text.charAt(end - 1))) end--;
  return text.slice(first, end);
}
