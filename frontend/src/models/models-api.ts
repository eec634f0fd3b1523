// The routes of the models. In: a model's id. Out: what the server has of it. Knows nothing of React.
import type { ManagedModelBody, ModelsResponse } from "qwen-tts/protocol";
import { requestJson } from "../api.ts";
import type { RequestOptions } from "../api.ts";

/** What a person can have done to a model. */
export type ModelAction = "download" | "pause" | "unload" | "delete";

/** GET /models. @throws ApiError */
export function getModels(options: RequestOptions): Promise<ModelsResponse> {
  return requestJson("/models", options);
}

/** @throws ApiError */
export function changeModel(
  id: string,
  action: ModelAction,
  options: RequestOptions,
): Promise<ManagedModelBody> {
  const path = `/models/${encodeURIComponent(id)}`;
  if (action === "delete") return requestJson(path, { ...options, method: "DELETE" });
  return requestJson(`${path}/${action}`, { ...options, method: "POST" });
}
