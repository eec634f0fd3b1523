// The lines of a batch as the person edits them: a text with line breaks, pasted or typed, becomes
// several lines, up to the limit. Plain functions on a plain list.
import { limits } from "qwen-tts/protocol";

/** `id` keeps a line's field its own when lines above it come and go. */
export type BatchLine = { id: number; text: string };

export type BatchLines = {
  lines: BatchLine[];
  nextId: number;
  /** Lines of the last paste that had no place. */
  leftOut: number;
};

const linesAtStart = 3;

export const initialLines: BatchLines = {
  lines: Array.from({ length: linesAtStart }, (_, id) => ({ id, text: "" })),
  nextId: linesAtStart,
  leftOut: 0,
};

/** Put `text` into line `index`; what follows a line break goes into lines of its own below it. */
export function editLine(before: BatchLines, index: number, text: string): BatchLines {
  const pieces = text.split(/\r\n|\r|\n/);
  const [first = "", ...rest] = pieces.length > 1 ? pieces.filter((piece) => piece.trim()) : pieces;
  const edited = before.lines.map((line, i) => (i === index ? { ...line, text: first } : line));
  return spread({ ...before, lines: edited }, index, rest);
}

/** Insert `texts` below line `index`, into empty lines there first, then into new ones. */
function spread({ lines, nextId }: BatchLines, index: number, texts: string[]): BatchLines {
  const below = lines.slice(index + 1);
  const emptyBelow = below.findIndex(({ text }) => text.trim() !== "");
  const reusable = Math.min(texts.length, emptyBelow === -1 ? below.length : emptyBelow);
  const room = limits.batchItems - (lines.length - reusable);
  const placed = texts
    .slice(0, Math.max(0, room))
    .map((text, i) => (i < reusable ? { ...below[i]!, text } : { id: nextId + i, text }));
  return {
    lines: [...lines.slice(0, index + 1), ...placed, ...below.slice(reusable)],
    nextId: nextId + texts.length,
    leftOut: texts.length - placed.length,
  };
}

export function addLine({ lines, nextId }: BatchLines): BatchLines {
  if (lines.length >= limits.batchItems) return { lines, nextId, leftOut: 0 };
  return { lines: [...lines, { id: nextId, text: "" }], nextId: nextId + 1, leftOut: 0 };
}

/** The last line that is left is emptied instead. */
export function removeLine({ lines, nextId }: BatchLines, index: number): BatchLines {
  if (lines.length === 1)
    return { lines: [{ id: nextId, text: "" }], nextId: nextId + 1, leftOut: 0 };
  return { lines: lines.filter((_, i) => i !== index), nextId, leftOut: 0 };
}
