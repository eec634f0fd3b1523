// Who computed the nodes of a graph. In: the profile that the runtime wrote of a run, which is the one place where it tells.
// Out: provider and operator of each node. What a device has no kernel for the processor computes, without a word.

export type PlacedNode = {
  /** The runtime's name: "CPUExecutionProvider". */
  provider: string;
  /** Some devices make one node of many, with a name of their own. */
  operator: string;
};

export const processor = "CPUExecutionProvider";

/** @param profile an array of events in JSON; a node that ran more than once is there more than once */
export function placedNodes(profile: string): PlacedNode[] {
  const events: unknown = JSON.parse(profile);
  if (!Array.isArray(events)) throw new TypeError("The runtime's profile is no array");
  return events.flatMap((event: unknown) => {
    const { cat, args } = fieldsOf(event);
    const { provider, op_name: operator } = fieldsOf(args);
    if (cat !== "Node" || typeof provider !== "string" || typeof operator !== "string") return [];
    return [{ provider, operator }];
  });
}

function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value : {};
}
