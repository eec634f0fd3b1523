import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesFromBase64 } from "./base64.ts";

test("gives back the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(bytesFromBase64(Buffer.from(bytes).toString("base64"))).toEqual(bytes);
    }),
  );
});

test("also those of more than one slice", () => {
  const bytes = Uint8Array.from({ length: 2_000_001 }, (_, i) => (i * 31) % 256);
  expect(Buffer.compare(bytesFromBase64(Buffer.from(bytes).toString("base64")), bytes)).toBe(0);
});
