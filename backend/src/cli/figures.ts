// Figures and tables in plain text. In: numbers and rows of cells. Out: lines for a terminal, or for a
// Markdown file.

/** `share` 0.5 is the median. NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Columns under a header: the first to the left, the numbers to the right. */
export function formatTable(header: readonly string[], rows: readonly string[][]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd();
  return lines.map(format).join("\n");
}

export function formatMarkdownTable(header: readonly string[], rows: readonly string[][]): string {
  const format = (line: readonly string[]): string => `| ${line.join(" | ")} |`;
  const rule = header.map((_, column) => (column === 0 ? "---" : "---:"));
  return [header, rule, ...rows].map(format).join("\n");
}

const mebibyte = 2 ** 20;

export function mebibytes(bytes: number): number {
  return Math.round(bytes / mebibyte);
}
