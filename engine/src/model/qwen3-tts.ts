// A loaded Qwen3-TTS model, but for its codec. In: an opened checkpoint. Out: all that turns a prompt into codes.
// The box of the paper's figure; its parts are the files beside it.
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { CheckpointTensor } from "../checkpoint/tensor-table.ts";
import { createPromptWriter, type PromptWriter } from "../text/prompt.ts";
import type { Pretokenizer } from "../text/pretokenizer.ts";
import { loadTokenizer } from "../text/tokenizer.ts";
import { loadCodePredictor, releaseCodePredictor } from "./code-predictor.ts";
import { predictorEmbeddings, type CodePredictorSource } from "./code-predictor-weights.ts";
import type { Generator } from "./generation.ts";
import type { LoadOptions } from "./codec-session.ts";
import { graphLoader } from "./load-graph.ts";
import { promptPrecision, type Precision } from "./matrix.ts";
import type { Embedder } from "./prefill.ts";
import { addRows } from "./rows.ts";
import { loadTalker, releaseTalker, type Talker } from "./talker.ts";
import { loadTextProjection, projectText } from "./text-projection.ts";

/** All but the code predictor: what turns a prompt into hidden states and first codes. */
export type PromptReader = {
  checkpoint: Checkpoint;
  precision: Precision;
  writePrompt: PromptWriter;
  talker: Talker;
  embedder: Embedder;
  release: () => Promise<void>;
};

export type Qwen3Tts = Pick<PromptReader, "checkpoint" | "precision" | "writePrompt"> & {
  generator: Generator;
  release: () => Promise<void>;
};

export type Qwen3TtsOptions = LoadOptions & { precision: Precision; pretokenizer: Pretokenizer };

/** @throws EngineError */
export async function loadQwen3Tts(
  checkpoint: Checkpoint,
  options: Qwen3TtsOptions,
): Promise<Qwen3Tts> {
  const reader = await loadPromptReader(checkpoint, options);
  const { precision, writePrompt, talker, embedder } = reader;
  try {
    const source = predictorSource(checkpoint, options);
    const codePredictor = await loadCodePredictor(checkpoint.tensors, source, options.device);
    return {
      checkpoint,
      precision,
      writePrompt,
      generator: { talker, codePredictor, embedder },
      release: async () => {
        await Promise.all([reader.release(), releaseCodePredictor(codePredictor)]);
      },
    };
  } catch (error) {
    await reader.release();
    throw error;
  }
}

/** @throws EngineError */
export async function loadPromptReader(
  checkpoint: Checkpoint,
  options: Qwen3TtsOptions,
): Promise<PromptReader> {
  const { config, tensors, folder } = checkpoint;
  const { precision, pretokenizer } = options;
  const load = graphLoader(options);
  const tokenizer = await loadTokenizer({ folder }, pretokenizer);
  const { hiddenSize, vocabSize } = config.talker;
  const textProjection = await loadTextProjection(tensors, { config: config.talker, load });
  const talker = await loadTalker(tensors, {
    config: config.talker,
    precision,
    forPrompts: promptPrecision(precision, options.device),
    load,
  });
  const tables = [
    tensors.get("talker.model.codec_embedding.weight", [vocabSize, hiddenSize]),
    ...predictorEmbeddings(tensors, predictorSource(checkpoint, options)),
  ];
  return {
    checkpoint,
    precision,
    writePrompt: createPromptWriter(tokenizer),
    talker,
    embedder: embedderOf((ids) => projectText(textProjection, ids), tables),
    release: async () => {
      await Promise.all([releaseTalker(talker), textProjection.session.release()]);
    },
  };
}

export function predictorSource(
  { config }: Checkpoint,
  options: Qwen3TtsOptions,
): CodePredictorSource {
  return {
    config: config.codePredictor,
    talkerSize: config.talker.hiddenSize,
    precision: options.precision,
    load: graphLoader(options),
  };
}

function embedderOf(text: Embedder["text"], tables: readonly CheckpointTensor[]): Embedder {
  const row = (group: number, code: number) => tables[group]!.readRowsSync(code, 1);
  return {
    text,
    codec: (id) => row(0, id),
    code: row,
    frame: ([first, ...others]) =>
      addRows(row(0, first!), ...others.map((code, index) => row(index + 1, code))),
  };
}
