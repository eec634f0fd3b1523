// WAV in and out: 16-bit mono PCM. In: bytes of a stream in any pieces, its sizes known or not. Out:
// samples as soon as two bytes of one are there; and the header of a finished clip.

export const wavHeaderBytes = 44;
const bytesPerSample = 2;
const fullScale = 32768;
const pcmFormat = 1;
/** A header that has not ended by then is not one. */
const longestHeaderBytes = 4096;

/** The stream is not a WAV that this page plays. */
export class WavFormatError extends Error {
  override readonly name = "WavFormatError";
}

type Format = { sampleRate: number; dataStart: number; dataBytes: number };

export class WavReader {
  /** Known as soon as the header has been read. */
  sampleRate: number | undefined;
  #header: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
  #dataBytesLeft = 0;
  #oddByte: number | undefined;

  /** Bytes as they come. Returns the samples that they complete, in -1..1; none is an empty array. */
  push(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    if (!this.#header) return this.#readSamples(bytes);
    const soFar = concatenate(this.#header, bytes);
    const format = readHeader(soFar);
    if (!format) {
      if (soFar.length > longestHeaderBytes) throw new WavFormatError("The WAV header has no end.");
      this.#header = soFar;
      return new Float32Array(0);
    }
    this.#header = undefined;
    this.sampleRate = format.sampleRate;
    this.#dataBytesLeft = format.dataBytes;
    return this.#readSamples(soFar.subarray(format.dataStart));
  }

  /** Whether the stream may end here: after the header and not inside a sample. */
  get atSampleBorder(): boolean {
    return this.#header === undefined && this.#oddByte === undefined;
  }

  #readSamples(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    const taken = bytes.subarray(0, Math.min(bytes.length, this.#dataBytesLeft));
    this.#dataBytesLeft -= taken.length;
    const whole =
      this.#oddByte === undefined ? taken : concatenate(Uint8Array.of(this.#oddByte), taken);
    const count = Math.floor(whole.length / bytesPerSample);
    this.#oddByte = whole.length % bytesPerSample === 1 ? whole[whole.length - 1] : undefined;
    const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
    const samples = new Float32Array(count);
    for (let i = 0; i < count; i++)
      samples[i] = view.getInt16(i * bytesPerSample, true) / fullScale;
    return samples;
  }
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Undefined while the header is not complete. A stream's size, 0xFFFFFFFF, is longer than any clip. */
function readHeader(bytes: Uint8Array): Format | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) return undefined;
  if (tag(view, 0) !== "RIFF" || tag(view, 8) !== "WAVE")
    throw new WavFormatError("The answer is not a WAV stream.");
  let sampleRate: number | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = tag(view, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === "data") {
      if (sampleRate === undefined) throw new WavFormatError("The WAV header names no format.");
      return { sampleRate, dataStart: body, dataBytes: size };
    }
    if (body + size > bytes.length) return undefined;
    if (id === "fmt ") sampleRate = readFormat(view, body);
    at = body + size + (size % 2);
  }
  return undefined;
}

function readFormat(view: DataView, at: number): number {
  const format = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const bits = view.getUint16(at + 14, true);
  if (format !== pcmFormat || channels !== 1 || bits !== 8 * bytesPerSample)
    throw new WavFormatError(
      `The page plays 16-bit mono PCM; this WAV has format ${format}, ${channels} channels, ${bits} bits.`,
    );
  return view.getUint32(at + 4, true);
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** The 44 bytes before `sampleCount` samples of 16-bit mono, with exact sizes. */
export function wavHeader(sampleCount: number, sampleRate: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(wavHeaderBytes));
  const text = (at: number, value: string) =>
    [...value].forEach((char, i) => view.setUint8(at + i, char.charCodeAt(0)));
  const dataBytes = sampleCount * bytesPerSample;
  text(0, "RIFF");
  view.setUint32(4, wavHeaderBytes - 8 + dataBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, pcmFormat, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * bytesPerSample, true);
  view.setUint16(32, bytesPerSample, true);
  view.setUint16(34, 8 * bytesPerSample, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
  return new Uint8Array(view.buffer);
}

/** Samples in -1..1 to the 16-bit values they came from. */
export function toInt16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const values = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++)
    values[i] = Math.max(-fullScale, Math.min(fullScale - 1, Math.round(samples[i]! * fullScale)));
  return values;
}
