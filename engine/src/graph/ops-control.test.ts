import { describe, expect, test } from "vitest";
import { runGraph, tensor } from "../testing/run-graph.ts";
import { symbol } from "./dim.ts";
import { Graph, seenIn, type Weight } from "./graph.ts";
import { loop, oneOf } from "./ops-control.ts";
import { add, mul } from "./ops-elementwise.ts";
import { matMul } from "./ops-linear.ts";
import { sum } from "./ops-reduce.ts";
import { concat, gather } from "./ops-shape.ts";

function rowWeight(name: string, values: number[]): Weight {
  const read = () => new Uint8Array(Float32Array.from(values).buffer);
  return { name, type: "float32", shape: [values.length], read };
}

function whole(data: readonly number[], shape: readonly number[]) {
  return { data: BigInt64Array.from(data, BigInt), shape };
}

describe("a loop", () => {
  test("carries on what grows, and collects what each round gives", async () => {
    const graph = new Graph("growing");
    const x = graph.input("x", "float32", [1]);
    const { carried, collected } = loop(
      graph,
      { times: 4, carried: { row: { initial: x, shape: [symbol("length")] } } },
      ({ graph: round, carried: { row } }) => {
        const total = sum(row, 0);
        const more = mul(total, round.weight(rowWeight("two", [2])));
        return { carried: { row: concat([row, more], 0) }, collected: total };
      },
    );
    graph.output("row", carried.row);
    graph.output("totals", collected);
    const { row, totals } = await runGraph(graph, { x: tensor([1], [1]) });
    expect([...(row!.data as Float32Array)]).toEqual([1, 2, 6, 18, 54]);
    expect(totals).toEqual({ data: Float32Array.of(1, 3, 9, 27), shape: [4, 1] });
  });

  test("knows its round, and sees values and weights of the graph around it", async () => {
    const graph = new Graph("around");
    const x = graph.input("x", "float32", [3, 2]);
    const x0 = graph.constant("float32", [0, 0]);
    const shared = graph.weight(rowWeight("shared", [10, 20]));
    const { carried } = loop(
      graph,
      { times: 3, carried: { last: { initial: add(shared, x0), shape: [2] } } },
      ({ graph: round, index, carried: { last } }) => {
        const row = gather(seenIn(round, x), index);
        const next = add(add(last, row), round.weight(rowWeight("shared", [10, 20])));
        return { carried: { last: next }, collected: row };
      },
    );
    graph.output("last", carried.last);
    const { last } = await runGraph(graph, { x: tensor([3, 2], [1, 2, 3, 4, 5, 6]) });
    expect([...(last!.data as Float32Array)]).toEqual([9 + 40, 12 + 80]);
  });

  test("refuses a round that goes on with another type", () => {
    const graph = new Graph("types");
    const x = graph.input("x", "float32", [1]);
    const build = () =>
      loop(graph, { times: 2, carried: { x: { initial: x, shape: [1] } } }, ({ index }) => ({
        carried: { x: index },
        collected: index,
      }));
    expect(build).toThrow("Loop over x cannot take");
  });
});

describe("one of several branches", () => {
  test.each([1, 2, 3, 5, 16])("of %d, each is found by its number", async (count) => {
    const graph = new Graph("branches");
    const which = graph.input("which", "int64", []);
    const x = graph.input("x", "float32", [1, 300]);
    // As large as what lies in the data file, and of its own in each branch.
    const matrix = (branch: number): Weight => ({
      name: `matrix${branch}`,
      type: "float32",
      shape: [300, 1],
      read: () => new Uint8Array(new Float32Array(300).fill(branch + 1).buffer),
    });
    const y = oneOf(which, count, (branch, number) =>
      matMul(seenIn(branch, x), branch.weight(matrix(number))),
    );
    graph.output("y", y);
    const ones = tensor([1, 300], new Array<number>(300).fill(1));
    for (let number = 0; number < count; number++) {
      const { y: found } = await runGraph(graph, { which: whole([number], []), x: ones });
      expect(found!.data[0]).toBe(300 * (number + 1));
    }
  });

  test("refuses branches that give different shapes", () => {
    const graph = new Graph("shapes");
    const which = graph.input("which", "int64", []);
    const build = () =>
      oneOf(which, 2, (branch, number) => branch.constant("float32", number === 0 ? [1] : [1, 2]));
    expect(build).toThrow("Branches cannot take");
  });
});

test("a graph does not take a value of the one around it unseen", () => {
  const graph = new Graph("outer");
  const x = graph.input("x", "float32", [1]);
  const inner = graph.inner("inner");
  expect(() => add(inner.constant("float32", [1]), x)).toThrow("uses x of outer");
});
