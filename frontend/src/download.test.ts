import { expect, test } from "vitest";
import { clipFileName } from "./download.ts";

const date = new Date(2026, 10, 3, 9, 5);

test.each([
  ["Hello, world!", "Ryan", "ryan-hello-world-20261103-0905.wav"],
  ["你好，世界", "Uncle_Fu", "uncle-fu-你好-世界-20261103-0905.wav"],
  ["../../etc/passwd", "", "etc-passwd-20261103-0905.wav"],
  ["!?", "Ryan", "ryan-speech-20261103-0905.wav"],
])("%j by %j is saved as %s", (text, speaker, name) => {
  expect(clipFileName(text, speaker, date)).toBe(name);
});

test("a long text makes a short name", () => {
  expect(clipFileName("word ".repeat(100), "Ryan", date).length).toBeLessThan(70);
});
