// The line on a terminal that tells how far the work is. In: samples as they come, or words. Out: one line on
// stderr, written over itself; where stderr is no terminal only warnings.

/** Often enough to be seen moving. */
const intervalMs = 100;
const clearLine = "\r\u001b[K";

export type Progress = {
  /** What is being done before there is speech. */
  phase(words: string): void;
  made(seconds: number): void;
  /** Words in the place of the line before. */
  line(words: string): void;
  /** The line goes away. */
  end(): void;
  /** Words that stay. */
  note(words: string): void;
  /** Words that stay, and must not be missed where stderr is a file or a pipe either. */
  warn(words: string): void;
};

const withoutTerminal: Progress = {
  phase: () => undefined,
  made: () => undefined,
  line: () => undefined,
  end: () => undefined,
  note: () => undefined,
  warn: (words) => process.stderr.write(`${words}\n`),
};

export function createProgress(): Progress {
  const terminal = process.stderr;
  if (!terminal.isTTY) return withoutTerminal;
  let startedMs = 0;
  let shownMs = 0;
  let seconds = 0;
  const note = (words: string) => terminal.write(`${clearLine}${words}\n`);
  return {
    phase: (words) => {
      terminal.write(`${clearLine}${words} …`);
      startedMs = performance.now();
    },
    made: (more) => {
      seconds += more;
      const nowMs = performance.now();
      if (nowMs - shownMs < intervalMs) return;
      shownMs = nowMs;
      terminal.write(clearLine + progressWords(seconds, nowMs - startedMs));
    },
    line: (words) => terminal.write(clearLine + words),
    end: () => terminal.write(clearLine),
    note,
    warn: note,
  };
}

/** "3.2 s of speech, 1.4 times real time" */
function progressWords(seconds: number, elapsedMs: number): string {
  const speed = seconds / (elapsedMs / 1000);
  return `${seconds.toFixed(1)} s of speech, ${speed.toFixed(1)} times real time`;
}
