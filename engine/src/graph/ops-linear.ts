// Products: matrices and convolutions. In: float32 values, weights in PyTorch's
// layout. Out: values whose shapes follow. Checked when called.
import { addDims, ceilDivideDim, sameDim, sameShape, type Dim } from "./dim.ts";
import { check, type Value } from "./graph.ts";
import { broadcast } from "./ops-elementwise.ts";

/** Batched matrix product over the last two axes. */
export function matMul(a: Value, b: Value): Value {
  const isMatrix = a.shape.length >= 2 && b.shape.length >= 2;
  check(isMatrix && a.type === "float32" && b.type === "float32", "MatMul", [a, b]);
  check(sameDim(a.shape.at(-1)!, b.shape.at(-2)!), "MatMul", [a, b]);
  const outer = broadcast("MatMul", withoutMatrix(a), withoutMatrix(b));
  const shape = [...outer, a.shape.at(-2)!, b.shape.at(-1)!];
  return a.graph.node({ op: "MatMul", inputs: [a, b], outputs: [{ type: "float32", shape }] })[0]!;
}

function withoutMatrix(x: Value): Value {
  return { ...x, shape: x.shape.slice(0, -2) };
}

/** `scale * a b^T` over the last two axes, batched: a [..., rows, size], b [..., columns, size] */
export function matMulTransposed(a: Value, b: Value, scale: number): Value {
  const isMatrix = a.shape.length >= 2 && b.shape.length >= 2;
  check(isMatrix && a.type === "float32" && b.type === "float32", "MatMul", [a, b]);
  check(sameDim(a.shape.at(-1)!, b.shape.at(-1)!), "MatMul", [a, b]);
  const outer = broadcast("MatMul", withoutMatrix(a), withoutMatrix(b));
  const shape = [...outer, a.shape.at(-2)!, b.shape.at(-2)!];
  return a.graph.node({
    op: "FusedMatMul",
    domain: "com.microsoft",
    inputs: [a, b],
    attributes: { transA: 0, transB: 1, alpha: { float: scale } },
    outputs: [{ type: "float32", shape }],
  })[0]!;
}

/** `x W^T` with a weight [out, in] as PyTorch stores it; x [..., in] -> [..., out] */
export function linear(x: Value, weight: Value): Value {
  const [outSize, inSize] = weight.shape;
  const fits = weight.shape.length === 2 && sameDim(inSize!, x.shape.at(-1)!);
  check(fits && x.type === "float32" && weight.type === "float32", "Linear", [x, weight]);
  const shape = [...x.shape.slice(0, -1), outSize!];
  return x.graph.node({
    op: "FusedMatMul",
    domain: "com.microsoft",
    inputs: [x, weight],
    attributes: { transA: 0, transB: 1, alpha: { float: 1 } },
    outputs: [{ type: "float32", shape }],
  })[0]!;
}

/** Cosines and sines of the angles that heads are turned by. float32 [rows, headDim / 2] */
export type AngleTables = { cosine: Value; sine: Value };

/**
 * Rotary embedding, in the variant that turns the halves of a head against each other.
 * x [batch, heads, time, headDim], rows of the tables [batch, time] (int64) -> as x
 */
export function rotate(x: Value, rows: Value, { cosine, sine }: AngleTables): Value {
  const [batch, , time, headDim] = x.shape;
  const fits = x.shape.length === 4 && sameShape(rows.shape, [batch!, time!]);
  check(fits && rows.type === "int64" && x.type === "float32", "Rotary embedding", [x, rows]);
  const isTable = (table: Value) => table.shape.length === 2 && table.shape[1] === +headDim! / 2;
  check(isTable(cosine) && isTable(sine), "Rotary embedding", [x, cosine, sine]);
  return x.graph.node({
    op: "RotaryEmbedding",
    domain: "com.microsoft",
    inputs: [x, rows, cosine, sine],
    outputs: [x],
  })[0]!;
}

export type ConvOptions = { stride?: number; dilation?: number; groups?: number };

/**
 * x [batch, in, time], weight [out, in / groups, kernel], bias [out]
 * -> [batch, out, ceil((time - dilation * (kernel - 1)) / stride)], nothing padded.
 * With a size 1 before time and before kernel it is the same as a two-dimensional one, which the runtime has
 * faster kernels for.
 */
export function conv1d(
  x: Value,
  { weight, bias }: { weight: Value; bias?: Value | undefined },
  { stride = 1, dilation = 1, groups = 1 }: ConvOptions = {},
): Value {
  const values = bias ? [x, weight, bias] : [x, weight];
  const flat = x.shape.slice(2, -1); // [] or [1]
  const isSameKind = flat.join() === weight.shape.slice(2, -1).join();
  check(["", "1"].includes(flat.join()) && isSameKind, "Conv", values);
  const [batch, inSize] = x.shape as [Dim, Dim];
  const [outSize, inGroup] = weight.shape as [number, number];
  const kernel = weight.shape.at(-1) as number;
  check(sameDim(inSize, inGroup * groups) && outSize % groups === 0, "Conv", values);
  check(!bias || (bias.shape.length === 1 && bias.shape[0] === outSize), "Conv", values);
  const length = ceilDivideDim(addDims(x.shape.at(-1)!, -dilation * (kernel - 1)), stride);
  const ones = flat.map(() => 1);
  return x.graph.node({
    op: "Conv",
    inputs: values,
    attributes: {
      kernel_shape: [...ones, kernel],
      strides: [...ones, stride],
      dilations: [...ones, dilation],
      group: groups,
      pads: [...ones, 1, ...ones, 1].map(() => 0),
    },
    outputs: [{ type: "float32", shape: [batch, outSize, ...flat, length] }],
  })[0]!;
}
