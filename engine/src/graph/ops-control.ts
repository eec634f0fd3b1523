// Graphs that a node runs: again and again, or one of several. In: values of one graph, and functions that build the
// graphs inside. Out: values of the outer one. Checked when called.
import { sameShape, type Shape } from "./dim.ts";
import { check, seenIn, type Graph, type Value } from "./graph.ts";
import { lessThan } from "./ops-compare.ts";

/** What goes from one round to the next. Sizes may change on the way where `shape` gives them a name. */
export type Carried = { initial: Value; shape: Shape };

export type Round<Name extends string> = {
  graph: Graph;
  /** int64, no axes: 0, 1, … */
  index: Value;
  carried: Record<Name, Value>;
};

export type RoundResult<Name extends string> = {
  carried: Record<Name, Value>;
  /** Of each round, one behind the other along a new first axis. */
  collected: Value;
};

/** `build` makes the graph of one round. @returns what the last round has carried on, and what all have collected */
export function loop<Name extends string>(
  graph: Graph,
  { times, carried }: { times: number; carried: Record<Name, Carried> },
  build: (round: Round<Name>) => RoundResult<Name>,
): RoundResult<Name> {
  const names = Object.keys(carried) as Name[];
  const inside = graph.inner("round");
  const inputOf = (name: string, type: Value["type"], shape: Shape) =>
    inside.input(`${inside.name}/${name}`, type, shape);
  const index = inputOf("index", "int64", []);
  const goOn = inputOf("go_on", "bool", []);
  const state = mapNames(names, (name) =>
    inputOf(name, carried[name].initial.type, carried[name].shape),
  );
  const result = build({ graph: inside, index, carried: state });
  inside.output(`${inside.name}/still_go_on`, goOn);
  for (const name of names) {
    const { type, shape } = result.carried[name];
    check(type === carried[name].initial.type, `Loop over ${name}`, [carried[name].initial]);
    check(shape.length === carried[name].shape.length, `Loop over ${name}`, [result.carried[name]]);
    inside.output(`${inside.name}/next_${name}`, result.carried[name]);
  }
  inside.output(`${inside.name}/collected`, result.collected);
  const outputs = graph.node({
    op: "Loop",
    inputs: [
      ...[graph.constant("int64", times), graph.constant("bool", 1)],
      ...names.map((name) => carried[name].initial),
    ],
    attributes: { body: inside },
    outputs: [
      ...names.map((name) => result.carried[name]),
      { type: result.collected.type, shape: [times, ...result.collected.shape] },
    ],
  });
  return {
    carried: mapNames(names, (name) => outputs[names.indexOf(name)]!),
    collected: outputs.at(-1)!,
  };
}

/** Only the one of `count` branches that `index` (int64, no axes) names is run. They give values of one type and shape. */
export function oneOf(
  index: Value,
  count: number,
  build: (graph: Graph, branch: number) => Value,
): Value {
  return oneOfRange(index, { first: 0, end: count }, build);
}

// By halves: a branch is a few comparisons away, however many there are.
function oneOfRange(
  index: Value,
  { first, end }: { first: number; end: number },
  build: (graph: Graph, branch: number) => Value,
): Value {
  if (end - first === 1) return build(index.graph, first);
  const middle = (first + end) >> 1;
  const half = (name: string, range: { first: number; end: number }) => {
    const graph = index.graph.inner(`${name}${middle}`);
    const value = oneOfRange(seenIn(graph, index), range, build);
    graph.output(`${graph.name}/result`, value);
    return { graph, value };
  };
  const low = half("below", { first, end: middle });
  const high = half("from", { first: middle, end });
  const fits = low.value.type === high.value.type && sameShape(low.value.shape, high.value.shape);
  check(fits, "Branches", [low.value, high.value]);
  return index.graph.node({
    op: "If",
    inputs: [lessThan(index, index.graph.constant("int64", middle))],
    attributes: { then_branch: low.graph, else_branch: high.graph },
    outputs: [low.value],
  })[0]!;
}

function mapNames<Name extends string, To>(
  names: readonly Name[],
  map: (name: Name) => To,
): Record<Name, To> {
  return Object.fromEntries(names.map((name) => [name, map(name)])) as Record<Name, To>;
}
