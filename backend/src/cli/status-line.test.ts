// What is seen on a terminal while a line is rewritten and others pass above it.
import { expect, test } from "vitest";
import { StatusLine } from "./status-line.ts";

/** A terminal that understands what the line needs of one. */
function screen(columns = 40) {
  const lines: string[] = [];
  let last = "";
  const write = (text: string): void => {
    const parts = text.split("\n");
    for (const [index, part] of parts.entries()) {
      if (index > 0) {
        lines.push(last);
        last = "";
      }
      const cleared = part.split("\r\u001b[K");
      last = cleared.length > 1 ? cleared.at(-1)! : last + part;
    }
  };
  return { terminal: { write, columns }, seen: () => [...lines, last] };
}

test("it is rewritten in its place, and what is logged stays above it", () => {
  const { terminal, seen } = screen();
  const line = new StatusLine(terminal);
  line.above("started\n");
  line.show("10 %");
  line.show("9 MB");
  expect(seen()).toEqual(["started", "9 MB"]);
  line.above("a request\n");
  expect(seen()).toEqual(["started", "a request", "9 MB"]);
  line.end();
  line.above("done\n");
  expect(seen()).toEqual(["started", "a request", "done", ""]);
});

test("it never wraps", () => {
  const { terminal, seen } = screen(10);
  new StatusLine(terminal).show("longer than ten columns");
  expect(seen()).toEqual(["longer th"]);
});
