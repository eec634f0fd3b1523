// A WAV file in. Out: its samples as one channel of float32 and their rate. Takes what recorders and
// streaming programs write: other chunks, sizes that are missing, a file that was cut short. Does not
// change the rate and knows no other kind of file.
import { audioError } from "./audio-error.ts";
import { parseWavFormat, type WavFormat } from "./wav-format.ts";

export type Audio = { samples: Float32Array; sampleRate: number };

const fileHeaderBytes = 12;
const chunkHeaderBytes = 8;
/** Compared as numbers: a hostile file has millions of chunks. */
const tags = { data: 0x64617461, format: 0x666d7420, longSizes: 0x64733634 }; // "data", "fmt ", "ds64"
/** A size field that says "see elsewhere" (RF64) or "until the end" (a stream). */
const unknownSize = 0xffffffff;

const otherFiles: readonly [offset: number, tag: string, name: string][] = [
  [0, "fLaC", "a FLAC file"],
  [0, "OggS", "an Ogg file"],
  [0, "ID3", "an MP3 file"],
  [0, "\xff\xfb", "an MP3 file"],
  [0, "\x1aE\xdf\xa3", "a WebM or Matroska file"],
  [0, "FORM", "an AIFF file"],
  [0, "RIFX", "a big-endian WAV file (RIFX)"],
  [4, "ftyp", "an MP4 file"],
];

/** @throws EngineError that says what is wrong and what is taken */
export function readWav(bytes: Uint8Array): Audio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkFileHeader(view);
  const { format, data } = findChunks(view);
  return { samples: monoSamples(data, format), sampleRate: format.sampleRate };
}

function checkFileHeader(view: DataView): void {
  if (view.byteLength === 0) throw audioError("it is empty.");
  const container = tagAt(view, 0, 4);
  const isWav = ["RIFF", "RF64", "BW64"].includes(container) && tagAt(view, 8, 4) === "WAVE";
  if (isWav) return;
  const other = otherFiles.find(([offset, tag]) => tagAt(view, offset, tag.length) === tag);
  throw audioError(`it is ${other?.[2] ?? "not a WAV file"}. Convert it to WAV (RIFF).`);
}

type Chunks = { format: WavFormat; data: DataView };

function findChunks(view: DataView): Chunks {
  let format: DataView | undefined; // parsed once, however many there are
  let longDataBytes: number | undefined; // of RF64, whose own fields are too small
  for (let start = fileHeaderBytes; start + chunkHeaderBytes <= view.byteLength;) {
    const tag = view.getUint32(start);
    const sizeBytes = view.getUint32(start + 4, true);
    const bodyStart = start + chunkHeaderBytes;
    if (tag === tags.data) {
      if (!format) throw audioError("it has no format chunk before its samples.");
      const isStream = sizeBytes === 0 && !knowsItsEnd(view, bodyStart);
      const isLong = sizeBytes === unknownSize && longDataBytes !== undefined;
      const known = isLong ? longDataBytes! : sizeBytes;
      const data = bodyOf(view, bodyStart, isStream ? unknownSize : known);
      return { format: parseWavFormat(format), data };
    }
    if (tag === tags.format) format = bodyOf(view, bodyStart, sizeBytes);
    if (tag === tags.longSizes) longDataBytes = longDataSize(bodyOf(view, bodyStart, sizeBytes));
    start = bodyStart + sizeBytes + (sizeBytes % 2); // chunks begin at even places
  }
  throw audioError(`it has no ${format ? "samples" : "format chunk"}. It is cut short or damaged.`);
}

/** The second of the sizes in a ds64 chunk. */
function longDataSize(body: DataView): number | undefined {
  return body.byteLength < 16 ? undefined : Number(body.getBigUint64(8, true));
}

/** A stream, which does not, says that it ends nowhere, at 0 or before its samples. */
function knowsItsEnd(view: DataView, dataStart: number): boolean {
  const sizeBytes = view.getUint32(4, true);
  return sizeBytes !== unknownSize && sizeBytes + chunkHeaderBytes > dataStart;
}

/** As much of a chunk as there is: a file that was cut short is heard up to the cut. */
function bodyOf(view: DataView, start: number, sizeBytes: number): DataView {
  const there = Math.max(0, view.byteLength - start);
  return new DataView(view.buffer, view.byteOffset + start, Math.min(sizeBytes, there));
}

// The mean of the channels, in float32 at each step: the very numbers that librosa makes.
function monoSamples(data: DataView, format: WavFormat): Float32Array {
  const { channels, bytesPerSample, readSample } = format;
  const frameBytes = channels * bytesPerSample;
  const frames = Math.floor(data.byteLength / frameBytes);
  if (frames === 0) throw audioError("it holds no samples.");
  const mono = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const offset = frame * frameBytes + channel * bytesPerSample;
      sum = Math.fround(sum + Math.fround(readSample(data, offset)));
    }
    if (!Number.isFinite(sum))
      throw audioError(`frame ${frame} holds a sample that is no finite number.`);
    mono[frame] = sum / channels;
  }
  return mono;
}

function tagAt(view: DataView, offset: number, length: number): string {
  if (offset + length > view.byteLength) return "";
  const codes = Array.from({ length }, (_, index) => view.getUint8(offset + index));
  return String.fromCharCode(...codes);
}
