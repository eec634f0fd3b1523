// Where the hub is, who asks, and where models are kept: what Hugging Face's own tools read from the environment.
// In: options and environment. Out: settings for all that talk to the hub or look into its cache.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createTransport, type Transport } from "./transport.ts";

export type HubOptions = {
  endpoint?: string;
  token?: string;
  cacheFolder?: string;
};

/** How long the network may be out of order before it is given up. */
export type Patience = {
  /** Without a byte for so long, a connection is made anew. */
  stallMs: number;
  /** Doubled after each attempt that brought nothing. */
  firstPauseMs: number;
  /** In a row, without a byte. */
  attempts: number;
};

export type HubSettings = {
  endpoint: string;
  token: string | null;
  cacheFolder: string;
  offline: boolean;
  transport: Transport;
  patience: Patience;
};

const publicHub = "https://huggingface.co";
// Half a minute of pauses in all: a router that restarts, a laptop that changes networks.
const usualPatience: Patience = { stallMs: 30_000, firstPauseMs: 250, attempts: 8 };

export async function hubSettings(
  options: HubOptions = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<HubSettings> {
  const endpoint = options.endpoint ?? given(environment.HF_ENDPOINT) ?? publicHub;
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    token: options.token ?? (await findToken(environment)),
    cacheFolder: options.cacheFolder ?? hubCacheFolder(environment),
    offline: isTrue(environment.HF_HUB_OFFLINE) || isTrue(environment.TRANSFORMERS_OFFLINE),
    transport: createTransport(),
    patience: usualPatience,
  };
}

/** Where huggingface_hub keeps models. */
export function hubCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE } = environment;
  const folder = given(HF_HUB_CACHE) ?? given(HUGGINGFACE_HUB_CACHE);
  return folder ? atHome(folder) : join(hubHome(environment), "hub");
}

function hubHome({ HF_HOME, XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  if (HF_HOME) return atHome(HF_HOME);
  return join(atHome(given(XDG_CACHE_HOME) ?? join(homedir(), ".cache")), "huggingface");
}

/** `~` is not always expanded by who sets a variable. */
function atHome(path: string): string {
  return path === "~" || /^~[/\\]/.test(path) ? join(homedir(), path.slice(1)) : path;
}

/** The variable, or the file that `hf auth login` writes. */
async function findToken(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const { HF_TOKEN, HUGGING_FACE_HUB_TOKEN } = environment;
  const token = given(HF_TOKEN?.trim()) ?? given(HUGGING_FACE_HUB_TOKEN?.trim());
  if (token !== undefined) return token;
  const path = given(environment.HF_TOKEN_PATH) ?? join(hubHome(environment), "token");
  const stored = await readFile(atHome(path), "utf8").catch(() => "");
  return given(stored.trim()) ?? null;
}

/** A variable that is set to nothing is not set. */
function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function isTrue(value: string | undefined): boolean {
  return ["1", "on", "yes", "true"].includes((value ?? "").toLowerCase());
}
