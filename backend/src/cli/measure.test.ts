import { expect, test } from "vitest";
import { audibleMs } from "./measure.ts";

const quiet = new Float32Array(100);
const speaks = Float32Array.from({ length: 100 }, (_, i) => (i < 40 ? 0.001 : 0.1));

test("silence is not heard", () => {
  expect(audibleMs({ samples: quiet, firstSample: 0, atMs: 5 }, 5, 1000)).toBeNaN();
});

test("what is heard begins behind the silence before it, and not before it has come", () => {
  expect(audibleMs({ samples: speaks, firstSample: 0, atMs: 5 }, 5, 1000)).toBe(45);
  const second = { samples: speaks, firstSample: 100 };
  expect(audibleMs({ ...second, atMs: 20 }, 5, 1000)).toBe(145);
  expect(audibleMs({ ...second, atMs: 300 }, 5, 1000)).toBe(340);
});
