// Ops that compare, rank and choose. In: values of one graph. Out: values whose shapes follow. Checked when called.
import { sameShape, type Dim } from "./dim.ts";
import { check, type Value } from "./graph.ts";
import { broadcast } from "./ops-elementwise.ts";
import { positiveAxis } from "./ops-shape.ts";

/** ONNX's number of the type. */
const onnxInt64 = 7;

export const lessThan = comparison("Less");
export const lessOrEqual = comparison("LessOrEqual");

/** bool `condition` -> where it holds `then`, else `otherwise` */
export function where(condition: Value, then: Value, otherwise: Value): Value {
  check(condition.type === "bool" && then.type === otherwise.type, "Where", [condition, then]);
  const shape = broadcast(
    "Where",
    { ...condition, shape: broadcast("Where", then, otherwise) },
    condition,
  );
  return condition.graph.node({
    op: "Where",
    inputs: [condition, then, otherwise],
    outputs: [{ type: then.type, shape }],
  })[0]!;
}

/** How often `condition` holds along the last axis, which stays with size 1: int64. */
export function countWhere(condition: Value): Value {
  check(condition.type === "bool", "Count", [condition]);
  const { graph, shape } = condition;
  const [whole] = graph.node({
    op: "Cast",
    inputs: [condition],
    attributes: { to: onnxInt64 },
    outputs: [{ type: "int64", shape }],
  });
  const axes = graph.constant("int64", [positiveAxis(condition, -1)]);
  return graph.node({
    op: "ReduceSum",
    inputs: [whole, axes],
    attributes: { keepdims: 1 },
    outputs: [{ type: "int64", shape: [...shape.slice(0, -1), 1] }],
  })[0]!;
}

/**
 * The `count` greatest along the last axis, greatest first, of equals the first first.
 * @param count int64 [1] @param size what it will be
 */
export function topK(x: Value, count: Value, size: Dim): { values: Value; indices: Value } {
  check(x.type === "float32" && count.type === "int64", "TopK", [x, count]);
  check(sameShape(count.shape, [1]), "TopK", [count]);
  const shape = [...x.shape.slice(0, -1), size];
  const [values, indices] = x.graph.node({
    op: "TopK",
    inputs: [x, count],
    attributes: { axis: positiveAxis(x, -1), largest: 1, sorted: 1 },
    outputs: [
      { type: "float32", shape },
      { type: "int64", shape },
    ],
  });
  return { values: values!, indices: indices! };
}

/** Along the last axis, each with all before it. */
export function cumulativeSum(x: Value): Value {
  check(x.type === "float32", "CumSum", [x]);
  const axis = x.graph.constant("int64", positiveAxis(x, -1));
  return x.graph.node({ op: "CumSum", inputs: [x, axis], outputs: [x] })[0]!;
}

/** Of each row the element that `places`, int64 [..., 1], names along the last axis. */
export function pick(x: Value, places: Value): Value {
  const fits = sameShape(places.shape, [...x.shape.slice(0, -1), 1]);
  check(places.type === "int64" && fits, "GatherElements", [x, places]);
  return x.graph.node({
    op: "GatherElements",
    inputs: [x, places],
    attributes: { axis: positiveAxis(x, -1) },
    outputs: [{ type: x.type, shape: places.shape }],
  })[0]!;
}

function comparison(op: string): (a: Value, b: Value) => Value {
  return (a, b) => {
    check(a.type === b.type, op, [a, b]);
    const shape = broadcast(op, a, b);
    return a.graph.node({ op, inputs: [a, b], outputs: [{ type: "bool", shape }] })[0]!;
  };
}
