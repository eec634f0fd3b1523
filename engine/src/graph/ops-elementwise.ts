// Ops that work element by element, with ONNX's (NumPy's) broadcasting. In: values of one graph. Out:
// a value with the broadcast shape. Checked when called.
import { sameDim, type Dim, type Shape } from "./dim.ts";
import { check, type Value } from "./graph.ts";

/** ONNX's number of the type. */
const onnxUint8 = 2;

export const add = binary("Add");
export const sub = binary("Sub");
export const mul = binary("Mul");

export const div = binary("Div");

export const abs = unary("Abs");
export const neg = unary("Neg");
export const exp = unary("Exp");
export const sin = unary("Sin");
export const sqrt = unary("Sqrt");
export const tanh = unary("Tanh");
export const sigmoid = unary("Sigmoid");
export const relu = unary("Relu");
export const elu = unary("Elu");

/** Exact (erf) GELU. */
export function gelu(x: Value): Value {
  check(x.type === "float32", "Gelu", [x]);
  return x.graph.node({ op: "Gelu", inputs: [x], outputs: [x] })[0]!;
}

/** `x * sigmoid(x)` */
export function silu(x: Value): Value {
  return mul(x, sigmoid(x));
}

export function clip(x: Value, { min, max }: { min: number; max: number }): Value {
  check(x.type === "float32", "Clip", [x]);
  const bounds = [x.graph.constant("float32", min), x.graph.constant("float32", max)];
  return x.graph.node({ op: "Clip", inputs: [x, ...bounds], outputs: [x] })[0]!;
}

/** Cut off, not rounded; values must lie within 0 to 255. */
export function toBytes(x: Value): Value {
  check(x.type === "float32", "Cast", [x]);
  const attributes = { to: onnxUint8 };
  const outputs = [{ type: "uint8" as const, shape: x.shape }];
  return x.graph.node({ op: "Cast", inputs: [x], attributes, outputs })[0]!;
}

/** @throws Error when the shapes do not broadcast */
export function broadcast(op: string, a: Value, b: Value): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, axis): Dim => {
    const left = a.shape[axis - rank + a.shape.length] ?? 1;
    const right = b.shape[axis - rank + b.shape.length] ?? 1;
    check(left === 1 || right === 1 || sameDim(left, right), op, [a, b]);
    return left === 1 ? right : left;
  });
}

function binary(op: string): (a: Value, b: Value) => Value {
  return (a, b) => {
    check(a.type === b.type, op, [a, b]);
    const shape = broadcast(op, a, b);
    return a.graph.node({ op, inputs: [a, b], outputs: [{ type: a.type, shape }] })[0]!;
  };
}

function unary(op: string): (x: Value) => Value {
  return (x) => {
    check(x.type === "float32", op, [x]);
    return x.graph.node({ op, inputs: [x], outputs: [x] })[0]!;
  };
}
