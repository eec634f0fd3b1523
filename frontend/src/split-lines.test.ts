import fc from "fast-check";
import { expect, test } from "vitest";
import { collect } from "../test/site.ts";
import { splitLines } from "./split-lines.ts";

async function* cut(bytes: Uint8Array, at: number[]) {
  const borders = [0, ...at.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b)];
  for (const [i, from] of borders.entries()) {
    await Promise.resolve();
    yield bytes.subarray(from, borders[i + 1] ?? bytes.length);
  }
}

test("the same lines come out, however the bytes are cut", async () => {
  const lines = fc.array(fc.constantFrom("a", "{}", "größer", "声音", "🎧", ""), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(
      lines,
      fc.array(fc.nat(200), { maxLength: 8 }),
      fc.boolean(),
      async (all, at, closed) => {
        const text = all.join("\n") + (closed ? "\n" : "");
        const found = await collect(splitLines(cut(new TextEncoder().encode(text), at)));
        expect(found).toEqual(all.filter((line) => line !== ""));
      },
    ),
  );
});
