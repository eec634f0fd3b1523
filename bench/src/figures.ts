// Figures of a run and how they are printed. In: names, values, units. Out: a table, then one line of JSON with the machine.
import { cpus } from "node:os";

export type Figure = { name: string; value: number; unit: string };

/** 100 characters. */
export const sentence =
  "The quick brown fox jumps over the lazy dog while the old clock in the tower strikes the hour of ten";

/** A text of its own for each request, so that nothing could be remembered. */
export function textNumber(index: number): string {
  return `${index} ${sentence}`.slice(0, 100);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { name, value, unit } of figures) {
    console.log(`${name.padEnd(58)} ${value.toFixed(value < 10 ? 3 : 1).padStart(10)} ${unit}`);
  }
  const processor = cpus()[0]?.model ?? "unknown";
  console.log(JSON.stringify({ processor, cores: cpus().length, node: process.version, figures }));
}
