// Whether a device computes products of weights itself. In: a precision and how graphs are loaded. Out: nothing, or an error.
// A device that has no kernel for them leaves them to the processor, without a word; then each would go there and back.
import { EngineError } from "../engine-error.ts";
import { writtenGraph, type LoadOptions } from "../model/codec-session.ts";
import type { Precision } from "../model/matrix.ts";
import type { Device } from "../runtime/device.ts";
import { processor, type PlacedNode } from "../runtime/placement.ts";
import { Session } from "../runtime/session.ts";
import { extremeProduct, extremeRows } from "./check-products.ts";

/** @throws EngineError if the device leaves the products to the processor */
export async function checkPlacement(precision: Precision, options: LoadOptions): Promise<void> {
  const { device = "cpu", threads } = options;
  if (device === "cpu") return;
  const path = await writtenGraph(extremeProduct(precision), options);
  const nodes = await Session.place(path, { threads, device }, { x: extremeRows(1) });
  checkPlaced(nodes, { device, precision });
}

/** @throws EngineError */
export function checkPlaced(
  nodes: readonly PlacedNode[],
  { device, precision }: { device: Device; precision: Precision },
): void {
  const left = nodes.filter(({ provider }) => provider === processor);
  if (!left.some(({ operator }) => operator.includes("MatMul"))) return;
  const others = precision === "f32" ? "" : " or --precision f32";
  throw new EngineError(
    "not_ready",
    `The device ${device} has no products for ${precision}: of ${nodes.length} nodes of one it leaves ${left.length} to the ` +
      `processor, the product among them. Take --device cpu${others}.`,
  );
}
