// The JSON schemas of the contract: bodies are checked against them and the OpenAPI document shows
// them. Lengths are Unicode code points. The types of the same bodies are in protocol.ts.
import { limits } from "../protocol.ts";
import { Type } from "../typebox.ts";

/** 2^53 - 1: every integer up to it survives JSON. */
const maxSeed = Number.MAX_SAFE_INTEGER;

export const speechSchema = Type.Object(
  {
    text: Type.String({
      minLength: 1,
      maxLength: limits.textLength,
      description: "What to say. Counted after trimming. Control tokens are spoken, not obeyed.",
      examples: ["Hello world, this is a test."],
    }),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "An id from GET /capabilities, its last part, or custom_voice, voice_design or base; " +
          "without one the request's needs decide",
      }),
    ),
    speaker: Type.Optional(
      Type.String({ description: "A name from GET /speakers, in any case", examples: ["Ryan"] }),
    ),
    voice_description: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.voiceDescriptionLength,
        description: "The voice in words, for a VoiceDesign model; not with speaker or instruct",
      }),
    ),
    language: Type.Optional(
      Type.String({
        default: "English",
        description: 'A name from GET /languages, in any case; "Auto" finds it out',
      }),
    ),
    speed: Type.Optional(
      Type.Number({
        minimum: limits.speed.min,
        maximum: limits.speed.max,
        default: 1,
        description: "2 is twice as fast; the pitch stays",
      }),
    ),
    pitch: Type.Optional(
      Type.Number({
        minimum: limits.pitch.min,
        maximum: limits.pitch.max,
        default: 1,
        description: "2 is an octave up; the length stays",
      }),
    ),
    instruct: Type.Optional(
      Type.Union([Type.String({ maxLength: limits.instructLength }), Type.Null()], {
        description: "How to say it, where the model honours it (GET /capabilities)",
      }),
    ),
    format: Type.Optional(
      Type.Union([Type.Literal("wav"), Type.Literal("pcm")], {
        default: "wav",
        description: "pcm is signed 16 bit, little endian, mono, without a header",
      }),
    ),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: maxSeed,
        description: "The same seed gives the same samples; drawn and returned when absent",
      }),
    ),
    temperature: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 2 })),
    top_k: Type.Optional(Type.Integer({ minimum: 1, maximum: 2048 })),
    top_p: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    repetition_penalty: Type.Optional(Type.Number({ minimum: 1, maximum: 2 })),
    max_seconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: "Longest clip, as it is heard" }),
    ),
    trim_leading_silence: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          "Leave out what comes before the first sound, but for 20 ms; at most a second of it",
      }),
    ),
  },
  { additionalProperties: false, title: "SpeechBody" },
);

export const batchSchema = Type.Object(
  {
    requests: Type.Array(speechSchema, { minItems: 1, maxItems: limits.batchItems }),
  },
  { additionalProperties: false, title: "BatchBody" },
);

export const errorSchema = Type.Object(
  {
    detail: Type.String({ description: "What was wrong, and what to do" }),
    code: Type.String({ description: "The same for the same kind of error, for programs" }),
    available: Type.Optional(Type.Array(Type.String())),
    queue_length: Type.Optional(Type.Integer()),
    retryable: Type.Optional(Type.Boolean()),
  },
  { title: "Error", description: "What was wrong, and what to do" },
);

const audioSchema = Type.String({ format: "binary", contentEncoding: "binary" });

export const audioAnswer = {
  description: "The clip",
  content: { "audio/wav": { schema: audioSchema }, "audio/pcm": { schema: audioSchema } },
};

export const batchAnswer = {
  description: "Each item's clip or error; as lines where the client accepts application/x-ndjson",
  content: {
    "application/json": { schema: Type.Object({}) },
    "application/x-ndjson": { schema: Type.String() },
  },
};

export const metricsAnswer = {
  description: "Prometheus text",
  content: { "text/plain": { schema: Type.String() } },
};
