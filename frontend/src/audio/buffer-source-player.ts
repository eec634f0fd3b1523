// The player for pages without AudioWorklet, which browsers allow only over https and on localhost:
// each piece becomes an AudioBufferSourceNode with a start time on the audio clock.
import { SampleSchedule } from "./sample-schedule.ts";
import type { ScheduledPiece } from "./sample-schedule.ts";
import { outputDelayMs, rampMs } from "./stream-player.ts";
import type { PlaybackProgress, StreamPlayer, StreamPlayerOptions } from "./stream-player.ts";

const reportEveryMs = 50;
/** Without a thread of its own, a start must be this far ahead to be on time. */
const leadMs = 50;

class BufferSourcePlayer implements StreamPlayer {
  readonly kind = "fallback";
  readonly finished: Promise<PlaybackProgress>;
  readonly #context: AudioContext;
  readonly #onProgress: StreamPlayerOptions["onProgress"];
  readonly #schedule: SampleSchedule;
  readonly #gain: GainNode;
  readonly #timer: ReturnType<typeof setInterval>;
  #resolve: (progress: PlaybackProgress) => void = () => undefined;
  #complete = false;
  #closed = false;

  constructor(context: AudioContext, { prebufferSamples, onProgress }: StreamPlayerOptions) {
    this.#context = context;
    this.#onProgress = onProgress;
    const leadSamples = Math.round((context.sampleRate * leadMs) / 1000);
    this.#schedule = new SampleSchedule({ prebufferSamples, leadSamples });
    this.#gain = context.createGain();
    this.#gain.connect(context.destination);
    this.finished = new Promise((resolve) => (this.#resolve = resolve));
    this.#timer = setInterval(() => this.#report(), reportEveryMs);
  }

  push(samples: Float32Array<ArrayBuffer>): void {
    if (this.#complete) return;
    this.#start(this.#schedule.push(samples, this.#now()));
  }

  end(): void {
    if (this.#complete) return;
    this.#complete = true;
    this.#start(this.#schedule.end(this.#now()));
  }

  stop(): void {
    if (this.#closed) return;
    this.#complete = true;
    const { currentTime } = this.#context;
    this.#gain.gain.setValueAtTime(1, currentTime);
    this.#gain.gain.linearRampToValueAtTime(0, currentTime + rampMs / 1000);
    this.#close("stopped", rampMs);
  }

  outputDelayMs(): number {
    return outputDelayMs(this.#context);
  }

  /** The audio clock in samples. */
  #now(): number {
    return this.#context.currentTime * this.#context.sampleRate;
  }

  #start(pieces: ScheduledPiece[]): void {
    const { sampleRate } = this.#context;
    for (const { samples, startsAt } of pieces) {
      const buffer = this.#context.createBuffer(1, samples.length, sampleRate);
      buffer.copyToChannel(samples, 0);
      const source = this.#context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.#gain);
      source.start(startsAt / sampleRate);
    }
  }

  #report(): void {
    const now = this.#now();
    if (this.#complete && this.#schedule.isEmpty(now)) this.#close("ended", 0);
    else this.#onProgress(this.#progress(this.#schedule.isPlaying(now) ? "playing" : "buffering"));
  }

  #close(phase: "ended" | "stopped", afterMs: number): void {
    this.#closed = true;
    clearInterval(this.#timer);
    const progress = this.#progress(phase);
    this.#onProgress(progress);
    setTimeout(
      () => {
        this.#gain.disconnect();
        this.#resolve(progress);
      },
      afterMs + outputDelayMs(this.#context),
    );
  }

  #progress(phase: PlaybackProgress["phase"]): PlaybackProgress {
    const samplesPlayed = this.#schedule.samplesPlayed(this.#now());
    return { phase, samplesPlayed, underruns: this.#schedule.underruns };
  }
}

export function createBufferSourcePlayer(
  context: AudioContext,
  options: StreamPlayerOptions,
): StreamPlayer {
  return new BufferSourcePlayer(context, options);
}
