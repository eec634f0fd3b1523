// WAV files of any make, broken ones too. In: chunks as they are to be written. Out: the file's bytes.

export type Chunk = {
  tag: string;
  body: Uint8Array;
  /** What the chunk says that it holds; default: what it does. */
  sizeBytes?: number;
};

export type WavFileOptions = {
  /** Default RIFF. */
  container?: string;
  /** What the file says that follows its first 8 bytes; default: what does. */
  sizeBytes?: number;
};

export function wavFile(chunks: readonly Chunk[], options: WavFileOptions = {}): Buffer {
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks.map(writeChunk)]);
  const { container = "RIFF", sizeBytes = body.length } = options;
  return Buffer.concat([Buffer.from(container), uint32(sizeBytes), body]);
}

/** Chunks begin at even places. */
function writeChunk({ tag, body, sizeBytes = body.length }: Chunk): Buffer {
  const padding = Buffer.alloc(body.length % 2);
  return Buffer.concat([Buffer.from(tag, "latin1"), uint32(sizeBytes), body, padding]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export type FormatFields = {
  coding: number;
  channels: number;
  sampleRate: number;
  bits: number;
  /** Of all channels together; default: as the bits have it. */
  frameBytes: number;
};

/** One channel of 16 bits at 24 kHz unless said otherwise. */
export function formatChunk(fields: Partial<FormatFields> = {}): Chunk {
  const { coding = 1, channels = 1, sampleRate = 24_000, bits = 16 } = fields;
  const frameBytes = fields.frameBytes ?? channels * Math.ceil(bits / 8);
  const body = Buffer.alloc(16);
  body.writeUInt16LE(coding, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(sampleRate, 4);
  body.writeUInt32LE((sampleRate * frameBytes) % 2 ** 32, 8);
  body.writeUInt16LE(frameBytes, 12);
  body.writeUInt16LE(bits, 14);
  return { tag: "fmt ", body };
}

/** Samples of 16 bits. */
export function dataChunk(samples: readonly number[], sizeBytes?: number): Chunk {
  const body = Buffer.from(Int16Array.from(samples).buffer);
  return { tag: "data", body, ...(sizeBytes !== undefined && { sizeBytes }) };
}
