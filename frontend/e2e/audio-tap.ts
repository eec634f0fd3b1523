// Runs inside the page, before its own scripts. Taps whatever goes to a loudspeaker: every connection
// to an audio destination leads through an AnalyserNode, of which all samples are looked at in short
// windows, and beside it a worklet that keeps the samples themselves. Media elements are led the same
// way. Out: `window.audioTap`. Playwright sends this function as text: it may use nothing outside.

export type AudioTapOptions = {
  /** The module of the recording worklet. */
  recorderCode: string;
  /** A window with less than this root mean square is silent. */
  audibleRms: number;
  /** Sound shorter than this is a click, no sound. */
  shortestSoundMs: number;
  /** Silence shorter than this does not end a sound. */
  longestPauseMs: number;
};

/** Times are the page's `performance.now()`. */
export type PlayedSound = { startMs: number; endMs: number; peak: number };

export type RecordedAudio = { sampleRate: number; samples: number[] };

export type AudioTap = {
  sounds: () => PlayedSound[];
  /** When sound was last audible, -Infinity when never. */
  lastAudibleMs: () => number;
  /** When the user last clicked or pressed a key. */
  lastInputMs: () => number;
  /** Forget what was recorded; resolves when the recorders of all contexts work. */
  recordAfresh: () => Promise<void>;
  /** Stop the clock of all contexts until `release`, whatever the page does. */
  hold: () => Promise<unknown>;
  release: () => Promise<unknown>;
  /** What each context has played since, from the first sample that is not zero to the last. */
  recordings: () => RecordedAudio[];
  /** For the message when nothing was heard. */
  describe: () => string;
};

declare global {
  interface Window {
    audioTap: AudioTap;
  }
}

export function installAudioTap(options: AudioTapOptions): void {
  const { recorderCode, audibleRms, shortestSoundMs, longestPauseMs } = options;
  const windowSeconds = 0.01;
  const pollMs = 25;
  // Long enough that a page busy for half a second loses nothing.
  const analyserSize = 32_768;

  type AudibleWindow = { startMs: number; endMs: number; peak: number };
  type Tap = {
    context: AudioContext;
    analyser: AnalyserNode;
    /** Up to here, in the context's time, the samples have been looked at. */
    seenSeconds: number;
    chunks: { frame: number; samples: Float32Array }[];
    /** Rejects where the page's policy forbids code from blobs. */
    recorder: Promise<void>;
  };

  const taps = new Map<AudioContext, Tap>();
  const audible: AudibleWindow[] = [];
  const buffer = new Float32Array(analyserSize);
  let lastInputMs = -Infinity;
  let isHeld = false;

  // Taken before a test removes them from the page to see its fallback player.
  const { AudioContext: PlainContext, AudioWorkletNode: WorkletNode } = window;
  type Method<Result> = (this: unknown, ...args: unknown[]) => Result;
  const connect = Reflect.get(AudioNode.prototype, "connect") as Method<unknown>;
  const disconnect = Reflect.get(AudioNode.prototype, "disconnect") as Method<void>;
  const play = Reflect.get(HTMLMediaElement.prototype, "play") as Method<Promise<void>>;
  const recorderUrl = URL.createObjectURL(new Blob([recorderCode], { type: "text/javascript" }));
  const workletOf = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "audioWorklet");

  function createTap(context: AudioContext): Tap {
    const analyser = new AnalyserNode(context, { fftSize: analyserSize });
    const tap: Tap = {
      context,
      analyser,
      seenSeconds: context.currentTime,
      chunks: [],
      recorder: createRecorder(context, analyser, (chunk) => tap.chunks.push(chunk)),
    };
    taps.set(context, tap);
    connect.call(analyser, context.destination);
    tap.recorder.catch(() => undefined); // recordAfresh says so, to tests that need it
    return tap;
  }

  type Chunk = Tap["chunks"][number];

  async function createRecorder(
    context: AudioContext,
    source: AnalyserNode,
    onChunk: (chunk: Chunk) => void,
  ): Promise<void> {
    const worklet = workletOf?.get?.call(context) as AudioWorklet;
    await worklet.addModule(recorderUrl);
    const recorder = new WorkletNode(context, "audio-tap-recorder", { numberOfOutputs: 0 });
    recorder.port.onmessage = ({ data }) => onChunk(data as Chunk);
    connect.call(source, recorder);
  }

  /** The node that stands in front of `target`, or `target` itself when it is no loudspeaker. */
  function inFrontOf(target: unknown): unknown {
    if (!(target instanceof AudioDestinationNode)) return target;
    return taps.get(target.context as AudioContext)?.analyser ?? target;
  }

  window.AudioContext = class extends PlainContext {
    constructor(contextOptions?: AudioContextOptions) {
      super(contextOptions);
      createTap(this);
    }
    override resume(): Promise<void> {
      return isHeld ? Promise.resolve() : super.resume();
    }
  };
  AudioNode.prototype.connect = function (this: AudioNode, target: unknown, ...rest: unknown[]) {
    connect.call(this, inFrontOf(target), ...rest);
    return target;
  } as AudioNode["connect"];
  AudioNode.prototype.disconnect = function (this: AudioNode, ...args: unknown[]) {
    disconnect.call(this, ...args.slice(0, 1).map(inFrontOf), ...args.slice(1));
  };

  const elements = new WeakSet<HTMLMediaElement>();
  let elementContext: AudioContext | undefined;
  HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
    if (!elements.has(this)) {
      elements.add(this);
      elementContext ??= new AudioContext();
      elementContext.createMediaElementSource(this).connect(elementContext.destination);
    }
    void elementContext?.resume();
    return play.call(this);
  };

  function look(tap: Tap): void {
    const { context, analyser } = tap;
    const nowSeconds = context.currentTime;
    const nowMs = performance.now() + 1000 * (context.outputLatency || 0);
    const windowSamples = Math.round(windowSeconds * context.sampleRate);
    const fresh = Math.floor((nowSeconds - tap.seenSeconds) / windowSeconds);
    const count = Math.min(fresh, Math.floor(analyserSize / windowSamples));
    if (count === 0) return;
    analyser.getFloatTimeDomainData(buffer);
    for (let back = count; back > 0; back--) {
      const start = analyserSize - back * windowSamples;
      const samples = buffer.subarray(start, start + windowSamples);
      let [energy, peak] = [0, 0];
      for (const sample of samples) {
        energy += sample * sample;
        peak = Math.max(peak, Math.abs(sample));
      }
      if (Math.sqrt(energy / windowSamples) < audibleRms) continue;
      const startMs = nowMs - 1000 * back * windowSeconds;
      audible.push({ startMs, endMs: startMs + 1000 * windowSeconds, peak });
    }
    tap.seenSeconds = nowSeconds;
  }

  const lookAtAll = () => taps.forEach(look);
  setInterval(lookAtAll, pollMs);
  for (const type of ["click", "keydown"]) {
    addEventListener(type, () => (lastInputMs = performance.now()), { capture: true });
  }

  function sounds(): PlayedSound[] {
    lookAtAll();
    const found: PlayedSound[] = [];
    for (const { startMs, endMs, peak } of audible) {
      const last = found.at(-1);
      if (last && startMs - last.endMs < longestPauseMs) {
        last.endMs = Math.max(last.endMs, endMs);
        last.peak = Math.max(last.peak, peak);
      } else found.push({ startMs, endMs, peak });
    }
    return found.filter(({ startMs, endMs }) => endMs - startMs >= shortestSoundMs);
  }

  function recordingOf({ context, chunks }: Tap): RecordedAudio {
    const first = chunks[0]?.frame ?? 0;
    const last = chunks.at(-1);
    const samples = new Array<number>(last ? last.frame + last.samples.length - first : 0).fill(0);
    for (const chunk of chunks) {
      chunk.samples.forEach((sample, index) => (samples[chunk.frame - first + index] = sample));
    }
    const start = samples.findIndex((sample) => sample !== 0);
    const end = samples.findLastIndex((sample) => sample !== 0);
    return { sampleRate: context.sampleRate, samples: samples.slice(Math.max(start, 0), end + 1) };
  }

  window.audioTap = {
    sounds,
    lastAudibleMs: () => {
      lookAtAll();
      return audible.at(-1)?.endMs ?? -Infinity;
    },
    lastInputMs: () => lastInputMs,
    recordAfresh: async () => {
      for (const tap of taps.values()) {
        await tap.recorder;
        tap.chunks.length = 0;
      }
    },
    hold: () => {
      isHeld = true;
      return Promise.all([...taps.keys()].map((context) => context.suspend()));
    },
    release: () => {
      isHeld = false;
      return Promise.all([...taps.keys()].map((context) => context.resume()));
    },
    recordings: () => [...taps.values()].map(recordingOf),
    describe: () => {
      const states = [...taps.keys()].map(
        ({ state, currentTime }) => `${state} at ${currentTime.toFixed(1)} s`,
      );
      return states.length > 0 ? `audio contexts: ${states.join(", ")}` : "no audio context";
    },
  };
}

/**
 * The recording worklet's module: sends every block of samples with its place in time. It counts the blocks itself:
 * `currentFrame` stays where it was for blocks during which the page changes its graph (Chromium's issue 442866743).
 */
export const recorderCode = `
registerProcessor("audio-tap-recorder", class extends AudioWorkletProcessor {
  #frame = 0;
  process([input]) {
    const samples = input[0]?.slice();
    if (samples) this.port.postMessage({ frame: this.#frame, samples }, [samples.buffer]);
    this.#frame += 128;
    return true;
  }
});
`;
