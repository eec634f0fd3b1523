// From a graph that can be built to one that runs. In: a name and how to build it. Out: a session.
import type { Graph } from "../graph/graph.ts";
import type { Session } from "../runtime/session.ts";
import { loadSession, type LoadOptions } from "./codec-session.ts";

export type GraphLoader = (name: string, build: (name: string) => Graph) => Promise<Session>;

export function graphLoader(options: LoadOptions): GraphLoader {
  return (name, build) => loadSession(build(name), options);
}
