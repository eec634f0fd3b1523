// A linear layer with a bias, which codec, text projection and code predictor have. Always in float32.
import type { Value } from "../graph/graph.ts";
import { add } from "../graph/ops-elementwise.ts";
import { linear } from "../graph/ops-linear.ts";
import type { AffineWeights } from "./tensor-weights.ts";

/** x [..., in] -> [..., out] */
export function affine(x: Value, { weight, bias }: AffineWeights): Value {
  return add(linear(x, x.graph.weight(weight)), x.graph.weight(bias));
}
