// How much memory a model's process will take. In: an opened checkpoint and how it would be loaded. Out: an estimate
// in bytes, on the careful side; whoever has loaded it can measure. docs/performance.md has what was measured.
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { promptPrecision, type Precision } from "../model/matrix.ts";

/** With the scales of the blocks. */
const bytesPerWeight: Record<Precision, number> = { f32: 4, int8: 1.07, int4: 0.6 };
/** Node, ONNX Runtime and the tokenizer. */
const processBytes = 230_000_000;
/** What a row takes while it speaks: keys and values, and its share of the codec's work. */
export const rowBytes = 90_000_000;
/** It is read row by row from the checkpoint. */
const onDisk = "talker.model.text_embedding.weight";
const talkerLayers = "talker.model.layers.";

export type LoadPlan = { precision: Precision; rows: number };

/** @throws EngineError if the folder is no complete checkpoint */
export async function estimateMemory(folder: string, plan: LoadPlan): Promise<number> {
  return memoryNeed(await openCheckpoint(folder), plan);
}

function memoryNeed(
  { tensors, codecTensors }: Pick<Checkpoint, "tensors" | "codecTensors">,
  { precision, rows }: LoadPlan,
): number {
  // The codec stays float32. Its encoder is there only while a voice is made, but then it is.
  const weights = elements(tensors) * bytesPerWeight[precision] + elements(codecTensors) * 4;
  const forPrompts = promptPrecision(precision);
  const again = forPrompts === precision ? 0 : elements(tensors, talkerLayers);
  return Math.ceil(processBytes + weights + again * bytesPerWeight[forPrompts] + rows * rowBytes);
}

/** @param prefix of the names of those that are counted */
function elements(table: TensorTable, prefix = ""): number {
  let sum = 0;
  for (const name of table.names()) {
    if (name === onDisk || !name.startsWith(prefix)) continue;
    sum += table.entry(name)!.shape.reduce((product, size) => product * size, 1);
  }
  return sum;
}
