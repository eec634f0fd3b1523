// Runs a graph that a test has built. In: the graph and its inputs. Out: its outputs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Graph } from "../graph/graph.ts";
import { writeModelFiles } from "../graph/model-files.ts";
import { Session, type Tensor } from "../runtime/session.ts";

export async function runGraph(
  graph: Graph,
  inputs: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  const folder = await mkdtemp(join(tmpdir(), "graph-"));
  try {
    const session = await Session.load(await writeModelFiles(graph, folder), { threads: 1 });
    const outputs = await session.run(inputs);
    await session.release();
    return outputs;
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function tensor(shape: readonly number[], values: readonly number[]): Tensor<Float32Array> {
  return { data: Float32Array.from(values), shape };
}
