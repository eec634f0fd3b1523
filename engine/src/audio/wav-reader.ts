// A WAV file in. Out: its samples as one channel of float32 and their rate. Takes what recorders and
// streaming programs write: other chunks, sizes that are missing, a file that was cut short. Does not
// change the rate and knows no other kind of file.
import { audioError } from "./audio-error.ts";
import { parseWavFormat, type WavFormat } from "./wav-format.ts";

export type Audio = { samples: Float32Array; sampleRate: number };

const fileHeaderBytes = 12;
const chunkHeaderBytes = 8;
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
  let format: WavFormat | undefined;
  let longDataBytes: number | undefined; // of RF64, whose own fields are too small
  for (let start = fileHeaderBytes; start + chunkHeaderBytes <= view.byteLength;) {
    const tag = tagAt(view, start, 4);
    const sizeBytes = view.getUint32(start + 4, true);
    const bodyStart = start + chunkHeaderBytes;
    if (tag === "data") {
      if (!format) throw audioError("it has no format chunk before its samples.");
      const isStream = sizeBytes === 0 && declaredEnd(view) <= bodyStart;
      const isLong = sizeBytes === unknownSize && longDataBytes !== undefined;
      const known = isLong ? longDataBytes! : sizeBytes;
      return { format, data: bodyOf(view, bodyStart, isStream ? unknownSize : known) };
    }
    const body = bodyOf(view, bodyStart, sizeBytes);
    if (tag === "fmt ") format = parseWavFormat(body);
    if (tag === "ds64" && body.byteLength >= 16) {
      longDataBytes = Number(body.getBigUint64(8, true));
    }
    start = bodyStart + sizeBytes + (sizeBytes % 2); // chunks begin at even places
  }
  throw audioError(`it has no ${format ? "samples" : "format chunk"}. It is cut short or damaged.`);
}

/** Where the file says that it ends; a stream, which does not know, says 0 or just the header. */
function declaredEnd(view: DataView): number {
  return view.getUint32(4, true) + chunkHeaderBytes;
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
    if (!Number.isFinite(sum)) throw audioError(`frame ${frame} holds a sample that is no number.`);
    mono[frame] = sum / channels;
  }
  return mono;
}

function tagAt(view: DataView, offset: number, length: number): string {
  if (offset + length > view.byteLength) return "";
  const codes = Array.from({ length }, (_, index) => view.getUint8(offset + index));
  return String.fromCharCode(...codes);
}
