// How far a download is, for whoever looks at the terminal or reads the log. In: progress. Out: one line that is written
// over itself, or a line of the log for each tenth.
import { formatBytes, type DownloadProgress } from "qwen3-tts";
import type { StatusLine } from "../../cli/status-line.ts";

export type DownloadReport = {
  /** A few times a second. */
  progress(repo: string, progress: DownloadProgress): void;
  /** Nothing comes any more: all is there, or it was stopped. */
  ended(): void;
};

/** For a log: what is to come, then each tenth of it. */
export class LoggedProgress implements DownloadReport {
  readonly #logger: { info: (details: object, message: string) => void };
  #tenths: number | null = null;

  constructor(logger: { info: (details: object, message: string) => void }) {
    this.#logger = logger;
  }

  progress(repo: string, progress: DownloadProgress): void {
    const tenths = Math.floor(percentOf(progress) / 10);
    if (tenths === this.#tenths) return;
    this.#tenths = tenths;
    this.#logger.info({ model: repo }, `downloading: ${downloadWords(progress)}`);
  }

  ended(): void {
    this.#tenths = null;
  }
}

/** For a terminal. */
export class ShownProgress implements DownloadReport {
  readonly #line: StatusLine;

  constructor(line: StatusLine) {
    this.#line = line;
  }

  progress(repo: string, progress: DownloadProgress): void {
    const name = repo.slice(repo.lastIndexOf("/") + 1);
    this.#line.show(`${name}: ${downloadWords(progress)}`);
  }

  ended(): void {
    this.#line.end();
  }
}

/** "48 %, 1.2 GB of 2.5 GB, 48 MB/s, 27 s left" */
export function downloadWords(progress: DownloadProgress): string {
  const { bytesDone, bytesTotal, bytesPerSecond, secondsLeft } = progress;
  const done = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  const left = secondsLeft === null ? "" : `, ${durationWords(secondsLeft)} left`;
  return `${percentOf(progress)} %, ${done}, ${formatBytes(bytesPerSecond)}/s${left}`;
}

function percentOf({ bytesDone, bytesTotal }: DownloadProgress): number {
  return Math.floor((100 * bytesDone) / Math.max(1, bytesTotal));
}

function durationWords(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
