// One precision of a checkpoint, put through everything: load, speed, sentences, samples, and how far it
// is from f32. In: a folder and a precision. Out: figures, and WAVs in a folder. Judges nothing.
import { join } from "node:path";
import type { FinishReason, SpeechRequest } from "qwen3-tts";
import type { CommandContext } from "./command.ts";
import { estimateSpeechSeconds } from "../text/speech-length.ts";
import {
  comparePrecisions,
  loadModel,
  type LocalModel,
  type Precision,
  type PrecisionComparison,
} from "qwen3-tts";
import { measureStreams, timedRequest, timeTake, type StreamFigures } from "./measure.ts";
import { defaultPrecision, loadOptions } from "./model-arguments.ts";
import { openOutput } from "./output.ts";
import { sentences, type Sentence } from "./sentences.ts";
import { createWavOutput } from "./wav-output.ts";

export type SpokenSentence = Sentence & { finishReason: FinishReason; seconds: number };

export type PrecisionReport = {
  precision: Precision;
  loadMs: number;
  /** Resident memory of the process once the model was loaded. */
  loadedBytes: number;
  speed: StreamFigures;
  sentences: SpokenSentence[];
  /** Null for f32, which the others are compared with. */
  comparison: PrecisionComparison | null;
};

export type PrecisionTask = CommandContext & {
  folder: string;
  out: string;
  threads: number | null;
  precision: Precision;
};

/** Three seconds are enough to tell the speed. */
const timedFrames = 38;

export async function verifyPrecision(task: PrecisionTask): Promise<PrecisionReport> {
  const { folder, precision, progress } = task;
  progress.phase(`${precision}: loading`);
  const startMs = performance.now();
  const model = await loadModel(folder, { ...loadOptions(task), rows: 1 });
  const loadMs = performance.now() - startMs;
  const loadedBytes = process.memoryUsage.rss();
  let measured: Pick<PrecisionReport, "speed" | "sentences">;
  try {
    progress.phase(`${precision}: measuring the speed`);
    const request = await timedRequest(model, timedFrames);
    await timeTake(model, request, task.signal);
    const speed = await measureStreams(model, request, { streams: 1, signal: task.signal });
    measured = { speed, sentences: await speakSentences(model, request, task) };
  } finally {
    await model.close();
  }
  return { precision, loadMs, loadedBytes, ...measured, comparison: await compare(task) };
}

/** After the model is closed: f32 alone is large. */
async function compare(task: PrecisionTask): Promise<PrecisionComparison | null> {
  const { folder, precision, progress } = task;
  if (precision === "f32") return null;
  progress.phase(`${precision}: comparing with f32`);
  return comparePrecisions(folder, { precision, text: sentences[0]!.text, frames: timedFrames });
}

/** All of them at the usual precision, the first one at the others, to be heard side by side. */
async function speakSentences(
  model: LocalModel,
  request: SpeechRequest,
  task: PrecisionTask,
): Promise<SpokenSentence[]> {
  const chosen = task.precision === defaultPrecision ? sentences : sentences.slice(0, 1);
  const spoken: SpokenSentence[] = [];
  for (const [index, sentence] of chosen.entries()) {
    task.progress.phase(`${task.precision}: sentence ${index + 1} of ${chosen.length}`);
    const number = String(index + 1).padStart(2, "0");
    const file = join(task.out, `${task.precision}-${number}-${sentence.language}.wav`);
    const ofSentence = sentenceRequest(model, request, sentence);
    spoken.push({ ...sentence, ...(await speakInto(file, model, { request: ofSentence, task })) });
  }
  return spoken;
}

/** Speech that takes so much longer than the text reads does not end by itself any more. */
function sentenceRequest(
  { info }: LocalModel,
  request: SpeechRequest,
  { text, language }: Sentence,
): SpeechRequest {
  const known = info.languages.find((name) => name.toLowerCase() === language.toLowerCase());
  return {
    ...request,
    text: { kind: "whole", text },
    language: known ?? "Auto",
    limits: { maxSeconds: 4 + 3 * estimateSpeechSeconds(text) },
    delivery: { kind: "whole" },
  };
}

async function speakInto(
  file: string,
  model: LocalModel,
  { request, task }: { request: SpeechRequest; task: PrecisionTask },
): Promise<{ finishReason: FinishReason; seconds: number }> {
  const output = await openOutput("--out", file, task.signal);
  const { sampleRate } = model.info;
  const wav = createWavOutput(output, { sampleRate, sampleFormat: "s16" });
  let finishReason: FinishReason = "cancelled";
  let samples = 0;
  for await (const event of model.synthesize(request, task.signal)) {
    task.signal.throwIfAborted();
    if (event.kind === "audio") {
      samples += event.samples.length;
      await wav.push(event.samples);
    }
    if (event.kind === "end") finishReason = event.finishReason;
  }
  await wav.complete();
  return { finishReason, seconds: samples / sampleRate };
}
