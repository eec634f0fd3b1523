// Qwen3-TTS behind the engine interface. In: checkpoint folders. Out: one engine, each checkpoint in a host process
// of its own, loading as soon as it is created. A request goes to the model that it names, or to the first that can
// speak it.
import {
  createHostedEngine,
  defaultRows,
  describeCheckpoint,
  hostedModelUrl,
  type DeviceChoice,
  type EngineStatus,
  type HostedEngine,
  type HostedModelOptions,
  type ModelStatus,
  type Precision,
  type RunawayLimits,
  type SpeechEngine,
  type SpeechEvent,
  type SpeechRequest,
} from "qwen3-tts";

export type LocalEngineOptions = {
  /** At least one. */
  folders: readonly string[];
  precision: Precision;
  device: DeviceChoice;
  /** Null: as many as there are cores. */
  threads: number | null;
  /** Null: the engine's own choice. */
  rows: number | null;
  /** Null: no limit but the rows'. */
  positions: number | null;
  runaway: Partial<RunawayLimits>;
  logger: {
    info: (details: object, message: string) => void;
    error: (details: object, message: string) => void;
  };
};

/** @throws EngineError if a folder is no complete checkpoint */
export async function createLocalEngine(options: LocalEngineOptions): Promise<SpeechEngine> {
  const hosts = await Promise.all(options.folders.map((folder) => createHost(folder, options)));
  for (const host of hosts) void load(host, options.logger);
  return new LocalEngine(hosts);
}

async function createHost(
  folder: string,
  { precision, device, threads, rows, positions, runaway }: LocalEngineOptions,
): Promise<HostedEngine> {
  const places = rows ?? defaultRows;
  const moduleOptions: HostedModelOptions = {
    folder,
    precision,
    device,
    rows: places,
    runaway,
    ...(threads === null ? {} : { threads }),
    ...(positions === null ? {} : { positions }),
  };
  return createHostedEngine({
    engine: "local",
    moduleUrl: hostedModelUrl,
    moduleOptions,
    model: { ...(await describeCheckpoint(folder, precision)), rows: places },
  });
}

// Its state tells of a failure, and so does every request; the log has the cause.
async function load(host: HostedEngine, logger: LocalEngineOptions["logger"]): Promise<void> {
  const startMs = performance.now();
  try {
    await host.load();
    const seconds = Math.round((performance.now() - startMs) / 100) / 10;
    const { id, pace } = modelOf(host);
    logger.info({ model: id, seconds, pace }, "model loaded");
  } catch (error) {
    logger.error({ err: error }, "the model could not be loaded");
  }
}

class LocalEngine implements SpeechEngine {
  readonly #hosts: readonly HostedEngine[];

  constructor(hosts: readonly HostedEngine[]) {
    this.#hosts = hosts;
  }

  status(): EngineStatus {
    const all = this.#hosts.map((host) => host.status());
    return {
      engine: "local",
      models: all.flatMap(({ models }) => models),
      activeRows: all.reduce((sum, { activeRows }) => sum + activeRows, 0),
    };
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    const tell = (): void => listener(this.status());
    const unsubscribes = this.#hosts.map((host) => host.onStatus(tell));
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }

  synthesize(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent> {
    const { model, ...rest } = request;
    const chosen =
      this.#hosts.find((host) => modelOf(host).id === model) ??
      this.#hosts.find((host) => speaks(modelOf(host), request)) ??
      this.#hosts[0]!;
    return chosen.synthesize(rest, signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
  }
}

function modelOf(host: HostedEngine): ModelStatus {
  return host.status().models[0]!;
}

function speaks(model: ModelStatus, { voice, instruct }: SpeechRequest): boolean {
  if (instruct && !model.instruct.honoured) return false;
  if (voice.kind !== "preset") return model.speakers.length === 0;
  return model.speakers.some(({ name }) => name === voice.speaker);
}
