// Ops that combine along axes: softmax, norms, means, argmax. In: float32 values. Out: values whose
// shapes follow from the arguments. Checked when called.
import { sameDim, sameShape } from "./dim.ts";
import { check, type Value } from "./graph.ts";
import { positiveAxis } from "./ops-shape.ts";

export function softmax(x: Value, axis = -1): Value {
  check(x.type === "float32", "Softmax", [x]);
  const attributes = { axis: positiveAxis(x, axis) };
  return x.graph.node({ op: "Softmax", inputs: [x], attributes, outputs: [x] })[0]!;
}

/** `weight * x / sqrt(mean(x^2) + epsilon)` over the last axis. */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  check(isRowOf(weight, x), "RMS norm", [x, weight]);
  // The runtime's own op of this name in the default domain: one kernel, in every version.
  const attributes = { axis: -1, epsilon: { float: epsilon }, stash_type: 1 };
  return x.graph.node({
    op: "SimplifiedLayerNormalization",
    inputs: [x, weight],
    attributes,
    outputs: [x],
  })[0]!;
}

/** `x + more`, and its RMS norm: in one pass. */
export function addRmsNorm(
  x: Value,
  more: Value,
  { weight, epsilon }: { weight: Value; epsilon: number },
): { sum: Value; normed: Value } {
  check(sameShape(x.shape, more.shape) && isRowOf(weight, x), "Add and RMS norm", [
    x,
    more,
    weight,
  ]);
  const [normed, , , sum] = x.graph.node({
    op: "SkipSimplifiedLayerNormalization",
    domain: "com.microsoft",
    inputs: [x, more, weight],
    attributes: { epsilon: { float: epsilon } },
    // The second and third are for training.
    outputs: [x, undefined, undefined, x],
  });
  return { sum: sum!, normed: normed! };
}

/** Over the last axis. */
export function layerNorm(
  x: Value,
  affine: { weight: Value; bias: Value },
  epsilon: number,
): Value {
  const { weight, bias } = affine;
  check(isRowOf(weight, x) && isRowOf(bias, x), "Layer norm", [x, weight, bias]);
  return x.graph.node({
    op: "LayerNormalization",
    inputs: [x, weight, bias],
    attributes: { axis: -1, epsilon: { float: epsilon } },
    outputs: [x],
  })[0]!;
}

/** Mean over one axis, which stays with size 1. */
export function mean(x: Value, axis: number): Value {
  return reduce("ReduceMean", x, axis);
}

/** Sum over one axis, which stays with size 1. */
export function sum(x: Value, axis: number): Value {
  return reduce("ReduceSum", x, axis);
}

/** The greatest along the last axis, which stays with size 1. */
export function greatest(x: Value): Value {
  return reduce("ReduceMax", x, -1);
}

/** Index of the greatest (the first of equals) along the last axis, which goes. */
export function argMax(x: Value): Value {
  check(x.type === "float32" && x.shape.length > 0, "ArgMax", [x]);
  const outputs = [{ type: "int64" as const, shape: x.shape.slice(0, -1) }];
  const attributes = { axis: x.shape.length - 1, keepdims: 0 };
  return x.graph.node({ op: "ArgMax", inputs: [x], attributes, outputs })[0]!;
}

function reduce(op: string, x: Value, axis: number): Value {
  check(x.type === "float32", op, [x]);
  const at = positiveAxis(x, axis);
  const inputs = [x, x.graph.constant("int64", [at])];
  const shape = x.shape.map((dim, i) => (i === at ? 1 : dim));
  const outputs = [{ type: x.type, shape }];
  return x.graph.node({ op, inputs, attributes: { keepdims: 1 }, outputs })[0]!;
}

function isRowOf(row: Value, x: Value): boolean {
  const last = x.shape.at(-1);
  if (last === undefined || row.shape.length !== 1) return false;
  return row.type === "float32" && x.type === "float32" && sameDim(row.shape[0]!, last);
}
