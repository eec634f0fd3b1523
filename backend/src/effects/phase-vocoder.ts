// One instance of the WASM library signalsmith-stretch, made for browsers' AudioWorklets, as a plain
// function: a block of input in, a block of output of any length out, of the same pitch. Sets the
// globals that the package expects, so it belongs into a worker thread. Knows nothing of positions.

const blockSeconds = 0.04;
/**
 * Added to every sample (-140 dB). After 80 ms of digital silence the library stops in the middle of
 * its output, which clicks at high speeds and plays the rest of the old sound at the next onset.
 */
const keepAwake = 1e-7;
/** Any fixed value: see withFixedRandomSeed. */
const randomSeedByte = 0x5a;
/** The package only uses it for a first configuration, which is then replaced. */
const nominalSampleRate = 24_000;
const mono = 1;
const bytesPerFloat = 4;

/** The exports of the WASM module that are used here. */
type StretchModule = {
  HEAP8: Int8Array<ArrayBuffer>;
  _configure(channels: number, blockSamples: number, hopSamples: number, splitWork: number): void;
  _reset(): void;
  _setFormantFactor(factor: number, compensatePitch: number): void;
  /** Address of the input buffers; those for output follow. */
  _setBuffers(channels: number, lengthSamples: number): number;
  _process(inputSamples: number, outputSamples: number): void;
  _inputLatency(): number;
  _outputLatency(): number;
};
type Processor = { wasmModule: StretchModule };
type ProcessorOptions = {
  numberOfOutputs: number;
  outputChannelCount: number[];
  onReady: () => void;
};
type ProcessorClass = new (options: ProcessorOptions) => Processor;

export type PhaseVocoder = {
  /** How many samples of input it needs beyond a position before that position is processed. */
  inputLatency: number;
  /** How many samples of output a processed position comes later. */
  outputLatency: number;
  /** At most `maxBlock` samples in and out. The result is valid until the next call. */
  process(input: Float32Array, outputLength: number): Float32Array;
};

export type PhaseVocoderSettings = {
  sampleRate: number;
  /** Samples of output between two spectra. */
  hop: number;
  /** By how much the formants move up; the harmonics stay. */
  formantFactor: number;
  /** Factor on every sample. */
  gain: number;
  /** Largest block of input or output, in samples. */
  maxBlock: number;
};

export async function createPhaseVocoder(settings: PhaseVocoderSettings): Promise<PhaseVocoder> {
  const { sampleRate, hop, formantFactor, gain, maxBlock } = settings;
  const wasm = await instantiate();
  wasm._configure(mono, Math.round(sampleRate * blockSeconds), hop, 0);
  wasm._reset();
  wasm._setFormantFactor(formantFactor, 0);
  const inputAddress = wasm._setBuffers(mono, maxBlock);
  const outputAddress = inputAddress + maxBlock * bytesPerFloat;
  return {
    inputLatency: wasm._inputLatency(),
    outputLatency: wasm._outputLatency(),
    process(input, outputLength) {
      // Views for each call: memory may have grown, which detaches older ones.
      const target = new Float32Array(wasm.HEAP8.buffer, inputAddress, input.length);
      for (let i = 0; i < input.length; i++) {
        const sample = input[i]!;
        // A single NaN would stay in the phases for the rest of the clip.
        target[i] = (Number.isFinite(sample) ? gain * sample : 0) + keepAwake;
      }
      wasm._process(input.length, outputLength);
      return new Float32Array(wasm.HEAP8.buffer, outputAddress, outputLength);
    },
  };
}

async function instantiate(): Promise<StretchModule> {
  const Processor = await loadProcessorClass();
  let processor: Processor | undefined;
  await new Promise<void>((resolve) => {
    processor = withFixedRandomSeed(
      () => new Processor({ numberOfOutputs: 1, outputChannelCount: [mono], onReady: resolve }),
    );
  });
  return processor!.wasmModule;
}

/**
 * Below speed 0.5 the library draws random phases, seeded once per instance from `crypto`. With a
 * fixed seed the same input gives the same output. It looks `crypto` up while it is constructed.
 */
function withFixedRandomSeed<T>(construct: () => T): T {
  const original = Object.getOwnPropertyDescriptor(globalThis, "crypto")!;
  const fixed = { getRandomValues: (bytes: Uint8Array) => bytes.fill(randomSeedByte) };
  Object.defineProperty(globalThis, "crypto", { value: fixed, configurable: true });
  try {
    return construct();
  } finally {
    Object.defineProperty(globalThis, "crypto", original);
  }
}

let processorClass: Promise<ProcessorClass> | undefined;

function loadProcessorClass(): Promise<ProcessorClass> {
  return (processorClass ??= importProcessorClass());
}

async function importProcessorClass(): Promise<ProcessorClass> {
  const registered: ProcessorClass[] = [];
  Object.assign(globalThis, {
    AudioWorkletProcessor: WorkletProcessorStub,
    registerProcessor: (_name: string, processor: ProcessorClass) => registered.push(processor),
    // Read again by every instance, so it stays.
    sampleRate: nominalSampleRate,
  });
  await import("signalsmith-stretch");
  Reflect.deleteProperty(globalThis, "AudioWorkletProcessor");
  Reflect.deleteProperty(globalThis, "registerProcessor");
  if (!registered[0]) throw new Error("signalsmith-stretch registered no processor");
  return registered[0];
}

/** What the package extends. The first message it posts says that its WASM module is ready. */
class WorkletProcessorStub {
  readonly port: { postMessage: () => void; onmessage: unknown };

  constructor(options: ProcessorOptions) {
    this.port = { postMessage: options.onReady, onmessage: null };
  }
}
