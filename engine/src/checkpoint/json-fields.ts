// One JSON object of a checkpoint, read field by field. In: a file. Out: numbers, ids, lists and texts that
// are certainly in range, or an error that names file, key, found and expected. Knows no config's keys.
import { basename } from "node:path";
import { readBoundedText } from "./bounded-text.ts";
import { checkpointError } from "./checkpoint-error.ts";

/** Far above any real one; a damaged file must not fill the memory. */
const maxFileBytes = 64 * 2 ** 20;
/** Far above any real dimension; products of two still are exact. */
const maxSize = 2 ** 26;
/** Layers, heads, quantizers: what a loop or a list of tensors runs over. */
const maxCount = 1024;
/** Strides, kernel sizes. */
const maxListed = 32;
/** Sound is not sampled faster; what is made at a rate would only fill the memory. */
const maxSampleRate = 768_000;

/** @param label how errors call the file: its name, or its place in the checkpoint */
export async function readJsonFields(path: string, label = basename(path)): Promise<JsonFields> {
  return parseJsonFields(label, await readText(path, label));
}

export function parseJsonFields(label: string, text: string): JsonFields {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw checkpointError(label, "it is not JSON. It is damaged: fetch it again.", { cause });
  }
  return new JsonFields(label, "", json);
}

async function readText(path: string, label: string): Promise<string> {
  try {
    const text = await readBoundedText(path, maxFileBytes);
    if (text !== undefined) return text;
  } catch (cause) {
    throw checkpointError(label, "cannot be opened. Is it there and readable?", { cause });
  }
  throw checkpointError(label, `it is not a file of at most ${maxFileBytes} bytes.`);
}

export class JsonFields {
  /** How errors call the file. */
  readonly file: string;
  readonly #prefix: string;
  readonly #values: Map<string, unknown>;

  /** @param prefix the keys that lead here, with a dot behind each; empty at the top */
  constructor(file: string, prefix: string, values: unknown) {
    this.file = file;
    this.#prefix = prefix;
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      const place = prefix === "" ? "it" : prefix.slice(0, -1);
      throw checkpointError(file, `${place} is ${show(values)}, expected a JSON object.`);
    }
    // A Map, because "__proto__" and "constructor" are only keys here.
    this.#values = new Map(Object.entries(values));
  }

  /** A field that is null counts as absent, as upstream's optional fields are written. */
  has(key: string): boolean {
    return (this.#values.get(key) ?? null) !== null;
  }

  value(key: string): unknown {
    return this.#values.get(key);
  }

  entries(): Iterable<[key: string, value: unknown]> {
    return this.#values;
  }

  object(key: string): JsonFields {
    if (!this.has(key)) throw this.fault(key, "a JSON object");
    return new JsonFields(this.file, `${this.#prefix}${key}.`, this.value(key));
  }

  /** A dimension. */
  size(key: string, fallback?: number): number {
    return this.#integer(key, { least: 1, most: maxSize, fallback });
  }

  /** A number of layers, heads or the like. */
  count(key: string, fallback?: number): number {
    return this.#integer(key, { least: 1, most: maxCount, fallback });
  }

  sampleRate(key: string): number {
    return this.#integer(key, { least: 1, most: maxSampleRate, fallback: undefined });
  }

  /** The index of a row in a table of `below` rows. */
  id(key: string, below: number): number {
    return this.#integer(key, { least: 0, most: below - 1, fallback: undefined });
  }

  natural(key: string, fallback: number): number {
    return this.#integer(key, { least: 0, most: Number.MAX_SAFE_INTEGER, fallback });
  }

  positive(key: string, fallback?: number): number {
    const value = this.#or(key, fallback);
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    throw this.fault(key, "a number above 0");
  }

  fraction(key: string, fallback: number): number {
    const value = this.#or(key, fallback);
    if (typeof value === "number" && value >= 0 && value <= 1) return value;
    throw this.fault(key, "a number from 0 to 1");
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#or(key, fallback);
    if (typeof value === "boolean") return value;
    throw this.fault(key, "true or false");
  }

  text(key: string): string {
    const value = this.value(key);
    if (typeof value === "string") return value;
    throw this.fault(key, "a text");
  }

  /** A list of dimensions, at least one. */
  sizes(key: string, fallback?: readonly number[]): readonly number[] {
    const value = this.#or(key, fallback);
    const isList = Array.isArray(value) && value.length > 0 && value.length <= maxListed;
    if (isList && value.every((size) => isInteger(size, 1, maxSize))) return value;
    throw this.fault(key, `a list of whole numbers from 1 to ${maxSize}`);
  }

  /** A choice that only one value of is supported, which is also what upstream takes where it is absent. */
  only<T extends string | number | boolean>(key: string, supported: T): T {
    const value = this.#or(key, supported);
    if (value === supported) return supported;
    throw this.fault(key, `${show(supported)}, the only one that is supported`);
  }

  fault(key: string, expected: string): Error {
    const found = this.#values.has(key) ? show(this.value(key)) : "missing";
    return checkpointError(
      this.file,
      `${this.#prefix}${key.slice(0, 100)} is ${found}, expected ${expected}.`,
    );
  }

  #or(key: string, fallback: unknown): unknown {
    return this.has(key) ? this.value(key) : fallback;
  }

  #integer(key: string, range: { least: number; most: number; fallback: number | undefined }) {
    const value = this.#or(key, range.fallback);
    if (isInteger(value, range.least, range.most)) return value;
    throw this.fault(key, `a whole number from ${range.least} to ${range.most}`);
  }
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Short, whatever the file holds. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
