import { expect, test } from "vitest";
import { symbol } from "../graph/dim.ts";
import { Graph } from "../graph/graph.ts";
import { floats } from "../runtime/session.ts";
import { runGraph } from "../testing/run-graph.ts";
import { matrixOf, multiply, type Precision } from "./matrix.ts";

const [inSize, outSize] = [1024, 96];

function noisy(length: number, frequency: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * frequency) * Math.cos(i * 0.37));
}

async function products(precision: Precision, rows: number): Promise<Float32Array> {
  const values = noisy(inSize * outSize, 12.9898);
  const tensor = { shape: [outSize, inSize], read: () => Promise.resolve(values) };
  const graph = new Graph("product");
  const x = graph.input("x", "float32", [symbol("rows"), inSize]);
  graph.output("y", multiply(x, matrixOf("weight", [tensor], precision)));
  const data = noisy(rows * inSize, 78.233);
  return floats(await runGraph(graph, { x: { data, shape: [rows, inSize] } }), "y");
}

// What makes a request's codes the same alone and in company.
test("int8: a row is the same bit for bit in any company", async () => {
  const alone = await products("int8", 1);
  expect(alone.every((value) => value !== 0)).toBe(true);
  for (const rows of [2, 3, 4, 7, 32]) {
    expect((await products("int8", rows)).slice(0, alone.length)).toEqual(alone);
  }
});

test("int4: it is if runs have an even number of rows", async () => {
  const alone = await products("int4", 2);
  expect(alone.every((value) => value !== 0)).toBe(true);
  for (const rows of [4, 6, 8, 32]) {
    expect((await products("int4", rows)).slice(0, alone.length)).toEqual(alone);
  }
});
