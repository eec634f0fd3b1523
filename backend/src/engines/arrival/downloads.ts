// Downloads of models in the background, one after the other. In: repositories to start, pause and drop. Out: their
// state at any time, and a call for each that has come. What fails is tried again after pauses that grow; a
// pause leaves what is there, and the next start goes on with it. Knows nothing of engines.
import { setTimeout as sleep } from "node:timers/promises";
import type { DownloadProgress } from "qwen3-tts";
import type { DownloadReport } from "./download-report.ts";
import type { DownloadWishes } from "./download-wishes.ts";

export type DownloadState =
  | { kind: "none" }
  | { kind: "queued" | "paused"; bytesDone: number }
  | { kind: "downloading"; progress: DownloadProgress | null }
  /** It is on the disk, and is being taken over. */
  | { kind: "arriving" }
  /** It failed and is tried again. */
  | { kind: "waiting"; reason: string; nextTryMs: number; bytesDone: number };

export type DownloadsOptions = {
  /** Fetches a model into the cache and gives its folder; resumes what an aborted call has left. */
  fetchModel: (
    repo: string,
    options: { signal: AbortSignal; onProgress: (progress: DownloadProgress) => void },
  ) => Promise<string>;
  /**
   * Takes over what has come. What it throws is a failure of the download: it is tried again. When the signal aborts,
   * nobody waits for it any more.
   */
  arrived: (repo: string, folder: string, signal: AbortSignal) => Promise<void>;
  wishes: DownloadWishes;
  /** Before the second try, the third, …; the last one for all that follow. */
  retryPausesMs: readonly number[];
  report: DownloadReport;
  logger: {
    info: (details: object, message: string) => void;
    warn: (details: object, message: string) => void;
  };
};

const minuteMs = 60_000;
export const growingPausesMs = [1, 5, 15, 60].map((minutes) => minutes * minuteMs);

type Job = {
  state: DownloadState;
  abort: AbortController;
  failures: number;
  /** Settles when nothing of it runs any more; never rejects. */
  over: Promise<void>;
};

export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #jobs = new Map<string, Job>();
  /** The present fetch and all that wait for it. */
  #line: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  state(repo: string): DownloadState {
    return this.#jobs.get(repo)?.state ?? { kind: "none" };
  }

  /** Those that are in the making, for people who wait. */
  running(): { repo: string; progress: DownloadProgress }[] {
    return [...this.#jobs].flatMap(([repo, { state }]) =>
      state.kind === "downloading" && state.progress ? [{ repo, progress: state.progress }] : [],
    );
  }

  /** What an earlier process has left, and nobody has asked for again. */
  leftPaused(repo: string, bytesDone: number): void {
    this.#jobs.set(repo, { ...newJob(bytesDone), state: { kind: "paused", bytesDone } });
  }

  /** `asked`: by a person, so that it goes on after a restart too. What runs already runs on. */
  start(repo: string, { asked, bytesDone = 0 }: { asked: boolean; bytesDone?: number }): void {
    if (this.#closed) return;
    if (asked) this.#options.wishes.set(repo, "wanted");
    const old = this.#jobs.get(repo);
    if (old && ["queued", "downloading", "arriving"].includes(old.state.kind)) return;
    old?.abort.abort(); // a try that waits for its time
    const job = newJob(old ? bytesDoneOf(old.state) : bytesDone);
    this.#jobs.set(repo, job);
    job.over = this.#run(repo, job);
  }

  pause(repo: string): void {
    this.#options.wishes.set(repo, "unwanted");
    const job = this.#jobs.get(repo);
    if (!job) return;
    job.state = { kind: "paused", bytesDone: bytesDoneOf(job.state) };
    job.abort.abort();
  }

  /** Resolves when nothing writes to its files any more. */
  async drop(repo: string): Promise<void> {
    this.#options.wishes.set(repo, "unwanted");
    const job = this.#jobs.get(repo);
    if (!job) return;
    job.abort.abort();
    await job.over;
    if (this.#jobs.get(repo) === job) this.#jobs.delete(repo);
  }

  /** What is there stays, and the next process goes on with it. */
  async close(): Promise<void> {
    this.#closed = true;
    const jobs = [...this.#jobs.values()];
    for (const { abort } of jobs) abort.abort();
    await Promise.all(jobs.map(({ over }) => over));
  }

  async #run(repo: string, job: Job): Promise<void> {
    while (!calledOff(job)) {
      try {
        const folder = await this.#inLine(() => this.#fetch(repo, job));
        if (folder === undefined) return;
        job.state = { kind: "arriving" };
        await this.#options.arrived(repo, folder, job.abort.signal);
        this.#options.wishes.set(repo, undefined);
        if (this.#jobs.get(repo) === job) this.#jobs.delete(repo);
        return;
      } catch (error) {
        if (calledOff(job)) return;
        await this.#waitAfter(repo, job, error);
      }
    }
  }

  /** Nothing: it was called off. */
  async #fetch(repo: string, job: Job): Promise<string | undefined> {
    if (calledOff(job)) return undefined;
    const { signal } = job.abort;
    const { fetchModel, report } = this.#options;
    job.state = { kind: "downloading", progress: null };
    const onProgress = (progress: DownloadProgress): void => {
      if (calledOff(job)) return;
      job.state = { kind: "downloading", progress };
      report.progress(repo, progress);
    };
    const folder = await fetchModel(repo, { signal, onProgress }).finally(() => report.ended());
    if (calledOff(job)) return undefined;
    this.#options.logger.info({ model: repo }, "downloaded and checked");
    return folder;
  }

  async #waitAfter(repo: string, job: Job, error: unknown): Promise<void> {
    const { retryPausesMs, logger } = this.#options;
    const pauseMs = retryPausesMs[Math.min(job.failures, retryPausesMs.length - 1)]!;
    job.failures += 1;
    const reason = error instanceof Error ? error.message : String(error);
    const bytesDone = bytesDoneOf(job.state);
    job.state = { kind: "waiting", reason, nextTryMs: Date.now() + pauseMs, bytesDone };
    logger.warn({ model: repo, reason, minutes: pauseMs / minuteMs }, "tried again later");
    await sleep(pauseMs, undefined, { signal: job.abort.signal }).catch(() => undefined);
    if (!calledOff(job)) job.state = { kind: "queued", bytesDone };
  }

  #inLine<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = this.#line.then(task);
    this.#line = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}

function newJob(bytesDone: number): Job {
  return {
    state: { kind: "queued", bytesDone },
    abort: new AbortController(),
    failures: 0,
    over: Promise.resolve(),
  };
}

function calledOff({ abort }: Job): boolean {
  return abort.signal.aborted;
}

function bytesDoneOf(state: DownloadState): number {
  if (state.kind === "downloading") return state.progress?.bytesDone ?? 0;
  return "bytesDone" in state ? state.bytesDone : 0;
}
