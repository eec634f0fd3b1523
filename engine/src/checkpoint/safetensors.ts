// The safetensors format: which tensors a file has and where their bytes lie. In: a file. Out: a table
// of tensors, checked against the file's size before anything is allocated for them, and their bytes.
// Knows nothing of models.
// Format: 8 bytes little-endian header length, JSON header, data; `data_offsets` count from the data.
import { closeSync, openSync, readSync } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { checkpointError } from "./checkpoint-error.ts";

export type StoredType = "F32" | "F16" | "BF16";

export type TensorEntry = {
  name: string;
  type: StoredType;
  shape: number[];
  /** Position of its first byte in the file. */
  offset: number;
  byteLength: number;
};

/** `label`: how errors call the file. */
export type SafetensorsFile = { path: string; label: string; tensors: Map<string, TensorEntry> };

export const bytesPerElement: Record<StoredType, number> = { F32: 4, F16: 2, BF16: 2 };

const lengthFieldBytes = 8;
/** The limit of the format's own implementation. */
const maxHeaderBytes = 100_000_000;

/** One call to read takes 2^31 - 1 bytes at most. */
const maxReadBytes = 2 ** 30;

/** @throws EngineError that names file, tensor, found and expected */
export async function openSafetensors(
  path: string,
  label = basename(path),
): Promise<SafetensorsFile> {
  const file = await openFile(path, label);
  try {
    const { size } = await file.stat();
    return { path, label, tensors: await readHeader(file, size, label) };
  } finally {
    await file.close();
  }
}

/** Where bytes lie in a file, and how errors call the file and what they are. */
export type Extent = {
  path: string;
  label: string;
  what: string;
  offset: number;
  byteLength: number;
};

export async function readBytes(extent: Extent): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openFile(extent.path, extent.label);
  try {
    const bytes = await readExactly(file, extent.offset, extent.byteLength);
    if (bytes === null) throw ended(extent);
    return bytes;
  } finally {
    await file.close();
  }
}

/** For few bytes, from a thread that has nothing else to do. */
export function readBytesSync(extent: Extent): Uint8Array<ArrayBuffer> {
  const { path, label, offset, byteLength } = extent;
  const file = openFileSync(path, label);
  try {
    const bytes = new Uint8Array(byteLength);
    for (let done = 0; done < byteLength;) {
      const length = Math.min(byteLength - done, maxReadBytes);
      const bytesRead = readSync(file, bytes, done, length, offset + done);
      if (bytesRead === 0) throw ended(extent);
      done += bytesRead;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function ended({ label, what }: Extent): Error {
  return checkpointError(label, `it ended while ${what} was read. Fetch it again.`);
}

async function openFile(path: string, label: string): Promise<FileHandle> {
  try {
    // A folder cannot be read and a pipe might never end: only a file is opened.
    if ((await stat(path)).isFile()) return await open(path, "r");
  } catch (cause) {
    throw cannotOpen(label, cause);
  }
  throw checkpointError(label, "it is not a file.");
}

function openFileSync(path: string, label: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw cannotOpen(label, cause);
  }
}

function cannotOpen(label: string, cause: unknown): Error {
  return checkpointError(label, "cannot be opened. Is it there and readable?", { cause });
}

async function readExactly(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(
      bytes,
      done,
      Math.min(length - done, maxReadBytes),
      position + done,
    );
    if (bytesRead === 0) return null;
    done += bytesRead;
  }
  return bytes;
}

async function readHeader(
  file: FileHandle,
  fileBytes: number,
  fileName: string,
): Promise<Map<string, TensorEntry>> {
  const lengthField = await readExactly(file, 0, lengthFieldBytes);
  if (lengthField === null) {
    throw checkpointError(fileName, `it has ${fileBytes} bytes, too few for a safetensors file.`);
  }
  const headerBytes = Number(new DataView(lengthField.buffer).getBigUint64(0, true));
  const dataStart = lengthFieldBytes + headerBytes;
  if (headerBytes > maxHeaderBytes || dataStart > fileBytes) {
    throw checkpointError(
      fileName,
      `its header says ${headerBytes} bytes, the file has ${fileBytes}. It is damaged or cut short.`,
    );
  }
  const text = await readExactly(file, lengthFieldBytes, headerBytes);
  const json = parseHeader(text ?? new Uint8Array(), fileName);
  const check = new HeaderCheck(fileName, dataStart, fileBytes);
  const entries = Object.entries(json).filter(([name]) => name !== "__metadata__");
  const tensors = new Map(entries.map(([name, value]) => [name, check.tensor(name, value)]));
  check.leavesNoGap([...tensors.values()]);
  return tensors;
}

function parseHeader(bytes: Uint8Array, fileName: string): object {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw checkpointError(fileName, "its header is not JSON. It is damaged.", { cause });
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
  throw checkpointError(fileName, "its header is not a JSON object. It is damaged.");
}

/** Turns an unknown header entry into a tensor whose bytes are certainly in the file. */
class HeaderCheck {
  readonly #fileName: string;
  readonly #dataStart: number;
  readonly #dataBytes: number;

  constructor(fileName: string, dataStart: number, fileBytes: number) {
    this.#fileName = fileName;
    this.#dataStart = dataStart;
    this.#dataBytes = fileBytes - dataStart;
  }

  tensor(name: string, value: unknown): TensorEntry {
    const entry: { dtype?: unknown; shape?: unknown; data_offsets?: unknown } =
      typeof value === "object" && value !== null ? value : {};
    const type = this.#type(name, entry.dtype);
    const shape = this.#shape(name, entry.shape);
    const [begin, end] = this.#offsets(name, entry.data_offsets);
    const expected = shape.reduce((product, size) => product * size, bytesPerElement[type]);
    if (end - begin !== expected) {
      throw this.#fault(
        name,
        `${type} [${shape.join(", ")}] takes ${expected} bytes, its offsets span ${end - begin}`,
      );
    }
    return { name, type, shape, offset: this.#dataStart + begin, byteLength: expected };
  }

  /** The format has neither gaps nor overlaps: offsets that make some are not those that were written. */
  leavesNoGap(tensors: readonly TensorEntry[]): void {
    let end = this.#dataStart;
    const endOf = ({ offset, byteLength }: TensorEntry) => offset + byteLength;
    for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || endOf(a) - endOf(b))) {
      if (tensor.offset !== end) {
        const [begin, before] = [tensor.offset - this.#dataStart, end - this.#dataStart];
        const fault = `its data begins at byte ${begin}, that of the tensor before it ends at byte ${before}`;
        throw this.#fault(tensor.name, `${fault}. The header is damaged`);
      }
      end = endOf(tensor);
    }
    if (end === this.#dataStart + this.#dataBytes) return;
    throw checkpointError(
      this.#fileName,
      `its tensors take ${end - this.#dataStart} bytes, the file has ${this.#dataBytes} bytes of data. It is damaged.`,
    );
  }

  #type(name: string, type: unknown): StoredType {
    if (type === "F32" || type === "F16" || type === "BF16") return type;
    const found = typeof type === "string" ? type : typeof type;
    throw this.#fault(name, `its dtype is ${found}, expected F32, F16 or BF16`);
  }

  #shape(name: string, shape: unknown): number[] {
    if (Array.isArray(shape) && shape.every(isSize)) return shape;
    throw this.#fault(name, "its shape is not a list of sizes");
  }

  #offsets(name: string, offsets: unknown): [begin: number, end: number] {
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
      throw this.#fault(name, "its data_offsets are not two positions");
    }
    const [begin, end] = offsets as [number, number];
    if (begin <= end && end <= this.#dataBytes) return [begin, end];
    throw this.#fault(
      name,
      `its data ends at byte ${end}, the file has ${this.#dataBytes} bytes of data. It is cut short`,
    );
  }

  #fault(tensor: string, fault: string): Error {
    return checkpointError(this.#fileName, `${tensor.slice(0, 200)}: ${fault}.`);
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
