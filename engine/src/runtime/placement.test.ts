import { expect, test } from "vitest";
import { placedNodes } from "./placement.ts";

test("of the events of a profile the nodes are told, with who computed them", () => {
  const args = { op_name: "MatMul", node_index: "0" };
  const events = [
    { cat: "Session", name: "model_run", args: {} },
    { cat: "Node", name: "a_kernel_time", args: { ...args, provider: "WebGpuExecutionProvider" } },
    { cat: "Node", name: "b_kernel_time", args: { ...args, provider: "CPUExecutionProvider" } },
    { cat: "Node", name: "b_fence_before", args },
  ];
  expect(placedNodes(JSON.stringify(events))).toEqual([
    { provider: "WebGpuExecutionProvider", operator: "MatMul" },
    { provider: "CPUExecutionProvider", operator: "MatMul" },
  ]);
});
