// A loaded Qwen3-TTS model, but for its codec. In: an opened checkpoint. Out: all that turns a prompt into codes.
// The box of the paper's figure; its parts are the files beside it.
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { CheckpointTensor } from "../checkpoint/tensor-table.ts";
import { createPromptWriter, type PromptWriter } from "../text/prompt.ts";
import type { Pretokenizer } from "../text/pretokenizer.ts";
import { loadTokenizer } from "../text/tokenizer.ts";
import { loadCodePredictor, releaseCodePredictor } from "./code-predictor.ts";
import { predictorEmbeddings } from "./code-predictor-weights.ts";
import type { Generator } from "./generation.ts";
import type { LoadOptions } from "./codec-session.ts";
import { graphLoader } from "./load-graph.ts";
import { promptPrecision, type Precision } from "./matrix.ts";
import type { Embedder } from "./prefill.ts";
import { addRows } from "./rows.ts";
import { loadTalker, releaseTalker } from "./talker.ts";
import { loadTextProjection, projectText } from "./text-projection.ts";

export type Qwen3Tts = {
  checkpoint: Checkpoint;
  precision: Precision;
  writePrompt: PromptWriter;
  generator: Generator;
  release: () => Promise<void>;
};

export type Qwen3TtsOptions = LoadOptions & { precision: Precision; pretokenizer: Pretokenizer };

/** @throws EngineError */
export async function loadQwen3Tts(
  checkpoint: Checkpoint,
  options: Qwen3TtsOptions,
): Promise<Qwen3Tts> {
  const { config, tensors, folder } = checkpoint;
  const { precision, pretokenizer } = options;
  const load = graphLoader(options);
  const tokenizer = await loadTokenizer({ folder }, pretokenizer);
  const talkerSize = config.talker.hiddenSize;
  const source = { config: config.codePredictor, talkerSize };
  const textProjection = await loadTextProjection(tensors, { config: config.talker, load });
  const talker = await loadTalker(tensors, {
    config: config.talker,
    precision,
    forPrompts: promptPrecision(precision, options.device),
    load,
  });
  const predictorSource = { ...source, precision, load };
  const codePredictor = await loadCodePredictor(tensors, predictorSource, options.device);
  const tables = [
    tensors.get("talker.model.codec_embedding.weight", [config.talker.vocabSize, talkerSize]),
    ...predictorEmbeddings(tensors, source),
  ];
  return {
    checkpoint,
    precision,
    writePrompt: createPromptWriter(tokenizer),
    generator: {
      talker,
      codePredictor,
      embedder: embedderOf((ids) => projectText(textProjection, ids), tables),
    },
    release: async () => {
      await Promise.all([
        releaseTalker(talker),
        releaseCodePredictor(codePredictor),
        textProjection.session.release(),
      ]);
    },
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
