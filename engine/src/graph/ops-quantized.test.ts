import { expect, test } from "vitest";
import { floats } from "../runtime/session.ts";
import { runGraph } from "../testing/run-graph.ts";
import { symbol } from "./dim.ts";
import { Graph, type Value, type Weight } from "./graph.ts";
import { linearBlocks, linearRows } from "./ops-quantized.ts";

const [inSize, outSize] = [64, 4];
const weights = Array.from({ length: inSize * outSize }, (_, i) => Math.sin(i * 1.7));
const row = Array.from({ length: inSize }, (_, i) => Math.cos(i));
const exact = product(row);

function product(x: readonly number[]): number[] {
  return Array.from({ length: outSize }, (_, out) =>
    x.reduce((sum, value, i) => sum + value * weights[out * inSize + i]!, 0),
  );
}

function bytes(name: string, shape: number[], values: readonly number[]): Weight {
  return { name, type: "uint8", shape, read: () => Uint8Array.from(values) };
}

function scalesOf(shape: number[], scale: number): Weight {
  const count = shape.reduce((all, size) => all * size, 1);
  const read = () => new Uint8Array(new Float32Array(count).fill(scale).buffer);
  return { name: "scales", type: "float32", shape, read };
}

async function evaluate(rows: number[][], build: (x: Value) => Value): Promise<number[]> {
  const graph = new Graph("product");
  const x = graph.input("x", "float32", [symbol("rows"), inSize]);
  graph.output("y", build(x));
  const data = Float32Array.from(rows.flat());
  return [...floats(await runGraph(graph, { x: { data, shape: [rows.length, inSize] } }), "y")];
}

test("in blocks of 4 bits a product comes near the exact one", async () => {
  const scale = 1 / 7;
  const levels = weights.map((weight) => Math.round(weight / scale) + 8);
  const packed = Array.from(
    { length: levels.length / 2 },
    (_, i) => levels[2 * i]! | (levels[2 * i + 1]! << 4),
  );
  const values = await evaluate([row], (x) =>
    linearBlocks(x, {
      blockSize: 32,
      inSize,
      outSize,
      packed: x.graph.weight(bytes("packed", [outSize, 2, 16], packed)),
      scales: x.graph.weight(scalesOf([outSize, 2], scale)),
    }),
  );
  values.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThan(1));
});

function inRows(x: Value): Value {
  const levels: Weight = {
    ...bytes("levels", [inSize, outSize], []),
    type: "int8",
    read: () => {
      const turned = Array.from({ length: inSize * outSize }, (_, at) => {
        const [column, out] = [Math.floor(at / outSize), at % outSize];
        return Math.round(weights[out * inSize + column]! * 127);
      });
      return new Uint8Array(Int8Array.from(turned).buffer);
    },
  };
  const scales = x.graph.weight(scalesOf([outSize], 1 / 127));
  return linearRows(x, { inSize, outSize, levels: x.graph.weight(levels), scales });
}

test("in rows of 8 bits it comes nearer, each row measured by itself", async () => {
  const factors = [1, 1e-3, 1e4, -3];
  const rows = factors.map((factor) => row.map((value) => value * factor));
  const values = await evaluate(rows, inRows);
  factors.forEach((factor, r) => {
    const relative = values.slice(r * outSize, (r + 1) * outSize).map((value) => value / factor);
    relative.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThan(0.1));
  });
});

test("a row of zeros stays one, and does not disturb its neighbour", async () => {
  const zeros = new Array<number>(inSize).fill(0);
  const values = await evaluate([zeros, row], inRows);
  expect(values.slice(0, outSize).map(Math.abs)).toEqual([0, 0, 0, 0]);
  expect(values.slice(outSize)).toEqual(await evaluate([row], inRows));
});
