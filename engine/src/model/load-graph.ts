// From a graph that can be built to one that runs. In: a name and how to build it. Out: a session. What is
// written to disk for it is written once: `cachedFiles` says where.
import type { Graph } from "../graph/graph.ts";
import { modelPath, writeModelFiles } from "../graph/model-files.ts";
import { Session } from "../runtime/session.ts";

export type GraphLoader = (name: string, build: (name: string) => Graph) => Promise<Session>;

export type LoadOptions = {
  threads: number;
  /** Gives a folder that `produce` has filled, now or in an earlier process. */
  cachedFiles: (name: string, produce: (folder: string) => Promise<void>) => Promise<string>;
};

export function graphLoader({ threads, cachedFiles }: LoadOptions): GraphLoader {
  return async (name, build) => {
    const folder = await cachedFiles(name, async (place) => {
      await writeModelFiles(build(name), place);
    });
    return Session.load(modelPath(folder, name), { threads });
  };
}
