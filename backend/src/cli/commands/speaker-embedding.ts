// `qwen-tts speaker-embedding`: what a Base model keeps of a voice. In: a WAV file. Out: a JSON array of
// numbers, one line.
import { defineCommand, type CommandContext } from "../command.ts";
import { speakerEmbedding } from "qwen3-tts";
import { readAudio } from "../input.ts";
import { openOutput, writeText } from "../output.ts";
import {
  parseRecordingOptions,
  recordingHelp,
  type RecordingOptions,
} from "../recording-arguments.ts";

const help = `Usage: qwen-tts speaker-embedding --model DIR --audio FILE --out FILE

${recordingHelp}

The file is a JSON array of numbers. Only Base models have a speaker encoder.`;

export const speakerEmbeddingCommand = defineCommand({
  help,
  parse: parseRecordingOptions,
  run: embed,
});

async function embed(options: RecordingOptions, { signal }: CommandContext): Promise<void> {
  const { samples, sampleRate } = await readAudio("--audio", options.audio);
  const out = await openOutput("--out", options.out, signal);
  const embedding = await speakerEmbedding(options.model, samples, sampleRate);
  signal.throwIfAborted();
  await writeText(out, `${JSON.stringify([...embedding])}\n`);
}
