// Counts and times for Prometheus, at /metrics. In: what happened to a request. Out: the text format.
// Labels are bounded: no ids, no texts.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export type LiveCounts = {
  queueLength(): number;
  activeRequests(): number;
  activeRows(): number;
};

const secondsBuckets = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 60, 120];
const factorBuckets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 4];

export class Metrics {
  readonly registry = new Registry();

  readonly requests = new Counter({
    name: "qwen_tts_requests_total",
    help: "Speech requests that have ended; a batch counts each item",
    labelNames: ["route", "outcome"] as const,
    registers: [this.registry],
  });

  readonly refused = new Counter({
    name: "qwen_tts_refused_total",
    help: "Requests answered with an error, by its code",
    labelNames: ["code"] as const,
    registers: [this.registry],
  });

  readonly audioSeconds = new Counter({
    name: "qwen_tts_audio_seconds_total",
    help: "Seconds of audio made, after speed",
    registers: [this.registry],
  });

  readonly runawayRetries = new Counter({
    name: "qwen_tts_runaway_retries_total",
    help: "Whole clips that ran away and were made again with another seed",
    registers: [this.registry],
  });

  readonly underruns = new Counter({
    name: "qwen_tts_stream_underruns_total",
    help: "Gaps in streams for a player that holds the recommended prebuffer back",
    registers: [this.registry],
  });

  readonly underrunSeconds = new Counter({
    name: "qwen_tts_stream_underrun_seconds_total",
    help: "Seconds of silence in these gaps",
    registers: [this.registry],
  });

  readonly firstAudio = new Histogram({
    name: "qwen_tts_first_audio_seconds",
    help: "From the request's arrival to its first samples, waiting included",
    labelNames: ["route"] as const,
    buckets: secondsBuckets,
    registers: [this.registry],
  });

  readonly queueWait = new Histogram({
    name: "qwen_tts_queue_wait_seconds",
    help: "From the request's arrival to its start",
    buckets: secondsBuckets,
    registers: [this.registry],
  });

  readonly realTimeFactor = new Histogram({
    name: "qwen_tts_real_time_factor",
    help: "Seconds of work for a second of audio; below 1 is faster than real time",
    buckets: factorBuckets,
    registers: [this.registry],
  });

  constructor(live: LiveCounts) {
    collectDefaultMetrics({ register: this.registry });
    this.#gauge("qwen_tts_queue_length", "Requests that wait for a place", () =>
      live.queueLength(),
    );
    this.#gauge("qwen_tts_active_requests", "Requests that have a place", () =>
      live.activeRequests(),
    );
    this.#gauge("qwen_tts_active_rows", "Rows the engine works on", () => live.activeRows());
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
