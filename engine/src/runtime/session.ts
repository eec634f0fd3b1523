// A loaded graph. In: named tensors. Out: named tensors. The only importer of the runtime. `run` holds its
// thread until it is done, so it belongs on the compute thread.
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Device } from "./device.ts";

export type TensorData = Float32Array | BigInt64Array;

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
  static async load(
    path: string,
    { threads, device = "cpu", wideSums = false }: SessionOptions,
  ): Promise<Session> {
    const session = await InferenceSession.create(path, {
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
    });
    return new Session(session);
  }

  async run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, tensor] of Object.entries(inputs)) feeds[name] = ortTensor(tensor);
    const results = await this.#session.run(feeds);
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

function ortTensor({ data, shape }: Tensor): OrtTensor {
  if (data instanceof Float32Array) return new OrtTensor("float32", data, shape);
  return new OrtTensor("int64", data, shape);
}

/** The float32 output called `name`, which the graph is known to have. */
export function floats(outputs: Record<string, Tensor>, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`The graph has no float32 output ${name}`);
}
