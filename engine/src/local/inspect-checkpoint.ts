// What a checkpoint is and what it lacks, for people. In: a folder. Out: a summary; only what makes it unreadable as a
// whole is an error.
import { openUnchecked, type Checkpoint } from "../checkpoint/checkpoint.ts";
import { codecDecoderTensors, codecEncoderTensors } from "../checkpoint/codec-inventory.ts";
import { compareTensors, modelTensors, type ExpectedTensor } from "../checkpoint/inventory.ts";
import { shapeText, type TensorTable } from "../checkpoint/tensor-table.ts";

export type CheckpointSummary = {
  variant: string;
  size: string;
  sampleRate: number;
  geometry: Record<string, number>;
  /** By part. */
  parameters: Record<string, number>;
  /** How many there are. */
  tensors: number;
  /** Tensors that are missing or have another shape, each with what was expected. */
  missing: string[];
  unexpected: string[];
};

/** @throws EngineError if a file is missing or damaged */
export async function inspectCheckpoint(folder: string): Promise<CheckpointSummary> {
  const checkpoint = await openUnchecked(folder);
  const { config, codecConfig, tensors, codecTensors } = checkpoint;
  const model = compare(tensors, modelTensors(config));
  const codec = compare(codecTensors, [
    ...codecDecoderTensors(codecConfig.decoder),
    ...codecEncoderTensors(codecConfig),
  ]);
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
    unexpected: [...model.unexpected, ...codec.unexpected],
  };
}

function geometryOf({ config, codecConfig }: Checkpoint): Record<string, number> {
  const { talker, codePredictor } = config;
  return {
    hiddenSize: talker.hiddenSize,
    layers: talker.layers,
    heads: talker.heads,
    kvHeads: talker.kvHeads,
    headDim: talker.headDim,
    codeGroups: talker.codeGroups,
    textVocabSize: talker.textVocabSize,
    codePredictorHiddenSize: codePredictor.hiddenSize,
    codePredictorLayers: codePredictor.layers,
    samplesPerFrame: codecConfig.decodeUpsampleRate,
    speakers: config.speakers.size,
    languages: config.languages.size,
  };
}

function compare(table: TensorTable, expected: Iterable<ExpectedTensor>) {
  const { missing, misshapen, unexpected } = compareTensors(table, expected);
  const faults = [
    ...missing
      .filter(({ isNeeded }) => isNeeded)
      .map(({ name, shape }) => `${name} ${shapeText(shape)}`),
    ...misshapen.map(
      ({ expected: { name, shape: wanted }, shape }) =>
        `${name} ${shapeText(wanted)}, found ${shapeText(shape)}`,
    ),
  ];
  return { missing: faults, unexpected };
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
