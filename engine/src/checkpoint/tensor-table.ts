// The tensors of a model by name, from one safetensors file or several. In: a folder with model.safetensors
// or model.safetensors.index.json. Out: tensors whose shape is the one asked for, read on demand: whole or
// row by row. Knows no model's names.
import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { checkpointError } from "./checkpoint-error.ts";
import { toFloat32 } from "./float-formats.ts";
import { readJsonFields, show, type JsonFields } from "./json-fields.ts";
import {
  openSafetensors,
  readBytes,
  readBytesSync,
  type SafetensorsFile,
  type StoredType,
  type TensorEntry,
} from "./safetensors.ts";

export type CheckpointTensor = {
  name: string;
  shape: readonly number[];
  type: StoredType;
  location: { path: string; offset: number; byteLength: number };
  /** [product of shape]; F16 and BF16 become the same numbers exactly. */
  read(): Promise<Float32Array>;
  /** `count` rows of the first dimension, straight from the file. */
  readRows(first: number, count: number): Promise<Float32Array>;
  /** The same, blocking: for a few rows, from a thread that has nothing else to do. */
  readRowsSync(first: number, count: number): Float32Array;
};

export type TensorTable = {
  /** How errors call the whole of it. */
  label: string;
  /** The safetensors files behind it. */
  files: readonly SafetensorsFile[];
  has(name: string): boolean;
  names(): Iterable<string>;
  /** What is there, unread. */
  entry(name: string): TensorEntry | undefined;
  /** @throws EngineError if there is no such tensor of this shape */
  get(name: string, shape: readonly number[]): CheckpointTensor;
};

const singleName = "model.safetensors";
const indexName = "model.safetensors.index.json";

/** @param place the folder's place in the checkpoint, for errors: "" or "speech_tokenizer/" */
export async function openTensorTable(folder: string, place = ""): Promise<TensorTable> {
  // As upstream: the single file wins where both are there.
  const isSharded = !(await exists(join(folder, singleName)));
  if (isSharded && (await exists(join(folder, indexName)))) return openShards(folder, place);
  const file = await openSafetensors(join(folder, singleName), place + singleName);
  const owners = new Map([...file.tensors.keys()].map((name) => [name, file]));
  return createTable([file], owners, file.label);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function openShards(folder: string, place: string): Promise<TensorTable> {
  const index = await readJsonFields(join(folder, indexName), place + indexName);
  const weightMap = index.object("weight_map");
  const shards = new Map<string, SafetensorsFile>();
  const owners = new Map<string, SafetensorsFile>();
  for (const [name, shardName] of weightMap.entries()) {
    const shard = await openShard(shardName, name);
    if (!shard.tensors.has(name)) {
      throw checkpointError(
        index.file,
        `it says that ${name.slice(0, 200)} is in ${shard.label}, which has no such tensor. Fetch both again.`,
      );
    }
    owners.set(name, shard);
  }
  return createTable([...shards.values()], owners, index.file);

  async function openShard(shardName: unknown, tensor: string): Promise<SafetensorsFile> {
    const fileName = checkShardName(weightMap, shardName, tensor);
    const known = shards.get(fileName);
    if (known !== undefined) return known;
    const shard = await openSafetensors(join(folder, fileName), place + fileName);
    shards.set(fileName, shard);
    return shard;
  }
}

/** A shard lies beside its index: nothing else is opened, whatever the index says. */
function checkShardName(weightMap: JsonFields, shardName: unknown, tensor: string): string {
  const isPlain =
    typeof shardName === "string" &&
    shardName.endsWith(".safetensors") &&
    !/[/\\\0]/.test(shardName) &&
    basename(shardName) === shardName;
  if (isPlain) return shardName;
  throw weightMap.fault(tensor, "the name of a .safetensors file beside it");
}

function createTable(
  files: readonly SafetensorsFile[],
  owners: ReadonlyMap<string, SafetensorsFile>,
  label: string,
): TensorTable {
  return {
    label,
    files,
    has: (name) => owners.has(name),
    names: () => owners.keys(),
    entry: (name) => owners.get(name)?.tensors.get(name),
    get(name, shape) {
      const file = owners.get(name);
      const entry = file?.tensors.get(name);
      if (file === undefined || entry === undefined) {
        throw checkpointError(label, `there is no tensor ${name}, expected ${shapeText(shape)}.`);
      }
      if (!sameShape(entry.shape, shape)) {
        throw checkpointError(
          file.label,
          `${name} has the shape ${shapeText(entry.shape)}, expected ${shapeText(shape)} by the config.`,
        );
      }
      return createTensor(file, entry);
    },
  };
}

export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((size, axis) => size === right[axis]);
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function createTensor(file: SafetensorsFile, entry: TensorEntry): CheckpointTensor {
  const { name, shape, type, offset, byteLength } = entry;
  const whole = { path: file.path, label: file.label, what: name, offset, byteLength };
  const rows = (first: number, count: number) => {
    const all = shape[0] ?? 1;
    if (first < 0 || count < 0 || first + count > all) {
      throw new RangeError(`${name} has ${all} rows, asked for ${show(first)} + ${show(count)}`);
    }
    const rowBytes = all === 0 ? 0 : byteLength / all;
    return { ...whole, offset: offset + first * rowBytes, byteLength: count * rowBytes };
  };
  return {
    name,
    shape,
    type,
    location: { path: file.path, offset, byteLength },
    read: async () => toFloat32(await readBytes(whole), type),
    readRows: async (first, count) => toFloat32(await readBytes(rows(first, count)), type),
    readRowsSync: (first, count) => toFloat32(readBytesSync(rows(first, count)), type),
  };
}
