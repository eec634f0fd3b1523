// Models and voices in states that are hard to get: what the server says of them is replaced on the way to
// the page, everything else is the server's own. What the page asks for is written down.
import { Buffer } from "node:buffer";
import type { Page, Route } from "@playwright/test";
import type {
  HealthResponse,
  ManagedModelBody,
  ModelsResponse,
  VoiceBody,
} from "qwen-tts/protocol";

export type ModelsStandIn = {
  /** Changed by a test at any time; the page sees it with its next question. */
  models: ModelsResponse;
  /** What the next thing that is done to a model makes of all of them. */
  outcome: ManagedModelBody[] | undefined;
  health: Partial<HealthResponse>;
  /** "POST /models/…/pause" */
  asked: string[];
};

const gigabyte = 1e9;

export function managedModel(change: Partial<ManagedModelBody>): ManagedModelBody {
  return {
    id: "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice",
    label: "Qwen3-TTS 0.6B CustomVoice",
    variant: "custom_voice",
    size: "0.6B",
    state: "absent",
    reason: null,
    bytes_total: 1.9 * gigabyte,
    bytes_done: 0,
    bytes_per_second: null,
    seconds_left: null,
    memory_bytes: null,
    removable: true,
    ...change,
  };
}

export async function standInForModels(page: Page, models: ManagedModelBody[]) {
  const standIn: ModelsStandIn = {
    models: {
      memory: { budget_bytes: 8 * gigabyte, used_bytes: 2.5 * gigabyte },
      disk_free_bytes: 120 * gigabyte,
      offline: false,
      models,
    },
    outcome: undefined,
    health: {},
    asked: [],
  };
  await page.route("**/health", async (route) => {
    const response = await route.fetch();
    const health = (await response.json()) as HealthResponse;
    await route.fulfill({ response, json: { ...health, ...standIn.health } });
  });
  await page.route(/\/models(\/|$)/, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (pathname === "/models") return route.fulfill({ json: standIn.models });
    standIn.asked.push(`${request.method()} ${pathname}`);
    standIn.models.models = standIn.outcome ?? standIn.models.models;
    standIn.outcome = undefined;
    const id = decodeURIComponent(pathname.split("/")[2] ?? "");
    return route.fulfill({ json: standIn.models.models.find((model) => model.id === id) });
  });
  return standIn;
}

export type VoicesStandIn = {
  voices: VoiceBody[];
  /** What was sent to be kept. */
  added: { name: string; consent: string; source: string; ref_text?: string; audio: Buffer }[];
  /** All but the lists, the checks and the additions. */
  asked: string[];
};

function keptVoice(change: Partial<VoiceBody>): VoiceBody {
  return {
    name: "Anna",
    kind: "clone",
    source: "microphone",
    transcript: null,
    description: null,
    language: null,
    seed: null,
    consent: "Yes.",
    created: "2026-11-20T10:00:00Z",
    seconds: 8,
    sizes: [],
    advice: [],
    ...change,
  };
}

/** Voices as the contract has them, on a server that has none. */
export async function standInForVoices(page: Page, names: string[] = []): Promise<VoicesStandIn> {
  const voices = names.map((name) => keptVoice({ name }));
  const standIn: VoicesStandIn = { voices, added: [], asked: [] };
  await page.route(/\/v1\/audio\/voices(\/|$)/, (route) => answerVoices(standIn, route));
  return standIn;
}

async function answerVoices(standIn: VoicesStandIn, route: Route): Promise<void> {
  const request = route.request();
  const method = request.method();
  const { pathname } = new URL(request.url());
  const [name = "", part] = pathname.split("/").slice(4).map(decodeURIComponent);
  if (name === "check") {
    const answer = { ok: true, seconds: 8, advice: ["It is a little quiet."], error: null };
    return route.fulfill({ json: answer });
  }
  if (name === "" && method === "GET")
    return route.fulfill({ json: { voices: [], uploaded_voices: standIn.voices } });
  if (name === "") return addRecording(standIn, route);
  standIn.asked.push(`${method} ${pathname}`);
  const at = standIn.voices.findIndex((voice) => voice.name === name);
  if (part === "export")
    return route.fulfill({ body: "a voice", contentType: "application/octet-stream" });
  if (name === "import") {
    const voice = keptVoice({ name: "Imported", source: "import" });
    standIn.voices.push(voice);
    return route.fulfill({ json: { success: true, voice } });
  }
  if (method === "DELETE") {
    standIn.voices.splice(at, 1);
    return route.fulfill({ json: { success: true } });
  }
  standIn.voices[at] = keptVoice(request.postDataJSON() as Partial<VoiceBody>);
  return route.fulfill({ json: standIn.voices[at] });
}

async function addRecording(standIn: VoicesStandIn, route: Route): Promise<void> {
  const request = route.request();
  const body = request.postDataBuffer() ?? Buffer.alloc(0);
  const type = request.headers()["content-type"] ?? "";
  const form = await new Response(new Uint8Array(body), {
    headers: { "Content-Type": type },
  }).formData();
  const text = (field: string) => {
    const value = form.get(field);
    return typeof value === "string" ? value : "";
  };
  const audio = Buffer.from(await (form.get("audio_sample") as File).arrayBuffer());
  const [name, consent, source] = [text("name"), text("consent"), text("source")];
  standIn.added.push({ name, consent, source, ref_text: text("ref_text"), audio });
  const voice = keptVoice({ name });
  standIn.voices.push(voice);
  await route.fulfill({ json: { success: true, voice } });
}
