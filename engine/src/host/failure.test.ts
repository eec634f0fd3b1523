// What went wrong in a host becomes a code and words for the client, and those show no path.
import { expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { failureOf, failureOfEnd, fatalFailureOf, loadFailureOf } from "./failure.ts";

test.each([
  [new EngineError("unsupported", "No such speaker."), "unsupported"],
  [new RangeError("Array buffer allocation failed"), "out_of_memory"],
  [new Error("std::bad_alloc"), "out_of_memory"],
  [new Error("BFCArena: Failed to allocate memory for requested buffer"), "out_of_memory"],
  [new Error("CUDA failure 2: out of memory ; GPU=0"), "out_of_memory"],
  [new Error("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0"), "out_of_memory"],
  [new Error("vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY"), "out_of_memory"],
  [new Error("HRESULT failed: E_OUTOFMEMORY"), "out_of_memory"],
  [new TypeError("x is not a function"), "internal"],
  ["a thrown string", "internal"],
])("thrown: %s", (thrown, code) => {
  expect(failureOf(thrown).code).toBe(code);
});

test("an error of a copy of this package keeps its code", () => {
  const copy = Object.assign(new Error("Busy."), { name: "EngineError", code: "not_ready" });
  expect(failureOf(copy)).toMatchObject({ code: "not_ready", message: "Busy." });
});

test("a defect keeps its stack for the log and out of the message", () => {
  const { message, detail } = failureOf(new TypeError("/secret/place is broken"));
  expect(message).not.toContain("/secret");
  expect(detail).toContain("/secret/place");
});

test.each([
  [{ exitCode: null, signal: "SIGSEGV" as const, stderr: "" }, "crashed", "SIGSEGV"],
  [{ exitCode: 3, signal: null, stderr: "" }, "crashed", "exit code 3"],
  [{ exitCode: null, signal: "SIGKILL" as const, stderr: "" }, "crashed", "most likely for memory"],
  [
    {
      exitCode: null,
      signal: "SIGABRT" as const,
      stderr: "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    },
    "out_of_memory",
    "memory",
  ],
])("a process that ended with %j", (end, code, words) => {
  const failure = failureOfEnd(end);
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(words);
});

test("a compute thread that dies of memory is out_of_memory, of anything else crashed", () => {
  const memory = new Error("Worker terminated due to reaching memory limit: JS heap out of memory");
  expect(fatalFailureOf(memory).code).toBe("out_of_memory");
  expect(fatalFailureOf(new EngineError("unsupported", "No.")).code).toBe("crashed");
});

test("a failed load is not_ready, in the module's own words where it has any", () => {
  const load = (thrown: unknown): unknown => loadFailureOf(failureOf(thrown));
  const own = "The weights are cut short.";
  expect(load(new EngineError("unsupported", own))).toMatchObject({
    code: "not_ready",
    message: own,
  });
  expect(load(new Error("ENOENT: /secret"))).toMatchObject({ code: "not_ready" });
  expect(load(new Error("std::bad_alloc"))).toMatchObject({ code: "out_of_memory" });
});
