// A voice as one file. In: a voice, its recording and prompts; or bytes from anywhere. Out: bytes; or all of it again,
// checked to the last byte. Layout: 8 bytes that name the format, SHA-256 of all that follows, length of the header
// (32 bits, little endian), the header as JSON, then the parts that it lists, end to end.
import { createHash } from "node:crypto";
import { checkedPrompt } from "./prompt-bytes.ts";
import { checkRecording, keptRecordingBytes, readRecording } from "./recording.ts";
import { damagedVoice, readVoice, writeVoice, type Voice } from "./voice.ts";
import { Compile, Type } from "../typebox.ts";

export type VoiceContents = {
  voice: Voice;
  /** A WAV file. */
  reference: Uint8Array;
  /** By size of model. */
  prompts: ReadonlyMap<string, Uint8Array>;
};

const magic = Buffer.from("QTVOICE1");
const hashBytes = 32;
const lengthBytes = 4;
const headerAt = magic.length + hashBytes + lengthBytes;
const maxHeaderBytes = 64 * 1024;
/** One recording and what a handful of models keep of it. */
export const maxVoiceFileBytes = keptRecordingBytes + 4 * 1024 * 1024;

const headerSchema = Compile(
  Type.Object(
    {
      /** The text of voice.json. */
      voice: Type.String(),
      reference: Type.Integer({ minimum: 1, maximum: keptRecordingBytes }),
      prompts: Type.Array(
        Type.Object(
          {
            size: Type.String({ pattern: "^\\d{1,2}\\.\\dB$" }),
            bytes: Type.Integer({ minimum: 1, maximum: 1024 * 1024 }),
          },
          { additionalProperties: false },
        ),
        { maxItems: 4 },
      ),
    },
    { additionalProperties: false },
  ),
);

export function writeVoiceFile({ voice, reference, prompts }: VoiceContents): Buffer {
  const header = JSON.stringify({
    voice: writeVoice(voice),
    reference: reference.byteLength,
    prompts: [...prompts].map(([size, { byteLength }]) => ({ size, bytes: byteLength })),
  });
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(Buffer.byteLength(header));
  const rest = Buffer.concat([length, Buffer.from(header), reference, ...prompts.values()]);
  return Buffer.concat([magic, sha256(rest), rest]);
}

/** @throws RequestError */
export function readVoiceFile(file: Uint8Array): VoiceContents {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  checkFrame(bytes);
  const header = readHeader(bytes);
  const voice = readVoice(header.voice);
  let at = headerAt + bytes.readUInt32LE(headerAt - lengthBytes);
  const next = (length: number): Buffer => bytes.subarray(at, (at += length));
  const reference = next(header.reference);
  const prompts = new Map(header.prompts.map(({ size, bytes: length }) => [size, next(length)]));
  if (at !== bytes.length || prompts.size !== header.prompts.length) {
    throw damagedVoice("its parts are not those that its header lists");
  }
  for (const [size, data] of prompts) {
    if (!checkedPrompt({ size, data }, voice))
      throw damagedVoice("it has a prompt of another recording");
  }
  const recording = readRecording(reference, keptRecordingBytes);
  checkRecording(recording, voice.transcript);
  const seconds = recording.samples.length / recording.sampleRate;
  if (Math.abs(seconds - voice.seconds) > 0.01) throw damagedVoice("its recording is another one");
  return { voice, reference, prompts };
}

function checkFrame(bytes: Buffer): void {
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    throw damagedVoice("the file is none that 'export' made");
  }
  if (bytes.length > maxVoiceFileBytes) throw damagedVoice("it is larger than any voice");
  const rest = bytes.subarray(magic.length + hashBytes);
  const isWhole = sha256(rest).equals(bytes.subarray(magic.length, magic.length + hashBytes));
  if (!isWhole || bytes.length < headerAt) {
    throw damagedVoice("it is cut short or damaged. Export or download it again");
  }
}

function readHeader(bytes: Buffer) {
  const length = bytes.readUInt32LE(headerAt - lengthBytes);
  if (length > maxHeaderBytes) throw damagedVoice("its header is too long");
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString("utf8", headerAt, headerAt + length));
  } catch {
    throw damagedVoice("its header is no JSON");
  }
  if (headerSchema.Check(header)) return header;
  throw damagedVoice("its header is not as 'export' writes it");
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
