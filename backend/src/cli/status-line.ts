// The last line of a terminal, written over itself, while the lines of the log pass above it. In: words, and what others
// write. Out: the terminal's text. Knows nothing of what is said.

const clearLine = "\r\u001b[K";
/** Where the terminal does not tell its own. */
const usualColumns = 80;

export type Terminal = { write(text: string): unknown; columns?: number };

export class StatusLine {
  readonly #terminal: Terminal;
  #words = "";

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(words: string): void {
    // A line that wraps could not be written over.
    this.#words = words.slice(0, (this.#terminal.columns ?? usualColumns) - 1);
    this.#terminal.write(clearLine + this.#words);
  }

  /** Whole lines that stay. */
  above(lines: string): void {
    this.#terminal.write(this.#words === "" ? lines : clearLine + lines + this.#words);
  }

  /** The line goes away, for whoever writes next. */
  end(): void {
    if (this.#words !== "") this.#terminal.write(clearLine);
    this.#words = "";
  }
}
