// Ops that move elements about: reshape, transpose, concat, slice, gather, pad. In: values of one graph.
// Out: values whose shapes follow from the arguments. Checked when called.
import {
  addDims,
  multiplyDims,
  sameDim,
  sameElementCount,
  sameShape,
  showShape,
  type Dim,
  type Shape,
} from "./dim.ts";
import { check, type Value } from "./graph.ts";

/** At most one unknown size may be one that the input does not have at the same axis. */
export function reshape(x: Value, shape: Shape): Value {
  if (!sameElementCount(x.shape, shape)) {
    throw new Error(`Reshape cannot make ${showShape(shape)} of ${x.name}: ${showShape(x.shape)}`);
  }
  const target = shape.map((dim, axis) => reshapeEntry(x, dim, axis));
  if (target.filter((entry) => entry === -1).length > 1) {
    throw new Error(`Reshape of ${x.name} to ${showShape(shape)} leaves two sizes to be found out`);
  }
  const inputs = [x, x.graph.constant("int64", target)];
  return x.graph.node({ op: "Reshape", inputs, outputs: [{ type: x.type, shape }] })[0]!;
}

/** In ONNX 0 keeps the input's size, -1 is whatever is left. */
function reshapeEntry(x: Value, dim: Dim, axis: number): number {
  if (typeof dim === "number") return dim;
  const kept = x.shape[axis];
  return kept !== undefined && sameDim(kept, dim) ? 0 : -1;
}

export function transpose(x: Value, perm: readonly number[]): Value {
  const axes = [...perm].sort((a, b) => a - b);
  check(axes.length === x.shape.length && axes.every((axis, i) => axis === i), "Transpose", [x]);
  const outputs = [{ type: x.type, shape: perm.map((axis) => x.shape[axis]!) }];
  return x.graph.node({ op: "Transpose", inputs: [x], attributes: { perm }, outputs })[0]!;
}

export function concat(values: readonly Value[], axis: number): Value {
  const first = values[0]!;
  const at = positiveAxis(first, axis);
  for (const value of values) {
    const fits = value.shape.every((dim, i) => i === at || sameDim(dim, first.shape[i]!));
    const sameRank = value.shape.length === first.shape.length;
    check(fits && sameRank && value.type === first.type, "Concat", [first, value]);
  }
  const sum = addDims(...values.map((value) => value.shape[at]!));
  const shape = first.shape.map((dim, i) => (i === at ? sum : dim));
  const outputs = [{ type: first.type, shape }];
  return first.graph.node({ op: "Concat", inputs: values, attributes: { axis: at }, outputs })[0]!;
}

/** Negative `start` and `end` count from the end; an `end` left out is the end. */
export type SliceRange = { axis: number; start: number; end?: number };

export function slice(x: Value, { axis, start, end }: SliceRange): Value {
  const at = positiveAxis(x, axis);
  const size = x.shape[at]!;
  const from = start < 0 ? addDims(size, start) : start;
  const to = end === undefined ? size : end < 0 ? addDims(size, end) : end;
  const length = addDims(to, multiplyDims(from, -1));
  check(typeof length !== "number" || length >= 0, `Slice ${start}:${end ?? ""}`, [x]);
  const { graph } = x;
  const inputs = [
    x,
    graph.constant("int64", [start]),
    graph.constant("int64", [end ?? Number.MAX_SAFE_INTEGER]),
    graph.constant("int64", [at]),
  ];
  const shape = x.shape.map((dim, i) => (i === at ? length : dim));
  return graph.node({ op: "Slice", inputs, outputs: [{ type: x.type, shape }] })[0]!;
}

export function split(x: Value, axis: number, sizes: readonly number[]): Value[] {
  const at = positiveAxis(x, axis);
  check(sameDim(x.shape[at]!, addDims(...sizes)), `Split into ${sizes.join("+")}`, [x]);
  return parts(x, at, { lengths: x.graph.constant("int64", sizes), dims: sizes });
}

/** `x` cut in two along `axis`; `lengths`, int64 [2], become known when the graph runs: they are `dims`. */
export function cut(
  x: Value,
  axis: number,
  { lengths, dims }: PartLengths & { dims: readonly [Dim, Dim] },
): [Value, Value] {
  const at = positiveAxis(x, axis);
  const isPair = lengths.type === "int64" && sameShape(lengths.shape, [2]);
  check(isPair && sameDim(x.shape[at]!, addDims(...dims)), "Cut", [x, lengths]);
  const [first, second] = parts(x, at, { lengths, dims });
  return [first!, second!];
}

type PartLengths = { lengths: Value; dims: readonly Dim[] };

function parts(x: Value, axis: number, { lengths, dims }: PartLengths): Value[] {
  const outputs = dims.map((size) => ({
    type: x.type,
    shape: x.shape.map((dim, i) => (i === axis ? size : dim)),
  }));
  return x.graph.node({ op: "Split", inputs: [x, lengths], attributes: { axis }, outputs });
}

/** `indices` (any shape) take slices of `axis`, whose place their shape takes. */
export function gather(x: Value, indices: Value, axis = 0): Value {
  check(indices.type === "int64", "Gather", [x, indices]);
  const at = positiveAxis(x, axis);
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
  const outputs = [{ type: x.type, shape }];
  return x.graph.node({
    op: "Gather",
    inputs: [x, indices],
    attributes: { axis: at },
    outputs,
  })[0]!;
}

/** `x` with `updates` in place of the vectors (along the last axis) that `places`, int64 [..., rank - 1], name. */
export function scatterVectors(x: Value, places: Value, updates: Value): Value {
  const rank = x.shape.length;
  const isPlace = places.type === "int64" && sameDim(places.shape.at(-1)!, rank - 1);
  const fits = sameShape([...places.shape.slice(0, -1), x.shape.at(-1)!], updates.shape);
  check(isPlace && fits && x.type === updates.type, "ScatterND", [x, places, updates]);
  return x.graph.node({ op: "ScatterND", inputs: [x, places, updates], outputs: [x] })[0]!;
}

export function unsqueeze(x: Value, axis: number): Value {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  const shape = [...x.shape.slice(0, at), 1, ...x.shape.slice(at)];
  const inputs = [x, x.graph.constant("int64", [at])];
  return x.graph.node({ op: "Unsqueeze", inputs, outputs: [{ type: x.type, shape }] })[0]!;
}

export function squeeze(x: Value, axis: number): Value {
  const at = positiveAxis(x, axis);
  check(x.shape[at] === 1, `Squeeze of axis ${axis}`, [x]);
  const inputs = [x, x.graph.constant("int64", [at])];
  const shape = x.shape.filter((_, i) => i !== at);
  return x.graph.node({ op: "Squeeze", inputs, outputs: [{ type: x.type, shape }] })[0]!;
}

export type Padding = { before: number; after: number; mode: "constant" | "reflect" | "edge" };

/** Pad the last axis; `constant` pads zeros. */
export function padLast(x: Value, { before, after, mode }: Padding): Value {
  check(before >= 0 && after >= 0 && x.shape.length > 0, "Pad", [x]);
  const last = x.shape.length - 1;
  const inputs = [
    x,
    x.graph.constant("int64", [before, after]),
    undefined,
    x.graph.constant("int64", [last]),
  ];
  const shape = x.shape.map((dim, i) => (i === last ? addDims(dim, before, after) : dim));
  const outputs = [{ type: x.type, shape }];
  return x.graph.node({ op: "Pad", inputs, attributes: { mode }, outputs })[0]!;
}

/** Pad the last axis with zeros, by numbers known only in the run: `padding` is an int64 [before, after]. */
export function padLastBy(x: Value, padding: Value, length: Dim): Value {
  check(padding.type === "int64" && padding.shape.join() === "2", "Pad", [x, padding]);
  const last = x.shape.length - 1;
  const inputs = [x, padding, undefined, x.graph.constant("int64", [last])];
  const outputs = [{ type: x.type, shape: [...x.shape.slice(0, last), length] }];
  return x.graph.node({ op: "Pad", inputs, attributes: { mode: "constant" }, outputs })[0]!;
}

export function positiveAxis(x: Value, axis: number): number {
  const at = axis < 0 ? axis + x.shape.length : axis;
  check(at >= 0 && at < x.shape.length, `Axis ${axis}`, [x]);
  return at;
}
