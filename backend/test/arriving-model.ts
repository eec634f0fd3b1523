// A server as `npm start` is on a machine that has nothing, for tests: an empty cache, a stand-in for the hub with a tiny
// checkpoint on it, the real preview voice, the real engine. In: what shall go wrong. Out: the server, and its models.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  hubFilesOf,
  startStandInHub,
  tinyConfigs,
  writeRandomCheckpoint,
  type StandInHub,
  type StandInHubOptions,
} from "qwen3-tts/testing";
import { chooseEngine, type EngineOptions } from "../src/engines/choose-engine.ts";
import { createLogger } from "../src/logger.ts";
import type { ManagedModelBody, ModelsResponse } from "../src/protocol.ts";
import { eventually } from "./observe.ts";
import { startServer, type TestServer } from "./test-server.ts";

export const repo = "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice";
export const modelPath = `/models/${encodeURIComponent(repo)}`;

/** A cache of its own for the hub and for converted weights; the variables that lead there are set. */
export type Machine = {
  folder: string;
  /** The published checkpoint, for engines to compare with. */
  checkpoint: string;
  hub: StandInHub;
  environment: Record<string, string>;
  close: () => Promise<void>;
};

export async function emptyMachine(options: StandInHubOptions = {}): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), "arriving-"));
  const checkpoint = join(folder, "published");
  await writeRandomCheckpoint(checkpoint, { files: tinyConfigs("custom_voice"), seed: 3 });
  const hub = await startStandInHub(options);
  await hub.publish(repo, await hubFilesOf(checkpoint));
  const environment = {
    HF_HOME: join(folder, "hf"),
    QWEN_TTS_CACHE: join(folder, "converted"),
    HF_ENDPOINT: hub.url,
    HF_TOKEN: "",
  };
  Object.assign(process.env, environment);
  const close = async (): Promise<void> => {
    await hub.close();
    await rm(folder, { recursive: true });
  };
  return { folder, checkpoint, hub, environment, close };
}

/** On the machine whose variables are set. */
export async function startThere(options: Partial<EngineOptions> = {}): Promise<TestServer> {
  const { engine, models } = await chooseEngine(
    {
      engine: "auto",
      models: [],
      precision: "f32",
      device: "cpu",
      positions: null,
      threads: 1,
      rows: null,
      runaway: {},
      memoryBudgetBytes: 4e9,
      idleUnloadSeconds: null,
      offline: false,
      ...options,
    },
    createLogger("silent", null),
  );
  return startServer(engine, { models });
}

export async function modelOf(server: { url: string }): Promise<ManagedModelBody> {
  const { models } = (await (await fetch(`${server.url}/models`)).json()) as ModelsResponse;
  return models.find(({ id }) => id === repo)!;
}

/** Resolves when the model is as wanted. */
export async function modelIs(
  server: { url: string },
  wanted: Partial<ManagedModelBody>,
): Promise<ManagedModelBody> {
  let model = await modelOf(server);
  await eventually(async () => {
    model = await modelOf(server);
    const { state, ...rest } = wanted;
    if (state !== undefined && model.state !== state) {
      throw new Error(`${model.state} (${model.reason ?? ""}) is not ${state}`);
    }
    for (const [key, value] of Object.entries(rest)) {
      if (model[key as keyof ManagedModelBody] !== value) throw new Error(`${key} differs`);
    }
  });
  return model;
}

/** POST or DELETE, and the model as it is then. */
export async function act(
  server: { url: string },
  action: "download" | "pause" | "unload" | "delete",
): Promise<ManagedModelBody & { detail?: string; code?: string; status: number }> {
  const response =
    action === "delete"
      ? await fetch(`${server.url}${modelPath}`, { method: "DELETE" })
      : await fetch(`${server.url}${modelPath}/${action}`, { method: "POST" });
  return { ...((await response.json()) as ManagedModelBody), status: response.status };
}
