// A graph as an ONNX file. In: a Graph. Out: the model's bytes, and where its large weights go in a data
// file beside it. Field numbers are those of onnx.proto (IR version 10). Reads no weight but small ones.
import Pbf from "pbf";
import type { Dim } from "./dim.ts";
import {
  bytesPerElement,
  Graph,
  allWeights,
  type Attribute,
  type ElementType,
  type GraphNode,
  type Value,
  type Weight,
} from "./graph.ts";

/** Where a weight lies in the data file. */
export type Placement = { weight: Weight; offset: number; byteLength: number };

export type OnnxModel = {
  bytes: Uint8Array;
  /** In the order of their offsets. */
  placements: Placement[];
  dataBytes: number;
};

const irVersion = 10;
const opsetVersion = 21;
const microsoftVersion = 1;
/** Smaller weights are part of the model's own bytes. */
const inlineBytes = 1024;
/** Data that is mapped into memory starts at pages. */
const alignment = 4096;

const typeNumbers: Record<ElementType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int64: 7,
  int32: 6,
  bool: 9,
};

/** @param dataFile name of the data file, beside the model's */
export async function onnxModel(graph: Graph, dataFile: string): Promise<OnnxModel> {
  const { placements, dataBytes } = placeWeights(graph);
  const inline = new Map<Weight, Uint8Array>();
  for (const weight of allWeights(graph)) {
    if (byteLengthOf(weight) < inlineBytes) inline.set(weight, await weight.read());
  }
  const writer = new ModelWriter(inline, new Map(placements.map((p) => [p.weight, p])), dataFile);
  return { bytes: writer.model(graph), placements, dataBytes };
}

export function byteLengthOf({ type, shape }: Weight): number {
  return shape.reduce((product, size) => product * size, bytesPerElement[type]);
}

function placeWeights(graph: Graph): { placements: Placement[]; dataBytes: number } {
  const placements: Placement[] = [];
  let offset = 0;
  for (const weight of allWeights(graph)) {
    const byteLength = byteLengthOf(weight);
    if (byteLength < inlineBytes) continue;
    placements.push({ weight, offset, byteLength });
    offset = Math.ceil((offset + byteLength) / alignment) * alignment;
  }
  return { placements, dataBytes: offset };
}

class ModelWriter {
  readonly #inline: ReadonlyMap<Weight, Uint8Array>;
  readonly #placements: ReadonlyMap<Weight, Placement>;
  readonly #dataFile: string;

  constructor(
    inline: ReadonlyMap<Weight, Uint8Array>,
    placements: ReadonlyMap<Weight, Placement>,
    dataFile: string,
  ) {
    this.#inline = inline;
    this.#placements = placements;
    this.#dataFile = dataFile;
  }

  model(graph: Graph): Uint8Array {
    const pbf = new Pbf();
    pbf.writeVarintField(1, irVersion);
    pbf.writeStringField(2, "qwen3-tts");
    pbf.writeMessage(7, this.#graph, graph);
    pbf.writeMessage(8, writeOpset, { domain: "", version: opsetVersion });
    pbf.writeMessage(8, writeOpset, { domain: "com.microsoft", version: microsoftVersion });
    return pbf.finish();
  }

  readonly #graph = (graph: Graph, pbf: Pbf): void => {
    for (const node of graph.nodes) pbf.writeMessage(1, this.#node, node);
    pbf.writeStringField(2, graph.name);
    for (const weight of graph.weights) pbf.writeMessage(5, this.#tensor, weight);
    for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
    for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
  };

  readonly #node = (node: GraphNode, pbf: Pbf): void => {
    for (const input of node.inputs) pbf.writeStringField(1, input);
    for (const output of node.outputs) pbf.writeStringField(2, output);
    // A name of its own makes the runtime's messages and profiles readable.
    pbf.writeStringField(3, node.outputs[0] ?? node.op);
    pbf.writeStringField(4, node.op);
    for (const attribute of Object.entries(node.attributes)) {
      pbf.writeMessage(5, this.#attribute, attribute);
    }
    if (node.domain !== "") pbf.writeStringField(7, node.domain);
  };

  readonly #attribute = ([name, value]: [string, Attribute], pbf: Pbf): void => {
    const type = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };
    pbf.writeStringField(1, name);
    if (typeof value === "number") {
      pbf.writeVarintField(3, value);
      pbf.writeVarintField(20, type.int);
    } else if (typeof value === "string") {
      pbf.writeStringField(4, value);
      pbf.writeVarintField(20, type.string);
    } else if (value instanceof Graph) {
      pbf.writeMessage(6, this.#graph, value);
      pbf.writeVarintField(20, type.graph);
    } else if ("float" in value) {
      pbf.writeFloatField(2, value.float);
      pbf.writeVarintField(20, type.float);
    } else {
      for (const item of value) pbf.writeVarintField(8, item);
      pbf.writeVarintField(20, type.ints);
    }
  };

  readonly #tensor = (weight: Weight, pbf: Pbf): void => {
    for (const size of weight.shape) pbf.writeVarintField(1, size);
    pbf.writeVarintField(2, typeNumbers[weight.type]);
    pbf.writeStringField(8, weight.name);
    const inline = this.#inline.get(weight);
    if (inline) {
      checkLength(weight, inline.byteLength);
      pbf.writeBytesField(9, inline);
      return;
    }
    const { offset, byteLength } = this.#placements.get(weight)!;
    const entries = { location: this.#dataFile, offset, length: byteLength };
    for (const [key, value] of Object.entries(entries)) {
      pbf.writeMessage(13, writeEntry, { key, value: String(value) });
    }
    const externalLocation = 1;
    pbf.writeVarintField(14, externalLocation);
  };
}

export function checkLength(weight: Weight, byteLength: number): void {
  if (byteLength === byteLengthOf(weight)) return;
  throw new Error(`Weight ${weight.name} has ${byteLength} bytes, not ${byteLengthOf(weight)}`);
}

function writeOpset({ domain, version }: { domain: string; version: number }, pbf: Pbf): void {
  pbf.writeStringField(1, domain);
  pbf.writeVarintField(2, version);
}

function writeEntry({ key, value }: { key: string; value: string }, pbf: Pbf): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeValueInfo(value: Value, pbf: Pbf): void {
  pbf.writeStringField(1, value.name);
  pbf.writeMessage(2, writeType, value);
}

function writeType(value: Value, pbf: Pbf): void {
  pbf.writeMessage(1, writeTensorType, value);
}

function writeTensorType({ type, shape }: Value, pbf: Pbf): void {
  pbf.writeVarintField(1, typeNumbers[type]);
  pbf.writeMessage(2, writeShape, shape);
}

function writeShape(shape: readonly Dim[], pbf: Pbf): void {
  for (const dim of shape) pbf.writeMessage(1, writeDim, dim);
}

function writeDim(dim: Dim, pbf: Pbf): void {
  if (typeof dim === "number") pbf.writeVarintField(1, dim);
  else pbf.writeStringField(2, String(dim));
}
