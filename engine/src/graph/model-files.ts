// A graph on disk. In: a graph and a folder. Out: `NAME.onnx` and `NAME.data`, which the runtime maps into
// memory. Holds one weight at a time, so that a model larger than memory can be written.
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Graph } from "./graph.ts";
import { checkLength, onnxModel, type Placement } from "./onnx-model.ts";

/** @returns the path of the model */
export async function writeModelFiles(graph: Graph, folder: string): Promise<string> {
  const dataFile = `${graph.name}.data`;
  const { bytes, placements } = await onnxModel(graph, dataFile);
  await writeData(join(folder, dataFile), placements);
  const path = modelPath(folder, graph.name);
  await writeFile(path, bytes);
  return path;
}

export function modelPath(folder: string, graphName: string): string {
  return join(folder, `${graphName}.onnx`);
}

async function writeData(path: string, placements: Placement[]): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const { weight, offset } of placements) {
      const bytes = await weight.read();
      checkLength(weight, bytes.byteLength);
      await file.write(bytes, 0, bytes.byteLength, offset);
    }
  } finally {
    await file.close();
  }
}
