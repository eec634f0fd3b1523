// Forms and bodies about voices -> what the store takes. In: texts that nobody has checked. Out: a new voice, a design
// or a change, or an error that names the field and what would be right.
import {
  limits,
  type VoiceChangeBody,
  type VoiceDesignBody,
  type VoiceSource,
} from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { checkRecording, readRecording } from "../voices/recording.ts";
import { checkVoiceName } from "../voices/voice-name.ts";
import type { NewVoice } from "../voices/voice-store.ts";
import { nameOf, tidyStrings } from "./parse-speech.ts";
import type { Form } from "./voice-form.ts";
import { Compile, Type } from "../typebox.ts";

export const uploadFields = [
  "name",
  "consent",
  "ref_text",
  "speaker_description",
  "source",
] as const;

type UploadField = (typeof uploadFields)[number];

/** @throws RequestError */
export function parseUpload(
  { file, fields }: Form<UploadField>,
  speakers: readonly string[],
): NewVoice {
  const name = checkVoiceName(needed(fields, "name"), speakers);
  const consent = bounded("consent", needed(fields, "consent"), limits.consentLength);
  const transcript = optional("ref_text", fields.ref_text, limits.transcriptLength);
  const description = optional(
    "speaker_description",
    fields.speaker_description,
    limits.voiceDescriptionLength,
  );
  const source = sourceOf(fields.source);
  const recording = readRecording(file);
  const advice = checkRecording(recording, transcript);
  const unknown = { language: null, seed: null };
  return {
    name,
    kind: "clone",
    source,
    transcript,
    description,
    consent,
    advice,
    recording,
    ...unknown,
  };
}

function needed(fields: Form<UploadField>["fields"], field: "name" | "consent"): string {
  const value = fields[field];
  if (value !== undefined) return value;
  const remedy = {
    name: "say what the voice is to be called",
    consent: "say who allowed that this voice is cloned, such as 'This is my own voice'",
  }[field];
  throw new RequestError("invalid_request", `'${field}' is missing: ${remedy}.`);
}

function optional(field: string, value: string | undefined, max: number): string | null {
  return value === undefined ? null : bounded(field, value, max);
}

function bounded(field: string, value: string, max: number): string {
  const length = [...value].length;
  if (length <= max) return value;
  throw new RequestError(
    "invalid_request",
    `'${field}' has ${length} characters; at most ${max} are allowed.`,
  );
}

function sourceOf(source: string | undefined): VoiceSource {
  if (source === undefined || source === "upload") return "upload";
  if (source === "microphone") return source;
  throw new RequestError(
    "invalid_request",
    `'source' must be upload or microphone, not ${nameOf(source)}.`,
  );
}

const someText = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, description });

export const designSchema = Type.Object(
  {
    name: someText(limits.voiceNameLength, "What the voice is called"),
    voice_description: someText(limits.voiceDescriptionLength, "The voice in words"),
    consent: someText(limits.consentLength, "Who answers for it"),
    text: Type.Optional(
      someText(limits.transcriptLength, "What it says once, to be kept; some ten seconds"),
    ),
    language: Type.Optional(Type.String({ description: "Of the text", default: "English" })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  { additionalProperties: false, title: "VoiceDesignBody" },
);

export const changeSchema = Type.Object(
  {
    name: Type.Optional(someText(limits.voiceNameLength, "Its new name")),
    transcript: Type.Optional(
      Type.Union([someText(limits.transcriptLength, "What the recording says"), Type.Null()]),
    ),
  },
  { additionalProperties: false, title: "VoiceChangeBody" },
);

const designValidator = Compile(designSchema);
const changeValidator = Compile(changeSchema);

/** @throws RequestError */
export function parseDesign(body: unknown, speakers: readonly string[]): VoiceDesignBody {
  const tidy = tidied(body);
  if (!designValidator.Check(tidy)) throw wrongBody(designValidator.Errors(tidy));
  return { ...tidy, name: checkVoiceName(tidy.name, speakers) };
}

/** @throws RequestError */
export function parseChange(body: unknown, speakers: readonly string[]): VoiceChangeBody {
  const tidy = tidied(body);
  if (!changeValidator.Check(tidy)) throw wrongBody(changeValidator.Errors(tidy));
  return tidy.name === undefined ? tidy : { ...tidy, name: checkVoiceName(tidy.name, speakers) };
}

function tidied(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(
      "invalid_request",
      `The body must be a JSON object, not ${nameOf(body)}.`,
    );
  }
  return tidyStrings(body);
}

function wrongBody(faults: readonly { instancePath: string; message: string }[]): RequestError {
  const [fault] = faults;
  const field = fault?.instancePath.slice(1);
  const where = field ? `'${field}'` : "The body";
  return new RequestError(
    "invalid_request",
    `${where} ${fault?.message ?? "is wrong"}; see /docs.`,
  );
}
