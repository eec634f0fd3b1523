import { expect, test } from "vitest";
import { symbol } from "../graph/dim.ts";
import { Graph } from "../graph/graph.ts";
import { floats } from "../runtime/session.ts";
import { runGraph } from "../testing/run-graph.ts";
import { matrixOf, multiply } from "./matrix.ts";

const [inSize, outSize] = [1024, 96];

function noisy(length: number, frequency: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * frequency) * Math.cos(i * 0.37));
}

async function products(rows: number): Promise<Float32Array> {
  const values = noisy(inSize * outSize, 12.9898);
  const tensor = { shape: [outSize, inSize], read: () => Promise.resolve(values) };
  const graph = new Graph("product");
  const x = graph.input("x", "float32", [symbol("rows"), inSize]);
  graph.output("y", multiply(x, matrixOf("weight", [tensor], "int8")));
  const data = noisy(rows * inSize, 78.233);
  return floats(await runGraph(graph, { x: { data, shape: [rows, inSize] } }), "y");
}

// What lets requests share a run. f32 and int4 do not, see `rowsMayShare`; engine/test/rows-together.test.ts looks at all three.
test("int8: a row is the same bit for bit in any company", async () => {
  const alone = await products(1);
  expect(alone.every((value) => value !== 0)).toBe(true);
  for (const rows of [2, 3, 4, 7, 32]) {
    expect((await products(rows)).slice(0, alone.length)).toEqual(alone);
  }
});
