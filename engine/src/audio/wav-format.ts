// How the samples of a WAV file are stored. In: the body of its `fmt ` chunk. Out: channels, sample rate
// and a function that reads one sample as a number, full scale 1. Knows nothing of the other chunks.
import { audioError } from "./audio-error.ts";

export type WavFormat = {
  channels: number;
  sampleRate: number;
  bytesPerSample: number;
  /** One sample that starts at `offset`, -1 to 1 unless it is stored as a float. */
  readSample: (view: DataView, offset: number) => number;
};

const wavCoding = { pcm: 1, float: 3, aLaw: 6, muLaw: 7 } as const;
const extensible = 0xfffe;

const leastBytes = 16;
/** Where an extensible format names its coding: the first two bytes of a GUID. */
const extensibleCodingOffset = 24;

const taken =
  "Taken are PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, A-law and mu-law; convert it to one of them.";

/** @throws EngineError that says what the file has and what is taken */
export function parseWavFormat(body: DataView): WavFormat {
  if (body.byteLength < leastBytes) {
    throw audioError(`its format chunk has ${body.byteLength} bytes, at least 16 are needed.`);
  }
  const channels = body.getUint16(2, true);
  const sampleRate = body.getUint32(4, true);
  const frameBytes = body.getUint16(12, true);
  const bits = body.getUint16(14, true);
  if (channels === 0) throw audioError("it says that it has 0 channels.");
  if (sampleRate === 0) throw audioError("it says that its sample rate is 0 Hz.");
  // The place a sample takes can be wider than its bits, which are then the upper ones.
  const bytesPerSample = frameBytes / channels;
  if (!Number.isInteger(bytesPerSample) || bytesPerSample * 8 < bits) {
    throw audioError(
      `it says that a frame of ${channels} channels of ${bits} bits takes ${frameBytes} bytes.`,
    );
  }
  const readSample = sampleReader(codingOf(body), bytesPerSample);
  return { channels, sampleRate, bytesPerSample, readSample };
}

function codingOf(body: DataView): number {
  const coding = body.getUint16(0, true);
  const isNamedLater = coding === extensible && body.byteLength >= extensibleCodingOffset + 2;
  return isNamedLater ? body.getUint16(extensibleCodingOffset, true) : coding;
}

function sampleReader(coding: number, bytesPerSample: number): WavFormat["readSample"] {
  switch (coding) {
    case wavCoding.pcm:
      return integerReader(bytesPerSample);
    case wavCoding.float:
      return floatReader(bytesPerSample);
    case wavCoding.aLaw:
      return tableReader(aLawSample, bytesPerSample);
    case wavCoding.muLaw:
      return tableReader(muLawSample, bytesPerSample);
    default:
      throw audioError(`it is a WAV file of coding ${coding}. ${taken}`);
  }
}

// Full scale is the power of two, as everywhere: -32768 is -1, and 32767 a little less than 1.
function integerReader(bytes: number): WavFormat["readSample"] {
  switch (bytes) {
    case 1: // the only unsigned one
      return (view, offset) => (view.getUint8(offset) - 128) / 128;
    case 2:
      return (view, offset) => view.getInt16(offset, true) / 2 ** 15;
    case 3:
      return (view, offset) =>
        (view.getUint8(offset) + view.getInt16(offset + 1, true) * 2 ** 8) / 2 ** 23;
    case 4:
      return (view, offset) => view.getInt32(offset, true) / 2 ** 31;
    default:
      throw audioError(`it is PCM of ${bytes * 8} bits. ${taken}`);
  }
}

function floatReader(bytes: number): WavFormat["readSample"] {
  if (bytes === 4) return (view, offset) => view.getFloat32(offset, true);
  if (bytes === 8) return (view, offset) => view.getFloat64(offset, true);
  throw audioError(`it is float of ${bytes * 8} bits. ${taken}`);
}

function tableReader(decode: (code: number) => number, bytes: number): WavFormat["readSample"] {
  if (bytes !== 1) throw audioError(`it is A-law or mu-law of ${bytes * 8} bits. ${taken}`);
  const table = Float32Array.from({ length: 256 }, (_, code) => decode(code) / 2 ** 15);
  return (view, offset) => table[view.getUint8(offset)]!;
}

// ITU-T G.711: sign, three bits of exponent, four of mantissa. A-law flips every other bit, mu-law all.
function aLawSample(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

const muLawBias = 0x84;

function muLawSample(code: number): number {
  const bits = ~code;
  const magnitude = ((((bits & 15) << 3) + muLawBias) << ((bits >> 4) & 7)) - muLawBias;
  return bits & 0x80 ? -magnitude : magnitude;
}
