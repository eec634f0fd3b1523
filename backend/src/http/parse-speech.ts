// unknown -> ValidSpeechRequest. In: a JSON body and what the engine has. Out: a checked request with
// every default filled in, or an error that names the field, its value and what would be right.
// Nothing behind http/ sees a body that has not been through here.
import type { EngineStatus, ModelStatus, Sampling, Voice } from "qwen3-tts";
import { chooseModel, findName, shorten, type VoiceNeed } from "../model-choice.ts";
import { limits, type SpeechBody } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { drawSeed, type ValidSpeechRequest } from "../speech-request.ts";
import type { NamedVoices } from "./named-voices.ts";
import { speechSchema } from "./schemas.ts";
import { Compile } from "../typebox.ts";

const speechValidator = Compile(speechSchema);

/** What each field may be, in words. */
const expectations: Record<keyof SpeechBody, string> = {
  text: `a string of 1 to ${limits.textLength} characters`,
  model: "a string, one of GET /capabilities",
  speaker: "a string, one of GET /speakers",
  voice_description: `a string of 1 to ${limits.voiceDescriptionLength} characters`,
  language: 'a string, one of GET /languages, or "Auto"',
  speed: `a number from ${limits.speed.min} to ${limits.speed.max}`,
  pitch: `a number from ${limits.pitch.min} to ${limits.pitch.max}`,
  instruct: `null or a string of up to ${limits.instructLength} characters`,
  format: '"wav" or "pcm"',
  seed: `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`,
  temperature: "a number above 0, up to 2",
  top_k: "an integer from 1 to 2048",
  top_p: "a number above 0, up to 1",
  repetition_penalty: "a number from 1 to 2",
  max_seconds: "a number above 0",
  trim_leading_silence: "true or false",
};

/** @throws RequestError with a code of status 400 */
export function parseSpeech(
  body: unknown,
  { models }: EngineStatus,
  voices: NamedVoices,
): ValidSpeechRequest {
  const speech = checkedBody(body);
  checkVoice(speech);
  const kept = voices.find(speech.speaker);
  const instruct = speech.instruct === undefined || speech.instruct === "" ? null : speech.instruct;
  const language = speech.language ?? "English";
  const model = chooseModel(models, {
    model: speech.model ?? null,
    voice: kept === null ? voiceNeed(speech, voices.names) : { kind: "clone", size: null },
    instruct: instruct !== null,
    language,
  });
  const sampling = samplingOf(speech);
  if (Object.keys(sampling).length > 0 && !model.sampling.honoured) {
    throw new RequestError("unsupported", `Sampling cannot be set: ${model.sampling.reason}`);
  }
  return {
    text: speech.text,
    model: models.length === 1 ? null : model.id,
    voice: kept === null ? voiceOf(speech, model) : { kind: "kept", name: kept, size: model.size! },
    language: findName(language, [...model.languages, "Auto"])!,
    instruct,
    seed: speech.seed ?? drawSeed(),
    seedGiven: speech.seed !== undefined,
    sampling,
    maxSeconds: speech.max_seconds ?? null,
    trimLeadingSilence: speech.trim_leading_silence ?? false,
    speed: speech.speed ?? 1,
    pitch: speech.pitch ?? 1,
    format: speech.format ?? "wav",
  };
}

function checkVoice({ speaker, voice_description: description, instruct }: SpeechBody): void {
  if (description === undefined) return;
  if (speaker !== undefined) {
    throw new RequestError(
      "invalid_request",
      "'speaker' and 'voice_description' cannot be used together: send the one that is meant.",
    );
  }
  if (instruct === undefined || instruct === null || instruct === "") return;
  throw new RequestError(
    "unsupported",
    "'instruct' cannot be used beside 'voice_description': put how to say it into the description.",
  );
}

const usualSpeaker = "Ryan";

function voiceNeed(speech: SpeechBody, kept: readonly string[]): VoiceNeed {
  if (speech.voice_description !== undefined) return { kind: "design" };
  return { kind: "preset", speaker: speech.speaker ?? null, kept };
}

/** The voice in the words of the model that was chosen for it. */
function voiceOf(speech: SpeechBody, { speakers }: ModelStatus): Voice {
  if (speech.voice_description !== undefined) {
    return { kind: "design", description: speech.voice_description };
  }
  const names = speakers.map(({ name }) => name);
  const speaker = findName(speech.speaker ?? usualSpeaker, names) ?? names[0]!;
  return { kind: "preset", speaker };
}

function checkedBody(body: unknown): SpeechBody {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(
      "invalid_request",
      `The body must be a JSON object such as {"text": "Hello"}, not ${nameOf(body)}.`,
    );
  }
  const tidy = tidyStrings(body);
  checkText(tidy.text);
  if (speechValidator.Check(tidy)) return tidy;
  throw firstFault(tidy);
}

/** Lone surrogates cannot be encoded or spoken; white space around a value has no meaning. */
export function tidyStrings(body: object): Record<string, unknown> & { text?: unknown } {
  const entries = Object.entries(body).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === "string" ? value.toWellFormed().trim() : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function checkText(text: unknown): void {
  if (typeof text !== "string") return; // the schema says what is wrong
  const length = [...text].length;
  if (length === 0) {
    throw new RequestError("empty_text", "'text' is empty. Send at least one character.");
  }
  if (length > limits.textLength) {
    throw new RequestError(
      "text_too_long",
      `'text' has ${length} characters; at most ${limits.textLength} are allowed. Split it into ` +
        "several requests.",
    );
  }
}

function firstFault(body: Record<string, unknown>): RequestError {
  const unknown = Object.keys(body).find((key) => !Object.hasOwn(expectations, key));
  if (unknown !== undefined) {
    return new RequestError(
      "invalid_request",
      `Unknown field '${shorten(unknown)}'. Known fields: ${Object.keys(expectations).join(", ")}.`,
    );
  }
  const fields = Object.keys(expectations) as (keyof SpeechBody)[];
  const wrong = fields.find((field) => {
    if (!Object.hasOwn(body, field)) return field === "text";
    const alone = field === "text" ? { text: body[field] } : { text: "x", [field]: body[field] };
    return !speechValidator.Check(alone);
  });
  const field = wrong ?? "text";
  const found = Object.hasOwn(body, field) ? `not ${nameOf(body[field])}` : "and is missing";
  return new RequestError(
    "invalid_request",
    `'${field}' must be ${expectations[field]}, ${found}.`,
  );
}

/** A value for an error message: never more of it than one line. */
export function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "number") return String(value); // JSON has no word for Infinity, but 1e999
  return shorten(value === undefined ? "nothing" : JSON.stringify(value));
}

function samplingOf(body: SpeechBody): Sampling {
  const { temperature, top_k: topK, top_p: topP, repetition_penalty: repetitionPenalty } = body;
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
    ...(repetitionPenalty === undefined ? {} : { repetitionPenalty }),
  };
}
