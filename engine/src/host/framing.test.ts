// Messages survive any cut of the byte stream; bytes that are no messages are an error, not a crash.
import { expect, test } from "vitest";
import { encodeMessage, MessageReader } from "./framing.ts";

const messages = [
  { kind: "ping", id: 1 },
  { kind: "audio", samples: Float32Array.of(0, 0.5, -1) },
  { kind: "empty" },
];
const bytes = Buffer.concat(messages.map(encodeMessage));

test.each([1, 2, 3, 5, 7, 64, bytes.length])("messages cut into pieces of %d bytes", (size) => {
  const reader = new MessageReader();
  const read: unknown[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    read.push(...reader.push(bytes.subarray(start, start + size)));
  }
  expect(read).toEqual(messages);
});

test("a length that no message has", () => {
  expect(() => new MessageReader().push(Buffer.alloc(8, 0xff))).toThrow("4294967295 bytes");
});

test("a body that is no message", () => {
  expect(() => new MessageReader().push(Buffer.from([2, 0, 0, 0, 9, 9]))).toThrow();
});
