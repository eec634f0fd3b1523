// A checkpoint folder -> a model that speaks, in this process. In: a folder and options. Out: the engine interface,
// and what only a local model can tell: its codes as they are made.
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelType } from "../checkpoint/model-config.ts";
import type { Precision } from "../model/matrix.ts";
import { chooseDevice, type Device, type DeviceChoice } from "../runtime/device.ts";
import { EngineError } from "../engine-error.ts";
import type { LoadOptions } from "../model/codec-session.ts";
import { loadQwen3Tts, type Qwen3Tts } from "../model/qwen3-tts.ts";
import { defaultRunawayLimits, type RunawayLimits } from "../scheduler/runaway-guard.ts";
import type { RowObserver } from "../scheduler/row.ts";
import { StepEngine, type StepWorld } from "../scheduler/step-engine.ts";
import type { SpeechEngine, SpeechEvent, SpeechRequest, VoicePrompt } from "../speech-engine.ts";
import type { Pretokenizer } from "../text/pretokenizer.ts";
import { describeModel, sizeName } from "./describe-model.ts";
import { Qwen3SpeechModel } from "./qwen3-speech-model.ts";
import { checkPlacement } from "./check-placement.ts";
import { rightProducts } from "./check-products.ts";
import { cloneVoice } from "./clone-voice.ts";
import { CodecThread } from "./codec-thread.ts";
import { graphOptions } from "./graph-options.ts";
import { openKeptCosts, type KeptCosts } from "./kept-costs.ts";
import { localEngineName, writeVoicePrompt } from "./voice-prompt.ts";

export type LoadModelOptions = {
  /** Default int8. */
  precision?: Precision;
  /** Default: as many as there are cores. */
  threads?: number;
  /** Requests advanced at once; more wait. Default 4. */
  rows?: number;
  /**
   * What all rows together may hold of talker's keys and values, with as many for each row as the longest may need; who
   * has no room waits. Default: no limit but the rows'.
   */
  positions?: number;
  /** Default cpu. */
  device?: DeviceChoice;
  /** Default qwen. */
  pretokenizer?: Pretokenizer;
  /** Warm up and measure the speed before the first request, for `ModelStatus.pace`; seconds. Default: no. */
  measure?: boolean;
  /** When speech that does not end by itself is ended. Default: `defaultRunawayLimits`. */
  runaway?: Partial<RunawayLimits>;
};

export type ModelInfo = {
  variant: ModelType;
  /** As in the config: "0b6", "1b7". */
  size: string;
  precision: Precision;
  device: Device;
  sampleRate: number;
  frameSamples: number;
  codeGroups: number;
  speakers: string[];
  /** Without "Auto", which every model takes. */
  languages: string[];
  /** The model's own limit. */
  maxFrames: number;
};

export type LocalModel = Required<SpeechEngine> & {
  readonly info: ModelInfo;
  synthesize: (
    request: SpeechRequest,
    signal: AbortSignal,
    observer?: RowObserver,
  ) => AsyncIterable<SpeechEvent>;
};

export const defaultRows = 4;

const noHost: StepWorld = {
  beforeStep: () => undefined,
  planned: () => undefined,
  stepDone: () => undefined,
};

/**
 * The first load converts the weights and keeps them (see checkpoint/weight-cache.ts).
 * @throws EngineError that says what is wrong with the checkpoint
 */
export function loadModel(folder: string, options: LoadModelOptions = {}): Promise<LocalModel> {
  return loadModelIn(noHost, folder, options);
}

export async function loadModelIn(
  world: StepWorld,
  folder: string,
  options: LoadModelOptions,
): Promise<LocalModel> {
  const { precision = "int8", pretokenizer = "qwen", rows = defaultRows } = options;
  const room = { rows, positions: options.positions ?? Infinity };
  const checkpoint = await openCheckpoint(folder);
  const device = await chooseDevice(options.device ?? "cpu");
  checkProfile(device, precision);
  const plain = await graphOptions(checkpoint, options.threads, device);
  await checkPlacement(precision, plain);
  const graphs = await rightProducts(precision, plain);
  const [codec, model] = await bothOrNeither(
    CodecThread.start({ folder, threads: options.threads, device }),
    loadQwen3Tts(checkpoint, { ...graphs, precision, pretokenizer }),
  );
  const runaway = { ...defaultRunawayLimits, ...options.runaway };
  const speechModel = new Qwen3SpeechModel(model, codec, runaway);
  if (options.measure) {
    const { threads } = graphs;
    await measured(speechModel, await openKeptCosts(checkpoint, { precision, threads, device }));
  }
  const engine = new StepEngine(speechModel, { engine: localEngineName, room, runaway, world });
  return Object.assign(engine, {
    info: modelInfo(checkpoint, { precision, device }),
    createVoice: voiceMaker(checkpoint, graphs),
  });
}

async function measured(model: Qwen3SpeechModel, kept: KeptCosts): Promise<void> {
  try {
    await model.measurePace(kept);
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** Elsewhere kernels for blocks of 4 and 8 bits exist; here all products would silently be the processor's. */
function checkProfile(device: Device, precision: Precision): void {
  if (device !== "coreml" || precision === "f32") return;
  throw new EngineError(
    "not_ready",
    `The device coreml has no products for ${precision}. Take --precision f32, or --device cpu.`,
  );
}

function voiceMaker(checkpoint: Checkpoint, graphs: LoadOptions): LocalModel["createVoice"] {
  const size = sizeName(checkpoint.config);
  return async (samples, sampleRate, wanted = {}): Promise<VoicePrompt> => {
    if (wanted.size !== undefined && wanted.size !== size) {
      const message = `This model is ${size}: it makes no voices for ${wanted.size} models. Use one of that size.`;
      throw new EngineError("unsupported", message);
    }
    const { transcript } = wanted;
    const voice = await cloneVoice(checkpoint, graphs, { samples, sampleRate, transcript });
    return { ...writeVoicePrompt(voice), size };
  };
}

/** If one fails, the other is not left behind. */
async function bothOrNeither(
  codec: Promise<CodecThread>,
  model: Promise<Qwen3Tts>,
): Promise<[CodecThread, Qwen3Tts]> {
  try {
    return await Promise.all([codec, model]);
  } catch (error) {
    await Promise.allSettled([
      codec.then((started) => started.close()),
      model.then((loaded) => loaded.release()),
    ]);
    throw error;
  }
}

function modelInfo(
  checkpoint: Checkpoint,
  { precision, device }: { precision: Precision; device: Device },
): ModelInfo {
  const { config, codecConfig, generation } = checkpoint;
  const { speakers, languages } = describeModel(checkpoint, precision);
  return {
    variant: config.modelType,
    size: config.modelSize,
    precision,
    device,
    sampleRate: codecConfig.outputSampleRate,
    frameSamples: codecConfig.decodeUpsampleRate,
    codeGroups: config.talker.codeGroups,
    speakers: speakers.map(({ name }) => name),
    languages,
    maxFrames: generation.maxNewTokens - 1,
  };
}
