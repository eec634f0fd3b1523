// `qwen-tts codec decode`: codes become sound by the codec's decoder alone. In: a codes file. Out: a WAV
// file. The way the codes are cut into chunks does not change the sound.
import type { SampleFormat } from "../../encoders/wav-encoder.ts";
import { integer, optional, readArguments, required } from "../arguments.ts";
import { parseCodes } from "../codes-file.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { decodeCodes, inspectCheckpoint } from "qwen3-tts";
import { readTextFile } from "../input.ts";
import { checkedThreads } from "../model-arguments.ts";
import { openOutput } from "../output.ts";
import { checkedSampleFormat, createWavOutput } from "../wav-output.ts";

export type CodecDecodeOptions = {
  model: string;
  codes: string;
  out: string;
  chunkFrames: number | "all";
  threads: number | null;
  sampleFormat: SampleFormat;
};

/** Two seconds: fast, and the memory it takes stays small. */
const defaultChunkFrames = "25";
const mostChunkFrames = 100_000;

const help = `Usage: qwen-tts codec decode --model DIR --codes FILE --out FILE [options]

  --model DIR        folder of a Qwen3-TTS checkpoint
  --codes FILE       {"codes": [[one integer for each codebook] for each frame]}
  --out FILE         the WAV file to write; - is standard output
  --chunk-frames N   frames decoded at a time, or all (${defaultChunkFrames})
  --sample-format S  s16 or f32 (s16)
  --threads N        threads of the engine (as many as cores)
  --help             show this`;

const argumentTypes = {
  model: { type: "string" },
  codes: { type: "string" },
  out: { type: "string" },
  "chunk-frames": { type: "string", default: defaultChunkFrames },
  "sample-format": { type: "string", default: "s16" },
  threads: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

export const codecDecode = defineCommand({ help, parse: parseCodecDecode, run: decode });

/** @throws UsageError. Null: `--help` was asked for. */
export function parseCodecDecode(args: string[]): CodecDecodeOptions | null {
  const values = readArguments(args, argumentTypes);
  if (values.help) return null;
  return {
    model: required("--model", values.model),
    codes: required("--codes", values.codes),
    out: required("--out", values.out),
    chunkFrames: chunkFramesOf(values["chunk-frames"]),
    threads: optional(values.threads, checkedThreads),
    sampleFormat: checkedSampleFormat(values["sample-format"]),
  };
}

function chunkFramesOf(value: string): number | "all" {
  if (value === "all") return "all";
  return integer("--chunk-frames (or 'all')", value, { min: 1, max: mostChunkFrames });
}

async function decode(options: CodecDecodeOptions, { signal }: CommandContext): Promise<void> {
  const { model, chunkFrames, threads, sampleFormat } = options;
  const codes = parseCodes("--codes", await readTextFile("--codes", options.codes));
  const out = await openOutput("--out", options.out, signal);
  const { sampleRate } = await inspectCheckpoint(model);
  const wav = createWavOutput(out, { sampleRate, sampleFormat });
  const settings = { chunkFrames, ...(threads === null ? {} : { threads }) };
  for await (const samples of decodeCodes(model, codes, settings)) {
    signal.throwIfAborted();
    await wav.push(samples);
  }
  await wav.complete();
}
