// Devices of whatever machine this is: each works or says what is missing, and what was asked for reaches the runtime.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { afterEach, expect, test, vi } from "vitest";
import { EngineError } from "../engine-error.ts";
import { Graph } from "../graph/graph.ts";
import { writeModelFiles } from "../graph/model-files.ts";
import { add } from "../graph/ops-elementwise.ts";
import { tensor } from "../testing/run-graph.ts";
import { chooseDevice, devices } from "./device.ts";
import { processor } from "./placement.ts";
import { Session } from "./session.ts";

afterEach(() => vi.restoreAllMocks());

/** Of another system than this one. */
const foreign = process.platform === "darwin" ? "dml" : "coreml";

test.each(devices)("%s works, or the error says what is missing and what to do", async (device) => {
  const result = await chooseDevice(device).catch((error: unknown) => error);
  if (result === device) return;
  expect(result).toBeInstanceOf(EngineError);
  expect(result).toMatchObject({ code: "not_ready" });
  expect((result as Error).message).toMatch(
    new RegExp(`^The device ${device} cannot be used: .+ It takes .+ --device cpu\\.$`),
  );
});

test("a device of another system is refused with those that there are", async () => {
  await expect(chooseDevice(foreign)).rejects.toThrow(/has cpu.* only/);
});

test("hardware that only a session misses is named too", async () => {
  vi.spyOn(InferenceSession, "create").mockRejectedValue(new Error("no adapter"));
  await expect(chooseDevice("webgpu")).rejects.toThrow(/hardware was not found.*Vulkan/);
});

test("auto is the processor where there is no CUDA", async () => {
  vi.spyOn(InferenceSession, "create").mockRejectedValue(new Error("no GPU"));
  expect(await chooseDevice("auto")).toBe("cpu");
});

test("the runtime tells who computed a graph's nodes, and leaves no file behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "device-"));
  const graph = new Graph("sum");
  const x = graph.input("x", "float32", [1]);
  graph.output("y", add(x, x));
  const path = await writeModelFiles(graph, folder);
  const profiles = async () =>
    (await readdir(tmpdir())).filter((name) => name.startsWith("qwen-tts-profile-"));
  const before = await profiles();
  const nodes = await Session.place(path, { threads: 1 }, { x: tensor([1], [2]) });
  expect(nodes).toContainEqual({ provider: processor, operator: "Add" });
  expect(new Set(nodes.map(({ provider }) => provider))).toEqual(new Set([processor]));
  expect(await profiles()).toEqual(before);
  await rm(folder, { recursive: true });
});

test("a graph is given to the device, and to the processor what the device cannot do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "device-"));
  const graph = new Graph("same");
  graph.output("y", graph.input("x", "float32", [1]));
  const path = await writeModelFiles(graph, folder);
  const create = vi.spyOn(InferenceSession, "create").mockRejectedValue(new Error("none"));
  await Session.load(path, { threads: 1, device: "webgpu" }).catch(() => undefined);
  await Session.load(path, { threads: 1 }).catch(() => undefined);
  const providers = create.mock.calls.map(
    (call) => (call as unknown as [string, InferenceSession.SessionOptions])[1].executionProviders,
  );
  expect(providers).toEqual([["webgpu", "cpu"], ["cpu"]]);
  await rm(folder, { recursive: true });
});
