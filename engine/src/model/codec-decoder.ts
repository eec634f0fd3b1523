// The codec decoder at work: frames of codes -> samples, with everything it must remember in a state of its own
// for each stream. In: loaded graphs, states, codes. Out: samples, and the states moved on. Any way to cut
// a stream into calls gives the same samples, to the last bit.
import type { CodecDecoderConfig } from "../checkpoint/codec-config.ts";
import { EngineError } from "../engine-error.ts";
import { floats, type Session, type Tensor } from "../runtime/session.ts";
import { joined } from "../joined.ts";
import {
  emptyMemories,
  memoryInputs,
  memoryOutput,
  type ConvolutionMemory,
} from "./codec-convolution.ts";
import {
  codecColumnsGraph,
  codecLatentsGraph,
  codecWaveGraph,
  framesRemembered,
  type CodecGraph,
} from "./codec-decoder-graph.ts";
import { loadSession, type CodecSource, type LoadOptions } from "./codec-session.ts";
import { codecDecoderWeights } from "./codec-weights.ts";
import {
  createCaches,
  mostSlotFrames,
  slotWindowInputs,
  storeRows,
  windowSlots,
  type WindowCaches,
  type SlotSizes,
} from "./codec-window.ts";
import { rotaryFrequencies } from "./rotary.ts";

export type CodecDecoder = {
  /** Codes -> latents. */
  latents: CodecPart;
  /** Latents -> columns. */
  columns: CodecPart;
  /** Columns -> samples. */
  wave: CodecPart;
  /** The same with all threads, for calls that no step runs beside. */
  waveAlone: Session;
  /** Frames of a run of it. */
  framesPerWave: number;
  config: CodecDecoderConfig;
  samplesPerFrame: number;
  window: SlotSizes;
};

type CodecPart = { session: Session; memories: readonly ConvolutionMemory[] };
type PartName = "latents" | "columns" | "wave";

/** Of one stream. */
export type CodecState = WindowCaches & {
  /** [channels, columns] each. */
  memories: Record<PartName, Float32Array[]>;
};

/** A frame's codes, one of each group. */
export type Frame = ArrayLike<number>;

/** Frames of a stream, as many in each row of a call. */
export type CodecRow = { state: CodecState; frames: readonly Frame[] };

/** What a run holds in memory grows with its frames; more of them make it hardly faster (docs/log.md). */
const maxFramesPerRun = 8;

export type DecoderOptions = LoadOptions & {
  /**
   * Threads of a call that steps run beside. Default: all of `threads`. Those take the last part of a lone call, which has
   * the most work and the fewest weights: it is loaded for both.
   */
  threadsBeside?: number;
};

/** @throws EngineError if the checkpoint has not what its config says */
export async function loadCodecDecoder(
  { codecConfig, codecTensors }: CodecSource,
  { threadsBeside, ...options }: DecoderOptions,
): Promise<CodecDecoder> {
  const config = codecConfig.decoder;
  const weights = codecDecoderWeights(codecTensors, config);
  const beside = { ...options, threads: threadsBeside ?? options.threads };
  const load = async ({ graph, memories }: CodecGraph): Promise<CodecPart> => ({
    session: await loadSession(graph, beside),
    memories,
  });
  const waveGraph = codecWaveGraph(weights);
  const wave = await load(waveGraph);
  const same = beside.threads === options.threads;
  return {
    latents: await load(codecLatentsGraph(weights, config)),
    columns: await load(codecColumnsGraph(weights, config)),
    wave,
    waveAlone: same ? wave.session : await loadSession(waveGraph.graph, options),
    // What a frame's columns become fits into a core's cache, and others need not wait for more than that.
    framesPerWave: (options.device ?? "cpu") === "cpu" ? 1 : maxFramesPerRun,
    config,
    samplesPerFrame: codecConfig.decodeUpsampleRate,
    window: {
      ...config,
      slots: windowSlots(config.slidingWindow),
      window: config.slidingWindow,
      rotaryFrequencies: rotaryFrequencies(config.headDim, config.ropeTheta),
    },
  };
}

export async function releaseCodecDecoder(decoder: CodecDecoder): Promise<void> {
  const { latents, columns, wave, waveAlone } = decoder;
  const sessions = new Set([latents.session, columns.session, wave.session, waveAlone]);
  await Promise.all([...sessions].map((session) => session.release()));
}

export function createCodecState(decoder: CodecDecoder): CodecState {
  return {
    ...createCaches(decoder.window),
    memories: {
      latents: emptyMemories(decoder.latents.memories),
      columns: emptyMemories(decoder.columns.memories),
      wave: emptyMemories(decoder.wave.memories),
    },
  };
}

/** One that goes on by itself from where `state` is. */
export function copyCodecState(state: CodecState): CodecState {
  const copies = (all: readonly Float32Array[]) => all.map((array) => array.slice());
  return {
    position: state.position,
    keys: copies(state.keys),
    values: copies(state.values),
    memories: {
      latents: copies(state.memories.latents),
      columns: copies(state.memories.columns),
      wave: copies(state.memories.wave),
    },
  };
}

/** @returns `samplesPerFrame` samples of each frame, within [-1, 1] */
export async function decodeFrames(
  decoder: CodecDecoder,
  state: CodecState,
  frames: readonly Frame[],
): Promise<Float32Array> {
  const [samples] = await decodeRows(decoder, [{ state, frames }]);
  return samples!;
}

/**
 * Moves a state on as decoding would, for frames that nobody hears, such as a voice's reference: only the last few
 * have left something in the memories of the waveform's convolutions.
 */
export async function skipFrames(
  decoder: CodecDecoder,
  state: CodecState,
  frames: readonly Frame[],
): Promise<void> {
  checkFrames(decoder.config, frames);
  const { latentDim } = decoder.config;
  const latents = new Float32Array(frames.length * latentDim);
  for (let first = 0; first < frames.length; first += mostSlotFrames) {
    const piece = frames.slice(first, first + mostSlotFrames);
    latents.set(await runLatents(decoder, [{ state, frames: piece }]), first * latentDim);
  }
  const { columns, wave } = decoder;
  const remembered = framesRemembered([...columns.memories, ...wave.memories]);
  const oldest = Math.max(0, frames.length - remembered);
  for (let first = oldest; first < frames.length; first += maxFramesPerRun) {
    const piece = latents.subarray(first * latentDim, (first + maxFramesPerRun) * latentDim);
    await runWave(decoder, { states: [state], latents: piece });
  }
}

/** How a call is made; nothing of it changes the samples. */
export type CallOptions = {
  /** Nothing runs beside it: it takes all threads. Default: no. */
  alone?: boolean;
  /** Called before each part of the waveform, which is most of the work, for calls of other streams to go before. */
  between?: () => Promise<void>;
};

/**
 * Several streams in one run, each with as many frames.
 * @returns the samples of each row
 */
export async function decodeRows(
  decoder: CodecDecoder,
  rows: readonly CodecRow[],
  options: CallOptions = {},
): Promise<Float32Array[]> {
  for (const { frames } of rows) checkFrames(decoder.config, frames);
  const count = rows[0]!.frames.length;
  if (rows.some(({ frames }) => frames.length !== count)) {
    throw new Error("The rows of a call have different numbers of frames");
  }
  const states = rows.map(({ state }) => state);
  const all = rows.map(() => new Float32Array(count * decoder.samplesPerFrame));
  for (let first = 0; first < count; first += maxFramesPerRun) {
    const pieces = rows.map(({ state, frames }) => ({
      state,
      frames: frames.slice(first, first + maxFramesPerRun),
    }));
    const latents = await runLatents(decoder, pieces);
    const decoded = await runWave(decoder, { states, latents, ...options });
    for (const [row, samples] of decoded.entries()) {
      all[row]!.set(samples, first * decoder.samplesPerFrame);
    }
  }
  return all;
}

/** @returns [batch, frames, latentDim] */
async function runLatents(decoder: CodecDecoder, rows: readonly CodecRow[]): Promise<Float32Array> {
  const { config, window } = decoder;
  const frames = rows[0]!.frames.length;
  const states = rows.map(({ state }) => state);
  const outputs = await runPart(
    { ...decoder.latents, name: "latents", states },
    {
      codes: { data: packCodes(rows, config), shape: [rows.length, config.quantizers, frames] },
      ...slotWindowInputs(window, states, frames),
    },
  );
  for (const [index, state] of states.entries()) {
    storeRows(window, state, part(floats(outputs, "rows"), index, rows.length));
  }
  return floats(outputs, "latents");
}

type WaveRun = CallOptions & {
  states: readonly CodecState[];
  /** [batch, frames, latentDim] */
  latents: Float32Array;
};

/** @returns the samples of each state's stream */
async function runWave(
  decoder: CodecDecoder,
  { states, latents, alone = false, between }: WaveRun,
): Promise<Float32Array[]> {
  const { wave, waveAlone, framesPerWave, samplesPerFrame } = decoder;
  const batch = states.length;
  const frames = latents.length / batch / decoder.config.latentDim;
  const columns = await runColumns(decoder, states, latents);
  const perFrame = columns.shape[3]! / frames;
  const session = alone ? waveAlone : wave.session;
  const all = states.map(() => new Float32Array(frames * samplesPerFrame));
  for (let first = 0; first < frames; first += framesPerWave) {
    await between?.();
    const end = Math.min(first + framesPerWave, frames);
    const outputs = await runPart(
      { ...wave, session, name: "wave", states },
      { columns: columnsBetween(columns, first * perFrame, end * perFrame) },
    );
    const samples = floats(outputs, "wave");
    for (const [row, clip] of all.entries()) {
      clip.set(part(samples, row, batch), first * samplesPerFrame);
    }
  }
  return all;
}

/** @returns [batch, channels, 1, columns] */
async function runColumns(
  { columns, config: { latentDim } }: CodecDecoder,
  states: readonly CodecState[],
  latents: Float32Array,
): Promise<Tensor> {
  const shape = [states.length, latents.length / states.length / latentDim, latentDim];
  const inputs = { latents: { data: latents, shape } };
  const outputs = await runPart({ ...columns, name: "columns", states }, inputs);
  return outputs.columns!;
}

/** Columns `first` to `end`, without the last. */
function columnsBetween({ data, shape }: Tensor, first: number, end: number): Tensor {
  const [batch, channels, , count] = shape as [number, number, number, number];
  const width = end - first;
  if (width === count) return { data, shape };
  const some = new Float32Array(batch * channels * width);
  for (let row = 0; row < batch * channels; row++) {
    const all = (data as Float32Array).subarray(row * count, (row + 1) * count);
    some.set(all.subarray(first, end), row * width);
  }
  return { data: some, shape: [batch, channels, 1, width] };
}

type PartRun = CodecPart & { name: PartName; states: readonly CodecState[] };

/** With what it remembers of each state, which moves on. */
async function runPart(
  { session, memories, name, states }: PartRun,
  inputs: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  const batch = states.length;
  const before = memoryInputs(memories, batch, (index) =>
    joined(states.map((state) => state.memories[name][index]!)),
  );
  const outputs = await session.run({ ...inputs, ...before });
  for (const [index, state] of states.entries()) {
    state.memories[name] = memories.map((memory) =>
      part(floats(outputs, memoryOutput(memory)), index, batch),
    );
  }
  return outputs;
}

/** The codes as [batch, groups, frames]. */
function packCodes(rows: readonly CodecRow[], { quantizers }: CodecDecoderConfig): BigInt64Array {
  const frames = rows[0]!.frames.length;
  const packed = new BigInt64Array(rows.length * quantizers * frames);
  for (const [row, { frames: list }] of rows.entries()) {
    for (const [at, frame] of list.entries()) {
      for (let group = 0; group < quantizers; group++) {
        packed[(row * quantizers + group) * frames + at] = BigInt(frame[group]!);
      }
    }
  }
  return packed;
}

/**
 * All of a call before any of it is decoded.
 * @throws EngineError that names frame, group, code and what there is
 */
export function checkFrames(
  { quantizers, codebookSize }: Pick<CodecDecoderConfig, "quantizers" | "codebookSize">,
  frames: readonly Frame[],
): void {
  for (const [index, frame] of frames.entries()) {
    if (frame.length !== quantizers) {
      throw new EngineError(
        "unsupported",
        `Frame ${index} has ${frame.length} codes, expected ${quantizers}: one of each code group of this model.`,
      );
    }
    for (let group = 0; group < quantizers; group++) {
      const code = frame[group]!;
      if (Number.isInteger(code) && code >= 0 && code < codebookSize) continue;
      throw new EngineError(
        "unsupported",
        `Code ${code} of frame ${index}, group ${group} does not exist: the codes of this model are 0 to ${codebookSize - 1}.`,
      );
    }
  }
}

function part(all: Float32Array, index: number, batch: number): Float32Array {
  if (batch === 1) return all;
  const length = all.length / batch;
  return all.slice(index * length, (index + 1) * length);
}
