// `qwen-tts codec encode`: a recording becomes codes by the codec's encoder alone. In: a WAV file. Out: a
// codes file that `codec decode` takes.
import { formatCodes } from "../codes-file.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { encodeAudio } from "qwen3-tts";
import { readAudio } from "../input.ts";
import { openOutput, writeText } from "../output.ts";
import {
  parseRecordingOptions,
  recordingHelp,
  type RecordingOptions,
} from "../recording-arguments.ts";

const help = `Usage: qwen-tts codec encode --model DIR --audio FILE --out FILE

${recordingHelp}

The file is {"codes": [[one integer for each codebook] for each frame]}.`;

export const codecEncode = defineCommand({ help, parse: parseRecordingOptions, run: encode });

async function encode(options: RecordingOptions, { signal }: CommandContext): Promise<void> {
  const { samples, sampleRate } = await readAudio("--audio", options.audio);
  const out = await openOutput("--out", options.out, signal);
  const codes = await encodeAudio(options.model, samples, sampleRate);
  signal.throwIfAborted();
  await writeText(out, formatCodes(codes));
}
