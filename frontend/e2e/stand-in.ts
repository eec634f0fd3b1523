// Models in states that are hard to get: what GET /models and /health say of them is replaced on the way
// to the page, everything else is the server's own. What the page asks for is written down.
import type { Page } from "@playwright/test";
import type { HealthResponse, ManagedModelBody, ModelsResponse } from "qwen-tts/protocol";

export type ModelsStandIn = {
  /** Changed by a test at any time; the page sees it with its next question. */
  models: ModelsResponse;
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
    const id = decodeURIComponent(pathname.split("/")[2] ?? "");
    return route.fulfill({ json: standIn.models.models.find((model) => model.id === id) });
  });
  return standIn;
}
