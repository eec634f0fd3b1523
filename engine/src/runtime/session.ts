// A loaded graph. In: named tensors. Out: named tensors. The only importer of the runtime. `run` holds its
// thread until it is done, so it belongs on the compute thread.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Device } from "./device.ts";
import { placedNodes, type PlacedNode } from "./placement.ts";

export type TensorData = Float32Array | BigInt64Array | Int32Array;

/** `data` goes in without a copy and comes out as a copy. */
export type Tensor<Data extends TensorData = TensorData> = {
  data: Data;
  shape: readonly number[];
};

export type SessionOptions = {
  /** Threads that share one product. */
  threads: number;
  /** Default: the processor, which also takes what a device has no kernel for. */
  device?: Device | undefined;
  /**
   * Processors without VNNI add products of 8 bits in 16 and cut off what does not fit; with this the runtime takes a
   * way that is right there. Elsewhere too, and then it is several times slower. Default: no.
   */
  wideSums?: boolean | undefined;
};

export class Session {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @param path a model file, its data file beside it */
  static async load(path: string, options: SessionOptions): Promise<Session> {
    return new Session(await InferenceSession.create(path, sessionOptions(options)));
  }

  /** Run the graph once, in a session of its own that the runtime watches. @returns who computed which of its nodes */
  static async place(
    path: string,
    options: SessionOptions,
    inputs: Record<string, Tensor>,
  ): Promise<PlacedNode[]> {
    const folder = await mkdtemp(join(tmpdir(), "qwen-tts-profile-"));
    try {
      const session = await InferenceSession.create(path, {
        ...sessionOptions(options),
        enableProfiling: true,
        profileFilePrefix: join(folder, "profile"),
      });
      try {
        await session.run(feedsOf(inputs));
        session.endProfiling();
      } finally {
        await session.release();
      }
      const [profile] = await readdir(folder);
      return placedNodes(await readFile(join(folder, profile!), "utf8"));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    const results = await this.#session.run(feedsOf(inputs));
    const outputs: Record<string, Tensor> = {};
    for (const [name, { data, dims }] of Object.entries(results)) {
      outputs[name] = { data: data as TensorData, shape: dims };
    }
    return outputs;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function sessionOptions({
  threads,
  device = "cpu",
  wideSums = false,
}: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // Lengths change from call to call: a plan of buffers for each would only grow.
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: {
      session: {
        // Threads that spin while they wait would take the cores from the codec's thread, and keep an idle server busy.
        intra_op: { allow_spinning: "0" },
        x64quantprecision: wideSums ? "1" : "0",
      },
    },
  };
}

function feedsOf(inputs: Record<string, Tensor>): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, tensor] of Object.entries(inputs)) feeds[name] = ortTensor(tensor);
  return feeds;
}

function ortTensor({ data, shape }: Tensor): OrtTensor {
  if (data instanceof Float32Array) return new OrtTensor("float32", data, shape);
  if (data instanceof Int32Array) return new OrtTensor("int32", data, shape);
  return new OrtTensor("int64", data, shape);
}

/** The float32 output called `name`, which the graph is known to have. */
export function floats(outputs: Record<string, Tensor>, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`The graph has no float32 output ${name}`);
}
