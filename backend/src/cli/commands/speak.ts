// `qwen-tts speak`: a text becomes a WAV file, or a stream of one, on this machine. In: checked options.
// Out: the file, and if asked for its codes and a JSON object about it; or none of them.
import type { SpeechEvent, SpeechRequest } from "qwen3-tts";
import { drawSeed } from "../../speech-request.ts";
import { createPrompt } from "../../voices/create-prompt.ts";
import type { KeptVoice } from "../../voices/voice-files.ts";
import type { VoiceStore } from "../../voices/voice-store.ts";
import { UsageError } from "../arguments.ts";
import { formatCodes } from "../codes-file.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { loadModel, type LocalModel } from "qwen3-tts";
import { readAudio, readStdinText, readTextFile } from "../input.ts";
import { loadOptions, modelFolder } from "../model-arguments.ts";
import { openOutput, standardStream, writeText } from "../output.ts";
import { languageOf, voiceOf, type VoiceOptions } from "../speech.ts";
import { openVoices } from "../voice-arguments.ts";
import { createWavOutput, type WavOutput } from "../wav-output.ts";
import { parseSpeakOptions, speakHelp, type SpeakOptions } from "./speak-options.ts";

export const speak = defineCommand({
  help: speakHelp,
  parse: parseSpeakOptions,
  run: runSpeak,
});

async function runSpeak(options: SpeakOptions, context: CommandContext): Promise<void> {
  const { signal, progress } = context;
  const text = await readText(options.text);
  const reference = await readReference(options.reference);
  const voices = openVoices();
  const kept = options.speaker ? ((await voices.find(options.speaker)) ?? null) : null;
  const folder = await modelFolder(options.model, kept);
  const out = await openOutput("--out", options.out, signal);
  const codesOut =
    options.codesOut === null ? null : await openOutput("--codes-out", options.codesOut, signal);
  progress.phase("Loading the model");
  const model = await loadModel(folder, {
    ...loadOptions(options),
    pretokenizer: options.pretokenizer,
    rows: 1,
  });
  try {
    const instruct = usableInstruct(model, options.instruct, progress);
    const voice = { ...options, instruct, reference, kept: spokenBy(model, kept, voices) };
    const request = await requestFor(model, options, { text, voice });
    const { sampleRate } = model.info;
    const wav = createWavOutput(out, { sampleRate, sampleFormat: options.sampleFormat });
    const speech = await record(model, request, { ...context, wav });
    await wav.complete();
    if (codesOut) await writeText(codesOut, formatCodes(speech.codes, speech.end.finishReason));
    progress.note(summaryOf(speech, request.seed));
    if (options.json) console.log(JSON.stringify(reportOf(speech)));
  } finally {
    await model.close();
  }
}

/** As the official package, which leaves an instruction out where the model takes none; but said. */
function usableInstruct(
  model: LocalModel,
  instruct: string | null,
  progress: CommandContext["progress"],
): string | null {
  const honoured = model.status().models[0]!.instruct;
  if (instruct === null || honoured.honoured || model.info.variant !== "custom_voice")
    return instruct;
  progress.warn(`--instruct is left out. ${honoured.reason}`);
  return null;
}

/** Lone surrogates cannot be spoken, and white space around a text has no meaning. */
async function readText(source: SpeakOptions["text"]): Promise<string> {
  const text = (await rawText(source)).toWellFormed().trim();
  if (text === "") throw new UsageError("The text is empty: give at least one character.");
  return text;
}

function rawText(source: SpeakOptions["text"]): string | Promise<string> {
  switch (source.kind) {
    case "given":
      return source.text;
    case "file":
      return readTextFile("--text-file", source.path);
    case "stdin":
      return readStdinText();
    default:
      source satisfies never;
      throw new TypeError("Unknown source of the text");
  }
}

async function readReference(
  reference: SpeakOptions["reference"],
): Promise<VoiceOptions["reference"]> {
  if (reference === null) return null;
  const audio = await readAudio("--ref-audio", reference.path);
  return { ...audio, transcript: reference.transcript };
}

function spokenBy(
  model: LocalModel,
  kept: KeptVoice | null,
  voices: VoiceStore,
): VoiceOptions["kept"] {
  if (kept === null) return null;
  const size = model.status().models[0]!.size!;
  const { name } = kept;
  return { name, prompt: () => voices.prompt(name, size, createPrompt(model, size)) };
}

async function requestFor(
  model: LocalModel,
  options: SpeakOptions,
  { text, voice }: { text: string; voice: VoiceOptions },
): Promise<SpeechRequest> {
  const { textLayout } = options;
  const language = languageOf(model.info, options.language);
  return {
    text: { kind: "whole", text },
    ...(await voiceOf(model, voice)),
    language,
    ...(textLayout === null ? {} : { textLayout }),
    seed: options.seed ?? drawSeed(),
    sampling: options.sampling,
    limits: options.limits,
    ...(options.trimLeadingSilence ? { trimLeadingSilence: true } : {}),
    delivery:
      options.out === standardStream ? { kind: "live", playbackRate: 1 } : { kind: "whole" },
  };
}

type End = Extract<SpeechEvent, { kind: "end" }>;
type Recorded = { end: End; firstAudioMs: number | null; codes: number[][] };

/** Speak into `wav`. @throws what `signal` was aborted with, once it was */
async function record(
  model: LocalModel,
  request: SpeechRequest,
  { wav, signal, progress }: CommandContext & { wav: WavOutput },
): Promise<Recorded> {
  const codes: number[][] = [];
  const observer = { frame: (frame: readonly number[]) => void codes.push([...frame]) };
  let firstAudioMs: number | null = null;
  let end: End | undefined;
  progress.phase("Speaking");
  const startMs = performance.now();
  for await (const event of model.synthesize(request, signal, observer)) {
    signal.throwIfAborted();
    if (event.kind === "audio") {
      firstAudioMs ??= performance.now() - startMs;
      await wav.push(event.samples);
      progress.made(event.samples.length / model.info.sampleRate);
    } else if (event.kind === "end") {
      end = event;
    }
  }
  if (!end) throw new TypeError("The engine's speech has no end.");
  return { end, firstAudioMs, codes };
}

/** The object that `--json` prints. */
function reportOf({ end, firstAudioMs, codes }: Recorded) {
  const { audioSeconds, stagesMs } = end.stats;
  return {
    frames: codes.length,
    seconds: audioSeconds,
    first_audio_ms: firstAudioMs,
    real_time_factor: realTimeFactor(end),
    finish_reason: end.finishReason,
    stages: stagesMs,
  };
}

/** Wall seconds for a second of audio; null when there is no audio. */
function realTimeFactor({ stats }: End): number | null {
  return stats.audioSeconds === 0 ? null : stats.wallMs / 1000 / stats.audioSeconds;
}

function summaryOf({ end }: Recorded, seed: number): string {
  const { audioSeconds, wallMs } = end.stats;
  const made = `${audioSeconds.toFixed(2)} s of speech in ${(wallMs / 1000).toFixed(2)} s`;
  return `${made}, finish reason ${end.finishReason}, seed ${seed}`;
}
