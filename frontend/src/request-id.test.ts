import { expect, test } from "vitest";
import { uuidFromRandom } from "./request-id.ts";

test("random bytes become a UUID of version 4", () => {
  const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(uuidFromRandom(new Uint8Array(16))).toBe("00000000-0000-4000-8000-000000000000");
  expect(uuidFromRandom(new Uint8Array(16).fill(255))).toMatch(version4);
});
