// Where graphs run. In: the device that was asked for. Out: one that this machine has, or an error that names what is
// missing. Whether a graph is fast there it does not know.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InferenceSession, listSupportedBackends } from "onnxruntime-node";
import { EngineError } from "../engine-error.ts";
import { Graph } from "../graph/graph.ts";
import { onnxModel } from "../graph/onnx-model.ts";

export const devices = ["cpu", "cuda", "webgpu", "coreml", "dml"] as const;
export type Device = (typeof devices)[number];
/** `auto`: CUDA where it works, else the processor. The others are taken by name only: nobody has measured them. */
export type DeviceChoice = Device | "auto";

const remedies: Record<Exclude<Device, "cpu">, string> = {
  cuda: "It takes an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9.",
  webgpu: "It takes a graphics adapter with its Vulkan, Metal or Direct3D 12 driver.",
  coreml: "It takes a Mac.",
  dml: "It takes Windows and a graphics adapter for DirectX 12.",
};

/** @throws EngineError that says what is missing */
export async function chooseDevice(choice: DeviceChoice): Promise<Device> {
  if (choice === "cpu") return choice;
  const device = choice === "auto" ? "cuda" : choice;
  const fault = missingPart(device) ?? (await faultOfProbe(device));
  if (fault === undefined) return device;
  if (choice === "auto") return "cpu";
  throw new EngineError(
    "not_ready",
    `The device ${device} cannot be used: ${fault.reason} ${remedies[device]} Or take --device cpu.`,
    { cause: fault.cause },
  );
}

type Fault = { reason: string; cause?: unknown };

/** What can be seen without loading anything. */
function missingPart(device: Exclude<Device, "cpu">): Fault | undefined {
  const backends = listSupportedBackends();
  const backend = backends.find(({ name }) => name === device);
  if (!backend) {
    const there = backends.map(({ name }) => name).join(", ");
    return { reason: `ONNX Runtime for ${process.platform} ${process.arch} has ${there} only.` };
  }
  const library = device === "cuda" ? cudaLibrary() : undefined;
  if (library === undefined || existsSync(library.path)) return undefined;
  return {
    reason:
      `${library.name} is not there, which onnxruntime-node does not install by itself. ` +
      "Get it with 'npm rebuild --ignore-scripts=false onnxruntime-node'.",
  };
}

/** CUDA is the one part that does not come with the package, but with its install script. */
function cudaLibrary(): { name: string; path: string } {
  const isWindows = process.platform === "win32";
  const name = isWindows ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
  const folder = join(dirname(entry), "..", "bin", "napi-v6", process.platform, process.arch);
  return { name, path: join(folder, name) };
}

/** Only a session shows whether driver and hardware are there. */
async function faultOfProbe(device: Exclude<Device, "cpu">): Promise<Fault | undefined> {
  const graph = new Graph("probe");
  graph.output("y", graph.input("x", "float32", [1]));
  const { bytes } = await onnxModel(graph, "");
  try {
    const session = await InferenceSession.create(bytes, { executionProviders: [device] });
    await session.release();
    return undefined;
  } catch (cause) {
    return { reason: "its driver or its hardware was not found.", cause };
  }
}
