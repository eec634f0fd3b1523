import { describe, expect, test } from "vitest";
import { runGraph, tensor } from "../testing/run-graph.ts";
import { addDims, multiplyDims, sameElementCount, symbol } from "./dim.ts";
import { Graph, type Value, type Weight } from "./graph.ts";
import { add, gelu, mul, silu } from "./ops-elementwise.ts";
import { conv1d, linear, matMul, matMulTransposed } from "./ops-linear.ts";
import { layerNorm, mean, rmsNorm, softmax } from "./ops-reduce.ts";
import {
  concat,
  cut,
  gather,
  padLast,
  padLastBy,
  reshape,
  slice,
  split,
  transpose,
} from "./ops-shape.ts";

const time = symbol("time");

function floatWeight(name: string, shape: number[], values: number[]): Weight {
  return {
    name,
    type: "float32",
    shape,
    read: () => new Uint8Array(Float32Array.from(values).buffer),
  };
}

function repeated(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}

/** The one output of `build`, for an input x whose last size is not known while the graph is built. */
async function evaluate(
  shape: number[],
  values: number[],
  build: (x: Value, graph: Graph) => Value,
): Promise<{ shape: readonly number[]; values: number[] }> {
  const graph = new Graph("test");
  const x = graph.input("x", "float32", [...shape.slice(0, -1), time]);
  graph.output("y", build(x, graph));
  const { y } = await runGraph(graph, { x: tensor(shape, values) });
  return { shape: y!.shape, values: [...(y!.data as Float32Array)] };
}

/** As `evaluate`, with every size of the input known. */
async function evaluateFixed(
  shape: number[],
  values: number[],
  build: (x: Value, graph: Graph) => Value,
): Promise<{ shape: readonly number[]; values: number[]; built: Value }> {
  const graph = new Graph("test");
  const built = build(graph.input("x", "float32", shape), graph);
  graph.output("y", built);
  const { y } = await runGraph(graph, { x: tensor(shape, values) });
  return { shape: y!.shape, values: [...(y!.data as Float32Array)], built };
}

function expectClose(found: number[], expected: number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
}

describe("sizes", () => {
  test("sums and products of unknown sizes compare equal where they always are", () => {
    const frames = symbol("frames");
    expect(String(addDims(frames, 6, -6))).toBe("frames");
    expect(String(multiplyDims(addDims(frames, 1), 3))).toBe("3*frames+3");
    expect(addDims(frames, multiplyDims(frames, -1))).toBe(0);
    expect(sameElementCount([4, frames], [frames, 2, 2])).toBe(true);
    expect(sameElementCount([multiplyDims(frames, time)], [time, frames])).toBe(true);
    expect(sameElementCount([4, frames], [frames, 2])).toBe(false);
    expect(sameElementCount([frames], [time])).toBe(false);
  });
});

describe("what ops compute", () => {
  test("linear takes a weight [out, in] as it is stored", async () => {
    const { shape, values } = await evaluateFixed([2, 3], [1, 2, 3, 4, 5, 6], (x, graph) =>
      linear(x, graph.weight(floatWeight("w", [2, 3], [1, 0, -1, 0.5, 0.5, 0.5]))),
    );
    expect(shape).toEqual([2, 2]);
    expectClose(values, [-2, 3, -2, 7.5]);
  });

  test("convolutions, dilated, strided and grouped", async () => {
    const input = [1, 2, 3, 4, 5, 6];
    const weight = floatWeight("w", [1, 1, 2], [1, 10]);
    const dilated = await evaluate([1, 1, 6], input, (x, graph) =>
      conv1d(x, { weight: graph.weight(weight) }, { dilation: 2 }),
    );
    expectClose(dilated.values, [31, 42, 53, 64]);
    const strided = await evaluate([1, 1, 6], input, (x, graph) =>
      conv1d(
        x,
        { weight: graph.weight(weight), bias: graph.constant("float32", [0.5]) },
        { stride: 2 },
      ),
    );
    expectClose(strided.values, [21.5, 43.5, 65.5]);
    const grouped = await evaluate([1, 2, 3], input, (x, graph) =>
      conv1d(x, { weight: graph.weight(floatWeight("w", [2, 1, 1], [2, 3])) }, { groups: 2 }),
    );
    expectClose(grouped.values, [2, 4, 6, 12, 15, 18]);
  });

  test("a convolution over time written as a two-dimensional one", async () => {
    const { shape, values } = await evaluate([1, 1, 1, 4], [1, 2, 3, 4], (x, graph) =>
      conv1d(x, { weight: graph.weight(floatWeight("w", [1, 1, 1, 2], [1, 10])) }, { dilation: 2 }),
    );
    expect(shape).toEqual([1, 1, 1, 2]);
    expectClose(values, [31, 42]);
  });

  test("products with the rows of both sides", async () => {
    const { shape, values } = await evaluateFixed([2, 1, 2], [1, 2, 3, 4], (x, graph) =>
      matMulTransposed(x, graph.constant("float32", [1, 0, 1, 1, 0, 5], [3, 2]), 0.5),
    );
    expect(shape).toEqual([2, 1, 3]);
    expectClose(values, [0.5, 1.5, 5, 1.5, 3.5, 10]);
  });

  test("norms, softmax, mean", async () => {
    const rms = await evaluateFixed([1, 2], [3, 4], (x, graph) =>
      rmsNorm(x, graph.constant("float32", [1, 2]), 0),
    );
    expectClose(rms.values, [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]);
    const layer = await evaluateFixed([1, 2], [1, 3], (x, graph) =>
      layerNorm(
        x,
        { weight: graph.constant("float32", [1, 1]), bias: graph.constant("float32", [0, 1]) },
        0,
      ),
    );
    expectClose(layer.values, [-1, 2]);
    const soft = await evaluate([1, 2], [0, Math.log(3)], (x) => softmax(x));
    expectClose(soft.values, [0.25, 0.75]);
    const average = await evaluate([2, 2], [1, 3, 5, 9], (x) => mean(x, -1));
    expect(average).toEqual({ shape: [2, 1], values: [2, 7] });
  });

  test("activations", async () => {
    expectClose((await evaluate([1, 2], [1, -1], silu)).values, [0.731059, -0.268941]);
    expectClose((await evaluate([1, 2], [1, -1], gelu)).values, [0.841345, -0.158655]);
  });

  test("moving elements about", async () => {
    const swapped = await evaluate([2, 3], [1, 2, 3, 4, 5, 6], (x) => transpose(x, [1, 0]));
    expect(swapped).toEqual({ shape: [3, 2], values: [1, 4, 2, 5, 3, 6] });
    const parts = await evaluateFixed([1, 5], [1, 2, 3, 4, 5], (x) => {
      const [a, b] = split(x, 1, [2, 3]);
      return concat([b!, a!], -1);
    });
    expect(parts.values).toEqual([3, 4, 5, 1, 2]);
    const tail = await evaluate([1, 5], [1, 2, 3, 4, 5], (x) => slice(x, { axis: 1, start: -2 }));
    expect(tail.values).toEqual([4, 5]);
    const picked = await evaluateFixed([3, 2], [1, 2, 3, 4, 5, 6], (x, graph) =>
      gather(x, graph.constant("int64", [2, 0])),
    );
    expect(picked.values).toEqual([5, 6, 1, 2]);
    const padded = await evaluate([1, 3], [1, 2, 3], (x) =>
      padLast(x, { before: 2, after: 1, mode: "reflect" }),
    );
    expect(padded.values).toEqual([3, 2, 1, 2, 3, 2]);
    const folded = await evaluate([2, 3], [1, 2, 3, 4, 5, 6], (x) => reshape(x, [time, 2]));
    expect(folded.shape).toEqual([3, 2]);
  });

  test("what was joined comes apart where it was joined", async () => {
    const parts = await evaluate([1, 3], [1, 2, 3], (x, graph) => {
      const other = graph.constant("float32", [4, 5], [1, 2]);
      const lengths = graph.constant("int64", [3, 2]);
      const dims = [x.shape[1]!, 2] as const;
      const [first, second] = cut(concat([x, other], 1), 1, { lengths, dims });
      return concat([second, first], 1);
    });
    expect(parts.values).toEqual([4, 5, 1, 2, 3]);
  });

  test("padding by a number known only in the run", async () => {
    const graph = new Graph("test");
    const x = graph.input("x", "float32", [1, time]);
    const padding = graph.input("padding", "int64", [2]);
    graph.output("y", padLastBy(x, padding, symbol("padded")));
    const by = { data: BigInt64Array.from([0n, 2n]), shape: [2] };
    const { y } = await runGraph(graph, { x: tensor([1, 2], [1, 2]), padding: by });
    expect([...(y!.data as Float32Array)]).toEqual([1, 2, 0, 0]);
  });
});

test("a weight that is large lies in the data file, once", async () => {
  const large = floatWeight(
    "large",
    [300, 2],
    Array.from({ length: 600 }, (_, i) => i),
  );
  const { values } = await evaluateFixed([1, 300], repeated(300, 1), (x, graph) =>
    add(matMul(x, graph.weight(large)), matMul(x, graph.weight(large))),
  );
  expect(values).toEqual([179400, 180000]);
});

describe("a wrong call fails where it stands", () => {
  const graph = new Graph("wrong");
  const x = graph.input("x", "float32", [1, 4, time]);
  const rows = graph.input("rows", "float32", [time, 4]);
  const cases: [string, () => unknown, RegExp][] = [
    [
      "shapes that do not broadcast",
      () => mul(x, rows),
      /Mul cannot take x: float32 \[1, 4, time\]/,
    ],
    [
      "a weight too wide",
      () => linear(rows, graph.weight(floatWeight("wide", [2, 5], repeated(10, 0)))),
      /Linear/,
    ],
    [
      "a conv of other channels",
      () => conv1d(x, { weight: graph.weight(floatWeight("c", [2, 3, 1], repeated(6, 0))) }),
      /Conv/,
    ],
    ["a reshape that loses elements", () => reshape(x, [4, 5]), /Reshape cannot make \[4, 5\]/],
    [
      "a reshape with two unknowns",
      () =>
        reshape(graph.input("two", "float32", [time, symbol("other")]), [symbol("other"), time]),
      /two sizes/,
    ],
    ["parts that do not add up", () => split(rows, 1, [1, 2]), /Split into 1\+2/],
    ["an axis that is not there", () => softmax(rows, 2), /Axis 2/],
    ["types that differ", () => add(rows, graph.input("ids", "int64", [time, 4])), /Add/],
    [
      "another graph's value",
      () => add(new Graph("other").input("y", "float32", [4]), rows),
      /uses/,
    ],
    [
      "a weight of another shape",
      () => graph.weight(floatWeight("wide", [5, 2], [])),
      /Weight wide is/,
    ],
  ];
  test.each(cases)("%s", (_name, call, message) => {
    expect(call).toThrow(message);
  });

  test("a weight whose bytes do not fit its shape", async () => {
    const build = evaluateFixed([2], [1, 2], (value, own) =>
      add(value, own.weight(floatWeight("short", [2], [1]))),
    );
    await expect(build).rejects.toThrow("Weight short has 4 bytes, not 8");
  });
});
