// Qwen3-TTS as the scheduler's SpeechModel. In: requests. Out: rows with their talker, predictor and codec state,
// advanced together. Decides what a request means for this model and what it cannot do.
import { EngineError } from "../engine-error.ts";
import {
  advancePrefill,
  createGeneration,
  generationSettings,
  nextFrames,
  releaseGeneration,
  type Generation,
  type GenerationSettings,
  type Stage,
} from "../model/generation.ts";
import { rowsMayShare } from "../model/matrix.ts";
import { prefill, type PrefillSource } from "../model/prefill.ts";
import type { Qwen3Tts } from "../model/qwen3-tts.ts";
import { largestCall } from "../scheduler/plan.ts";
import type { RunawayLimits } from "../scheduler/runaway-guard.ts";
import type {
  CodeFrame,
  DecodeCall,
  ReadRequest,
  RowRequest,
  SpeechModel,
  StagesMs,
  StepResult,
} from "../scheduler/speech-model.ts";
import type { TextLayout } from "../speech-engine.ts";
import { languageId, speakerNamed } from "../text/language-tag.ts";
import type { CodecThread } from "./codec-thread.ts";
import { describeModel, followsInstructions, type ModelDescription } from "./describe-model.ts";
import { frameLimit, type FrameLimit } from "./frame-limit.ts";
import type { KeptCosts } from "./kept-costs.ts";
import { measureCosts } from "./measure-costs.ts";
import { readVoicePrompt, type CloneVoice, type VoiceGeometry } from "./voice-prompt.ts";

export type SpeechRow = {
  source: PrefillSource;
  settings: GenerationSettings;
  limit: FrameLimit;
  generation: Generation | undefined;
  /** Of the codec's thread. */
  stream: number;
  /** The codec has taken in the reference's frames, where the voice has some. */
  primed: Promise<unknown> | undefined;
  closed: boolean;
  stagesMs: Record<Stage, number>;
};

export class Qwen3SpeechModel implements SpeechModel<SpeechRow> {
  description: ModelDescription;
  readonly frameSamples: number;
  readonly sharesSteps: boolean;
  readonly #model: Qwen3Tts;
  readonly #codec: CodecThread;
  readonly #runaway: RunawayLimits;

  constructor(model: Qwen3Tts, codec: CodecThread, runaway: RunawayLimits) {
    this.#model = model;
    this.#codec = codec;
    this.#runaway = runaway;
    this.description = describeModel(model.checkpoint, model.precision);
    this.frameSamples = model.checkpoint.codecConfig.decodeUpsampleRate;
    this.sharesSteps = rowsMayShare(model.precision);
  }

  /** Before the first request: it takes the processors. */
  async measurePace(kept: KeptCosts): Promise<void> {
    const known = await kept.read();
    const costs = await measureCosts(this.#model, this.#codec, known);
    if (known === null) await kept.write(costs);
    const { frameMs, stepMs, codecMs } = costs;
    const calls = [...codecMs].map(([frames, ms]) => [`codec ${frames}`, ms] as const);
    const frameSeconds = this.frameSamples / this.description.sampleRate;
    this.description = {
      ...this.description,
      pace: {
        realTimeFactor: frameMs / (1000 * frameSeconds),
        pieceSeconds: largestCall * frameSeconds,
        costsMs: { step: stepMs, ...Object.fromEntries(calls) },
      },
    };
  }

  read(request: RowRequest): ReadRequest<SpeechRow> {
    const source = this.#source(request);
    const settings = generationSettings(this.#model.checkpoint.generation, request);
    const limit = frameLimit(request, {
      modelFrames: settings.maxFrames,
      textTokens: source.prompt.text.length,
      framesPerSecond: this.description.sampleRate / this.frameSamples,
      runaway: this.#runaway,
    });
    return {
      positions: mostPositions(source) + limit.frames,
      open: () => ({
        source,
        settings: { ...settings, maxFrames: limit.frames },
        limit,
        generation: undefined,
        stream: this.#codec.openStream(),
        primed: undefined,
        closed: false,
        stagesMs: { prefill: 0, talker: 0, predictor: 0, codec: 0 },
      }),
    };
  }

  async prefill(row: SpeechRow): Promise<"more" | "done"> {
    const { checkpoint, generator } = this.#model;
    const { generation } = row;
    if (generation) {
      return timed([row], "prefill", () => advancePrefill(generator.talker, generation));
    }
    const rows = await timed([row], "prefill", () =>
      prefill(checkpoint.config, generator.embedder, row.source),
    );
    // It may have been closed meanwhile: nobody would give back what it takes now.
    if (row.closed) return "more";
    row.generation = createGeneration(generator.talker, rows, row.settings);
    const { referenceFrames } = row.source;
    if (referenceFrames) {
      // Long, and its own row alone waits for it: who hears something already runs dry later than now.
      row.primed = this.#codec.prime(row.stream, referenceFrames, performance.now());
      // Whoever waits for it learns of its failure; the row may be gone before.
      row.primed.catch(() => undefined);
    }
    return "more";
  }

  async step(rows: readonly SpeechRow[]): Promise<StepResult[]> {
    const generations = rows.map(({ generation }) => generation!);
    const results = await nextFrames(this.#model.generator, generations, (stage, work) =>
      timed(rows, stage, work),
    );
    return results.map((result, index) => {
      const isCut = result.kind === "end" && result.reason === "length";
      return isCut ? { kind: "end", reason: rows[index]!.limit.reason } : result;
    });
  }

  async decode(
    row: SpeechRow,
    frames: readonly CodeFrame[],
    call: DecodeCall,
  ): Promise<Float32Array> {
    await row.primed;
    const { samples, ms } = await this.#codec.decode(row.stream, frames, call);
    row.stagesMs.codec += ms;
    return samples;
  }

  stagesMs(row: SpeechRow): StagesMs {
    return row.stagesMs;
  }

  closeRow(row: SpeechRow): void {
    if (row.generation) releaseGeneration(this.#model.generator.talker, row.generation);
    row.generation = undefined;
    row.closed = true;
    this.#codec.closeStream(row.stream);
  }

  async close(): Promise<void> {
    await Promise.all([this.#model.release(), this.#codec.close()]);
  }

  #source(request: RowRequest): PrefillSource {
    const { config } = this.#model.checkpoint;
    const voice = this.#voice(request);
    const instruct = voice.description ?? request.instruct;
    const honoured = followsInstructions(config);
    if (request.instruct && !honoured.honoured) throw unsupported(honoured.reason);
    const { clone } = voice;
    return {
      prompt: this.#model.writePrompt({
        text: request.text,
        ...(instruct ? { instruct } : {}),
        ...(clone?.reference ? { reference: clone.reference.transcript } : {}),
      }),
      languageId: languageId(config, request.language, voice.speaker),
      speaker: clone?.speakerEmbedding ?? this.#speakerRow(voice.speaker),
      referenceFrames: clone?.reference?.codes ?? null,
      layout: request.textLayout ?? publishedLayout(voice),
    };
  }

  #speakerRow(speaker: string | null): Float32Array | null {
    if (speaker === null) return null;
    const { id } = speakerNamed(this.#model.checkpoint.config.speakers, speaker);
    return this.#model.generator.embedder.codec(id);
  }

  #geometry(): VoiceGeometry {
    const { config, codecConfig } = this.#model.checkpoint;
    const { hiddenSize, codeGroups } = config.talker;
    return { hiddenSize, codeGroups, codebookSize: codecConfig.decoder.codebookSize };
  }

  #voice({ voice }: RowRequest): ChosenVoice {
    const { config } = this.#model.checkpoint;
    const { label } = this.description;
    const none = { speaker: null, description: undefined, clone: undefined };
    switch (config.modelType) {
      case "custom_voice":
        // Without a name there is no speaker's row, and the model takes whichever voice it likes.
        if (voice.kind === "preset") return { ...none, speaker: voice.speaker || null };
        throw unsupported(`${label} speaks with its own speakers. Name one of them.`);
      case "voice_design":
        if (voice.kind === "design") return { ...none, description: voice.description };
        throw unsupported(`${label} has no speakers. Describe the voice in words.`);
      case "base":
        if (voice.kind === "clone") {
          return { ...none, clone: readVoicePrompt(voice.prompt, this.#geometry()) };
        }
        throw unsupported(`${label} has no speakers. Give it a recording to clone.`);
      default:
        return config.modelType satisfies never;
    }
  }
}

/** Positions of a prompt beside words and frames: language, speaker, begin and end. */
const mostTags = 8;

function mostPositions({ prompt, referenceFrames }: PrefillSource): number {
  const { instruct, role, reference, text } = prompt;
  const words = [instruct, role, reference, text].map((ids) => ids?.length ?? 0);
  return words.reduce((sum, length) => sum + length, mostTags) + (referenceFrames?.length ?? 0);
}

type ChosenVoice = {
  speaker: string | null;
  description: string | undefined;
  clone: CloneVoice | undefined;
};

/** What the official package does where nobody says otherwise. */
function publishedLayout({ clone }: ChosenVoice): TextLayout {
  return clone ? "incremental" : "whole";
}

/** The time of work that rows share is shared, too. */
async function timed<T>(
  rows: readonly SpeechRow[],
  stage: Stage,
  work: () => Promise<T>,
): Promise<T> {
  const startMs = performance.now();
  try {
    return await work();
  } finally {
    const shareMs = (performance.now() - startMs) / rows.length;
    for (const row of rows) row.stagesMs[stage] += shareMs;
  }
}

function unsupported(message: string): EngineError {
  return new EngineError("unsupported", message);
}
