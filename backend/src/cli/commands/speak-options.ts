// The arguments of `qwen-tts speak`. In: arguments. Out: settings that do not contradict each other, or
// one line that says what is wrong and what is allowed. What the checkpoint can do is seen later.
import type { Limits, Sampling, SpeechRequest } from "qwen3-tts";
import type { SampleFormat } from "../../encoders/wav-encoder.ts";
import {
  integer,
  oneOf,
  optional,
  positive,
  readArguments,
  required,
  UsageError,
  type ArgumentValues,
} from "../arguments.ts";
import type { DeviceChoice, Precision } from "qwen3-tts";
import {
  checkedDevice,
  checkedPrecision,
  checkedThreads,
  defaultDevice,
  defaultPrecision,
  pretokenizers,
} from "../model-arguments.ts";
import { standardStream } from "../output.ts";
import { checkedSampleFormat } from "../wav-output.ts";

/** Null: not given, so that the model or the engine decides. */
export type SpeakOptions = {
  text: { kind: "given"; text: string } | { kind: "file"; path: string } | { kind: "stdin" };
  model: string | null;
  speaker: string | null;
  language: string | null;
  instruct: string | null;
  /** `transcript` null: only the timbre is taken from it. */
  reference: { path: string; transcript: string | null } | null;
  textLayout: TextLayout | null;
  pretokenizer: (typeof pretokenizers)[number];
  precision: Precision;
  device: DeviceChoice;
  threads: number | null;
  seed: number | null;
  sampling: Sampling;
  limits: Limits;
  trimLeadingSilence: boolean;
  out: string;
  sampleFormat: SampleFormat;
  codesOut: string | null;
  json: boolean;
};

type TextLayout = NonNullable<SpeechRequest["textLayout"]>;
const textLayouts: readonly TextLayout[] = ["whole", "incremental"];

export const speakHelp = `Usage: qwen-tts speak --text T --out FILE [options]

  --text T                what to say; or
  --text-file F           a UTF-8 file of it; without either it is read from standard input
  --out FILE              the WAV file to write; - streams it to standard output while it is made
  --model DIR             folder of a Qwen3-TTS checkpoint (the one in the Hugging Face cache that fits)
  --speaker S             a speaker of a CustomVoice model (Ryan, or the model's first), or a kept voice, for Base models
  --language L            a language of the model, or Auto (Auto)
  --instruct I            how to say it; for a VoiceDesign model, the voice to design
  --ref-audio F           a WAV file of the voice to clone, for Base models
  --ref-text T            the transcript of all of it; without one only its timbre is taken
  --x-vector-only         take only its timbre
  --text-layout L         whole or incremental (as the official package: incremental for clones)
  --pretokenizer P        qwen or mistral (qwen)
  --precision P           f32, int8 or int4 (int8)
  --device D              cpu, cuda, webgpu, coreml, dml or auto (cpu)
  --threads N             threads of the engine (as many as cores)
  --greedy                always the likeliest code, without a guard against runaways
  --seed N                the same seed gives the same speech (drawn)
  --temperature X         above 0 (the model's)
  --top-k N               from 1 (the model's)
  --top-p X               above 0, up to 1 (the model's)
  --repetition-penalty X  above 0 (the model's)
  --min-frames N          no end before so many frames (2)
  --max-frames N          end after so many frames (the model's)
  --runaway-guard on|off  end speech that does not end by itself (on; off with --greedy)
  --trim-leading-silence  leave out what comes before the first sound, at most a second (off)
  --sample-format S       s16 or f32 (s16)
  --codes-out FILE        write the codes too: {"codes": [[...]], "finish_reason": "stop"}
  --json                  print one JSON object about the speech on standard output
  --help                  show this`;

const argumentTypes = {
  text: { type: "string" },
  "text-file": { type: "string" },
  out: { type: "string" },
  model: { type: "string" },
  speaker: { type: "string" },
  language: { type: "string" },
  instruct: { type: "string" },
  "ref-audio": { type: "string" },
  "ref-text": { type: "string" },
  "x-vector-only": { type: "boolean", default: false },
  "text-layout": { type: "string" },
  pretokenizer: { type: "string", default: "qwen" },
  precision: { type: "string", default: defaultPrecision },
  device: { type: "string", default: defaultDevice },
  threads: { type: "string" },
  greedy: { type: "boolean", default: false },
  seed: { type: "string" },
  temperature: { type: "string" },
  "top-k": { type: "string" },
  "top-p": { type: "string" },
  "repetition-penalty": { type: "string" },
  "min-frames": { type: "string" },
  "max-frames": { type: "string" },
  "runaway-guard": { type: "string" },
  "trim-leading-silence": { type: "boolean", default: false },
  "sample-format": { type: "string", default: "s16" },
  "codes-out": { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

type Values = ArgumentValues<typeof argumentTypes>;

/** @throws UsageError. Null: `--help` was asked for. */
export function parseSpeakOptions(args: string[]): SpeakOptions | null {
  const values = readArguments(args, argumentTypes);
  if (values.help) return null;
  return {
    text: textOf(values),
    model: optional(values.model, (folder) => required("--model", folder)),
    speaker: values.speaker ?? null,
    language: optional(values.language, (language) => required("--language", language)),
    instruct: values.instruct ?? null,
    reference: referenceOf(values),
    textLayout: optional(values["text-layout"], (value) =>
      oneOf("--text-layout", value, textLayouts),
    ),
    pretokenizer: oneOf("--pretokenizer", values.pretokenizer, pretokenizers),
    precision: checkedPrecision(values.precision),
    device: checkedDevice(values.device),
    threads: optional(values.threads, checkedThreads),
    seed: optional(values.seed, (value) =>
      integer("--seed", value, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    ),
    sampling: samplingOf(values),
    limits: limitsOf(values),
    trimLeadingSilence: values["trim-leading-silence"],
    ...outputsOf(values),
  };
}

function textOf(values: Values): SpeakOptions["text"] {
  const { text, "text-file": path } = values;
  if (text !== undefined && path !== undefined) {
    throw new UsageError("--text and --text-file cannot be used together: give one of them.");
  }
  if (text !== undefined) return { kind: "given", text };
  if (path !== undefined) return { kind: "file", path: required("--text-file", path) };
  return { kind: "stdin" };
}

function referenceOf(values: Values): SpeakOptions["reference"] {
  const { "ref-audio": path, "ref-text": transcript, "x-vector-only": timbreOnly } = values;
  if (path === undefined) {
    if (transcript === undefined && !timbreOnly) return null;
    const option = timbreOnly ? "--x-vector-only" : "--ref-text";
    throw new UsageError(`${option} needs --ref-audio with the recording.`);
  }
  if (transcript !== undefined && timbreOnly) {
    throw new UsageError("--ref-text and --x-vector-only cannot be used together.");
  }
  if (values.speaker !== undefined) {
    throw new UsageError("--speaker and --ref-audio cannot be used together.");
  }
  if (transcript?.trim() === "") {
    throw new UsageError("--ref-text is empty: give the transcript, or --x-vector-only instead.");
  }
  return {
    path: required("--ref-audio", path),
    transcript: transcript?.toWellFormed().trim() ?? null,
  };
}

/** Every top-k from here on keeps all codes of any model. */
const maxTopK = 1_000_000;
/** Far beyond what still changes anything. */
const maxFactor = 100;

function samplingOf(values: Values): Sampling {
  const { greedy, temperature, "top-k": topK, "top-p": topP } = values;
  if (greedy && (temperature ?? topK ?? topP) !== undefined) {
    throw new UsageError("--greedy does not draw: leave out --temperature, --top-k and --top-p.");
  }
  const penalty = values["repetition-penalty"];
  return withoutNull({
    greedy: greedy ? true : null,
    temperature: optional(temperature, (value) =>
      positive("--temperature", value, { max: maxFactor }),
    ),
    topK: optional(topK, (value) => integer("--top-k", value, { min: 1, max: maxTopK })),
    topP: optional(topP, (value) => positive("--top-p", value, { max: 1 })),
    repetitionPenalty: optional(penalty, (value) =>
      positive("--repetition-penalty", value, { max: maxFactor }),
    ),
  });
}

/** A day of speech at 12.5 frames a second. */
const mostFrames = 1_080_000;

function limitsOf(values: Values): Limits {
  const { "min-frames": min, "max-frames": max, "runaway-guard": guard } = values;
  const minFrames = optional(min, (value) =>
    integer("--min-frames", value, { min: 0, max: mostFrames }),
  );
  const maxFrames = optional(max, (value) =>
    integer("--max-frames", value, { min: 1, max: mostFrames }),
  );
  if (minFrames !== null && maxFrames !== null && minFrames > maxFrames) {
    throw new UsageError(`--min-frames ${minFrames} is above --max-frames ${maxFrames}.`);
  }
  const onOff = optional(guard, (value) => oneOf("--runaway-guard", value, ["on", "off"]));
  const runawayGuard = onOff === null ? !values.greedy : onOff === "on";
  return { ...withoutNull({ minFrames, maxFrames }), runawayGuard };
}

function outputsOf(values: Values) {
  const out = required("--out", values.out);
  const codesOut = optional(values["codes-out"], (path) => required("--codes-out", path));
  if (values.json && out === standardStream) {
    throw new UsageError("--json and --out - cannot be used together: both are standard output.");
  }
  if (codesOut === standardStream) {
    throw new UsageError("--codes-out must be a file, not standard output.");
  }
  if (codesOut === out) throw new UsageError("--codes-out and --out must be different files.");
  return {
    out,
    codesOut,
    sampleFormat: checkedSampleFormat(values["sample-format"]),
    json: values.json,
  };
}

type WithoutNull<T> = { [Key in keyof T]?: NonNullable<T[Key]> };

/** What is not given must not be there: the engine takes its own value then. */
function withoutNull<T extends Record<string, unknown>>(fields: T): WithoutNull<T> {
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as WithoutNull<T>;
}
