// The codec decoder at work: frames of codes -> samples, with everything it must remember in a state of its own
// for each stream. In: a loaded graph, states, codes. Out: samples, and the states moved on. Any way to cut
// a stream into calls gives the same samples.
import type { CodecDecoderConfig } from "../checkpoint/codec-config.ts";
import { EngineError } from "../engine-error.ts";
import { floats, type Session, type Tensor } from "../runtime/session.ts";
import {
  emptyMemories,
  memoryInputs,
  memoryOutput,
  type ConvolutionMemory,
} from "./codec-convolution.ts";
import { codecDecoderGraph } from "./codec-decoder-graph.ts";
import { loadSession, type CodecSource, type LoadOptions } from "./codec-session.ts";
import { codecDecoderWeights } from "./codec-weights.ts";
import {
  createCaches,
  storeRows,
  windowInputs,
  windowSlots,
  type WindowCaches,
  type WindowSizes,
} from "./codec-window.ts";
import { rotaryFrequencies } from "./rotary.ts";
import { joined } from "./rows.ts";

export type CodecDecoder = {
  session: Session;
  config: CodecDecoderConfig;
  samplesPerFrame: number;
  memories: readonly ConvolutionMemory[];
  window: WindowSizes;
};

/** Of one stream. */
export type CodecState = WindowCaches & {
  /** [channels, columns] each. */
  memories: Float32Array[];
};

/** A frame's codes, one of each group. */
export type Frame = ArrayLike<number>;

/** Frames of a stream, as many in each row of a call. */
export type CodecRow = { state: CodecState; frames: readonly Frame[] };

/** @throws EngineError if the checkpoint has not what its config says */
export async function loadCodecDecoder(
  { codecConfig, codecTensors }: CodecSource,
  options: LoadOptions,
): Promise<CodecDecoder> {
  const config = codecConfig.decoder;
  const weights = codecDecoderWeights(codecTensors, config);
  const { graph, memories } = codecDecoderGraph(weights, config);
  return {
    session: await loadSession(graph, options),
    config,
    samplesPerFrame: codecConfig.decodeUpsampleRate,
    memories,
    window: {
      ...config,
      slots: windowSlots(config.slidingWindow),
      window: config.slidingWindow,
      rotaryFrequencies: rotaryFrequencies(config.headDim, config.ropeTheta),
    },
  };
}

export function createCodecState({ window, memories }: CodecDecoder): CodecState {
  return { ...createCaches(window), memories: emptyMemories(memories) };
}

/** For a voice's reference: decode it once, begin every stream of the voice with a copy. */
export function cloneCodecState(state: CodecState): CodecState {
  const copies = (arrays: Float32Array[]) => arrays.map((array) => array.slice());
  return {
    position: state.position,
    memories: copies(state.memories),
    keys: copies(state.keys),
    values: copies(state.values),
  };
}

/** What a run holds in memory grows with its frames; more of them make it no faster. */
const maxFramesPerRun = 64;

/** @returns `samplesPerFrame` samples of each frame, within [-1, 1] */
export async function decodeFrames(
  decoder: CodecDecoder,
  state: CodecState,
  frames: readonly Frame[],
): Promise<Float32Array> {
  const samples = new Float32Array(frames.length * decoder.samplesPerFrame);
  for (let first = 0; first < frames.length; first += maxFramesPerRun) {
    const part = frames.slice(first, first + maxFramesPerRun);
    const [decoded] = await decodeRows(decoder, [{ state, frames: part }]);
    samples.set(decoded!, first * decoder.samplesPerFrame);
  }
  return samples;
}

/**
 * Several streams in one run, each with as many frames.
 * @returns the samples of each row
 */
export async function decodeRows(
  decoder: CodecDecoder,
  rows: readonly CodecRow[],
): Promise<Float32Array[]> {
  const outputs = await decoder.session.run(runInputs(decoder, rows));
  for (const [index, { state }] of rows.entries()) {
    moveOn(decoder, state, (name) => part(floats(outputs, name), index, rows.length));
  }
  const wave = floats(outputs, "wave");
  return rows.map((_, index) => part(wave, index, rows.length));
}

function runInputs(decoder: CodecDecoder, rows: readonly CodecRow[]): Record<string, Tensor> {
  const { config, window, memories } = decoder;
  const frames = rows[0]!.frames.length;
  const states = rows.map(({ state }) => state);
  return {
    codes: { data: packCodes(rows, config), shape: [rows.length, config.quantizers, frames] },
    ...windowInputs(window, states, frames),
    ...memoryInputs(memories, rows.length, (index) =>
      joined(states.map((state) => state.memories[index]!)),
    ),
  };
}

/** The codes as [batch, groups, frames]. */
function packCodes(
  rows: readonly CodecRow[],
  { quantizers, codebookSize }: CodecDecoderConfig,
): BigInt64Array {
  const frames = rows[0]!.frames.length;
  if (rows.some((row) => row.frames.length !== frames)) {
    throw new Error("The rows of a call have different numbers of frames");
  }
  const packed = new BigInt64Array(rows.length * quantizers * frames);
  for (const [row, { frames: list }] of rows.entries()) {
    for (const [at, frame] of list.entries()) {
      checkFrame(frame, { quantizers, codebookSize });
      for (let group = 0; group < quantizers; group++) {
        packed[(row * quantizers + group) * frames + at] = BigInt(frame[group]!);
      }
    }
  }
  return packed;
}

function checkFrame(
  frame: Frame,
  { quantizers, codebookSize }: Pick<CodecDecoderConfig, "quantizers" | "codebookSize">,
): void {
  if (frame.length !== quantizers) {
    throw new EngineError(
      "unsupported",
      `A frame has ${frame.length} codes, expected ${quantizers}: one of each code group of this model.`,
    );
  }
  for (let group = 0; group < quantizers; group++) {
    const code = frame[group]!;
    if (Number.isInteger(code) && code >= 0 && code < codebookSize) continue;
    throw new EngineError(
      "unsupported",
      `Code ${code} of group ${group} does not exist: the codes of this model are 0 to ${codebookSize - 1}.`,
    );
  }
}

type RowOutputs = (name: string) => Float32Array;

function part(all: Float32Array, index: number, batch: number): Float32Array {
  if (batch === 1) return all;
  const length = all.length / batch;
  return all.slice(index * length, (index + 1) * length);
}

function moveOn({ window, memories }: CodecDecoder, state: CodecState, outputOf: RowOutputs): void {
  state.memories = memories.map((memory) => outputOf(memoryOutput(memory)));
  storeRows(window, state, outputOf("rows"));
}
