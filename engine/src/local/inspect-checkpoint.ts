// What a checkpoint is and what it lacks, for people. In: a folder. Out: a summary; only what makes it unreadable as a
// whole is an error.
import { checkAgreement, openUnchecked, type Checkpoint } from "../checkpoint/checkpoint.ts";
import { codecDecoderTensors, codecEncoderTensors } from "../checkpoint/codec-inventory.ts";
import { compareTensors, modelTensors, type ExpectedTensor } from "../checkpoint/inventory.ts";
import { shapeText, type TensorTable } from "../checkpoint/tensor-table.ts";
import { EngineError } from "../engine-error.ts";
import { createPromptWriter } from "../text/prompt.ts";
import { loadTokenizer } from "../text/tokenizer.ts";

export type CheckpointSummary = {
  variant: string;
  size: string;
  sampleRate: number;
  geometry: Record<string, number>;
  /** By part. */
  parameters: Record<string, number>;
  /** How many there are. */
  tensors: number;
  /** Needed, but not there: name and shape. */
  missing: string[];
  /** There with another shape: name, shape, and the one expected. */
  misshapen: string[];
  /** There, but read by nobody. */
  unexpected: string[];
  /** What else is wrong, a sentence each: files that do not belong together, a damaged tokenizer. */
  faults: string[];
};

/** @throws EngineError if a file is missing or damaged */
export async function inspectCheckpoint(folder: string): Promise<CheckpointSummary> {
  const checkpoint = await openUnchecked(folder);
  const { config, codecConfig, tensors, codecTensors } = checkpoint;
  const model = compare(tensors, modelTensors(config));
  const codec = compare(codecTensors, codecTensorsOf(checkpoint));
  return {
    variant: config.modelType,
    size: config.modelSize,
    sampleRate: codecConfig.outputSampleRate,
    geometry: geometryOf(checkpoint),
    parameters: {
      talker: parametersOf(tensors, (name) => isOf(name, "talker") && !isPredictor(name)),
      codePredictor: parametersOf(tensors, isPredictor),
      speakerEncoder: parametersOf(tensors, (name) => isOf(name, "speaker_encoder")),
      codecDecoder: parametersOf(codecTensors, (name) => isOf(name, "decoder")),
      codecEncoder: parametersOf(codecTensors, (name) => isOf(name, "encoder")),
    },
    tensors: [...tensors.names()].length + [...codecTensors.names()].length,
    missing: [...model.missing, ...codec.missing],
    misshapen: [...model.misshapen, ...codec.misshapen],
    unexpected: [...model.unexpected, ...codec.unexpected],
    faults: await otherFaults(checkpoint),
  };
}

/** Whether the model can be loaded. */
export function isSound({ missing, misshapen, faults }: CheckpointSummary): boolean {
  return missing.length + misshapen.length + faults.length === 0;
}

/** The encoder's are known, but only a model that clones voices needs them. */
function* codecTensorsOf({ config, codecConfig }: Checkpoint): Generator<ExpectedTensor> {
  yield* codecDecoderTensors(codecConfig.decoder);
  const clones = config.modelType === "base";
  for (const tensor of codecEncoderTensors(codecConfig)) {
    yield { ...tensor, isNeeded: tensor.isNeeded && clones };
  }
}

async function otherFaults({ folder, config, codecConfig }: Checkpoint): Promise<string[]> {
  const checks: (() => unknown)[] = [
    () => checkAgreement(config, codecConfig),
    async () => createPromptWriter(await loadTokenizer({ folder }, "qwen")),
  ];
  const faults: string[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      faults.push(error.message);
    }
  }
  return faults;
}

function geometryOf({ config, codecConfig }: Checkpoint): Record<string, number> {
  const { talker, codePredictor } = config;
  return {
    hiddenSize: talker.hiddenSize,
    layers: talker.layers,
    heads: talker.heads,
    keyValueHeads: talker.kvHeads,
    headSize: talker.headDim,
    codeGroups: talker.codeGroups,
    textVocabulary: talker.textVocabSize,
    codePredictorHiddenSize: codePredictor.hiddenSize,
    codePredictorLayers: codePredictor.layers,
    samplesPerFrame: codecConfig.decodeUpsampleRate,
    speakers: config.speakers.size,
    languages: config.languages.size,
  };
}

function compare(table: TensorTable, expected: Iterable<ExpectedTensor>) {
  const { missing, misshapen, unexpected } = compareTensors(table, expected);
  return {
    missing: missing
      .filter(({ isNeeded }) => isNeeded)
      .map(({ name, shape }) => `${name} ${shapeText(shape)}`),
    misshapen: misshapen
      .filter(({ expected: { isNeeded } }) => isNeeded)
      .map(
        ({ expected: { name, shape: wanted }, shape }) =>
          `${name} ${shapeText(shape)}, expected ${shapeText(wanted)}`,
      ),
    unexpected,
  };
}

function isOf(name: string, part: string): boolean {
  return name.startsWith(`${part}.`);
}

function isPredictor(name: string): boolean {
  return isOf(name, "talker.code_predictor");
}

function parametersOf(table: TensorTable, isMeant: (name: string) => boolean): number {
  let count = 0;
  for (const name of table.names()) {
    if (!isMeant(name)) continue;
    count += table.entry(name)!.shape.reduce((product, size) => product * size, 1);
  }
  return count;
}
