// A graph of the codec made ready to run. In: a graph whose weights are not read yet, and a cache of written
// graphs. Out: a session. Weights are read only if the cache has not got the graph.
import type { CodecConfig } from "../checkpoint/codec-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import type { Graph } from "../graph/graph.ts";
import { modelPath, writeModelFiles } from "../graph/model-files.ts";
import { Session, type SessionOptions } from "../runtime/session.ts";

/** What a checkpoint has of the codec. */
export type CodecSource = { codecConfig: CodecConfig; codecTensors: TensorTable };

export type LoadOptions = SessionOptions & {
  /** Gives a folder that `produce` has filled, now or in an earlier process. */
  cachedFiles: (name: string, produce: (folder: string) => Promise<void>) => Promise<string>;
};

export async function loadSession(graph: Graph, options: LoadOptions): Promise<Session> {
  const { threads, device, wideSums } = options;
  return Session.load(await writtenGraph(graph, options), { threads, device, wideSums });
}

/** @returns the path of its model file */
export async function writtenGraph(
  graph: Graph,
  { cachedFiles }: Pick<LoadOptions, "cachedFiles">,
): Promise<string> {
  const folder = await cachedFiles(graph.name, async (place) => {
    await writeModelFiles(graph, place);
  });
  return modelPath(folder, graph.name);
}
