// An ONNX graph under construction. In: inputs, weights and nodes, which the functions of ops-*.ts add.
// Out: a plain description that `onnx-model.ts` writes. Every value carries type and shape, so that a
// wrong call fails where it stands. A graph may have others in it, which its nodes run (ops-control.ts). Idea: spox
// (checked ops on typed values). Runs nothing.
import { sameShape, showShape, type Shape } from "./dim.ts";

export type ElementType = "float32" | "int64" | "int32" | "uint8" | "int8" | "bool";

/** A tensor that flows through a graph. */
export type Value = {
  readonly graph: Graph;
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
};

/** A tensor that is part of the graph. `read` may be called late and more than once. */
export type Weight = {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Little-endian bytes, exactly as many as type and shape take. */
  readonly read: () => Uint8Array | Promise<Uint8Array>;
};

export type Attribute = number | string | readonly number[] | { float: number } | Graph;

export type GraphNode = {
  readonly op: string;
  /** "" is ONNX's own, "com.microsoft" the runtime's. */
  readonly domain: "" | "com.microsoft";
  /** Names; "" is an optional input left out. */
  readonly inputs: readonly string[];
  /** Names; "" is an optional output left out. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
};

export type NodeSpec = {
  op: string;
  domain?: "com.microsoft";
  inputs: readonly (Value | undefined)[];
  attributes?: Record<string, Attribute>;
  /** Types and shapes of the outputs; undefined is an optional one left out. */
  outputs: readonly ({ type: ElementType; shape: Shape } | undefined)[];
};

export const bytesPerElement: Record<ElementType, number> = {
  float32: 4,
  int64: 8,
  int32: 4,
  uint8: 1,
  int8: 1,
  bool: 1,
};

const bytesOf = {
  float32: (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer),
  int64: (values: readonly number[]) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  int32: (values: readonly number[]) => new Uint8Array(Int32Array.from(values).buffer),
  uint8: (values: readonly number[]) => Uint8Array.from(values),
  bool: (values: readonly number[]) => Uint8Array.from(values),
};

export class Graph {
  readonly name: string;
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  /** Its own; a graph in it has those that only that one uses, as the runtime prepares no others for products. */
  readonly weights: Weight[] = [];
  readonly nodes: GraphNode[] = [];
  readonly #parent: Graph | undefined;
  readonly #weightValues = new Map<string, Value>();
  #lastId = 0;

  constructor(name: string, parent?: Graph) {
    this.name = name;
    this.#parent = parent;
  }

  /** A graph that a node of this one runs. It may use what this one has made before, see `seenIn`. */
  inner(name: string): Graph {
    return new Graph(`${this.name}/${name}`, this);
  }

  input(name: string, type: ElementType, shape: Shape): Value {
    const value: Value = { graph: this, name, type, shape };
    this.inputs.push(value);
    return value;
  }

  /** Make `value` an output called `name`. */
  output(name: string, value: Value): void {
    this.#own(value, `output ${name}`);
    const renamed = this.#node({ op: "Identity", inputs: [value], outputs: [value] }, [name]);
    this.outputs.push(renamed[0]!);
  }

  /** The same name twice is the same weight. */
  weight(weight: Weight): Value {
    const known = this.#knownWeight(weight.name);
    if (known) {
      if (known.type === weight.type && sameShape(known.shape, weight.shape)) {
        return seenIn(this, known);
      }
      throw new Error(
        `Weight ${weight.name} is ${known.type} ${showShape(known.shape)} and ${weight.type} ${showShape(weight.shape)}`,
      );
    }
    const { name, type, shape } = weight;
    const value: Value = { graph: this, name, type, shape };
    this.weights.push(weight);
    this.#weightValues.set(name, value);
    return value;
  }

  #knownWeight(name: string): Value | undefined {
    const known = this.#weightValues.get(name);
    return known || !this.#parent ? known : this.#parent.#knownWeight(name);
  }

  /** A small tensor known now: one number for a scalar, or its elements and their shape. */
  constant(
    type: keyof typeof bytesOf,
    data: number | readonly number[],
    shape?: readonly number[],
  ): Value {
    const values = typeof data === "number" ? [data] : data;
    const dims = shape ?? (typeof data === "number" ? [] : [data.length]);
    const bytes = bytesOf[type](values);
    return this.weight({
      name: `const:${type}:${dims.join("x")}:${values.join(",")}`,
      type,
      shape: dims,
      read: () => bytes,
    });
  }

  /** For the functions of ops-*.ts, which check inputs and know the outputs' shapes. */
  node(spec: NodeSpec): Value[] {
    for (const input of spec.inputs) if (input) this.#own(input, spec.op);
    const names = spec.outputs.map((output) => (output ? this.#newName(spec.op) : ""));
    return this.#node(spec, names);
  }

  /** No graph may give a name that one around it has given. */
  #newName(op: string): string {
    return this.#parent ? this.#parent.#newName(op) : `${op}_${++this.#lastId}`;
  }

  #node(spec: NodeSpec, names: string[]): Value[] {
    this.nodes.push({
      op: spec.op,
      domain: spec.domain ?? "",
      inputs: spec.inputs.map((input) => input?.name ?? ""),
      outputs: names,
      attributes: spec.attributes ?? {},
    });
    return spec.outputs.map((output, i) => {
      // Nothing may use what was left out: it has no name.
      const { type, shape } = output ?? { type: "float32", shape: [] };
      return { graph: this, name: names[i]!, type, shape };
    });
  }

  #own(value: Value, user: string): void {
    if (value.graph === this) return;
    throw new Error(`${user} of ${this.name} uses ${value.name} of ${value.graph.name}`);
  }
}

/** Those of the graphs in it, too. */
export function allWeights(graph: Graph): Weight[] {
  return [...graph.weights, ...innerGraphs(graph).flatMap(allWeights)];
}

/** Those that its nodes run. */
export function innerGraphs({ nodes }: Graph): Graph[] {
  return nodes
    .flatMap(({ attributes }) => Object.values(attributes))
    .filter((attribute) => attribute instanceof Graph);
}

/** What a graph around `graph` has, as that one uses it. */
export function seenIn(graph: Graph, value: Value): Value {
  return { ...value, graph };
}

/** For checks in ops: `condition` is false only when the model code is wrong. */
export function check(condition: boolean, op: string, values: readonly Value[]): asserts condition {
  if (condition) return;
  const shown = values.map(({ name, type, shape }) => `${name}: ${type} ${showShape(shape)}`);
  throw new Error(`${op} cannot take ${shown.join(" and ")}`);
}
