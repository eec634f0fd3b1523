// What is said of a model on its way: while it comes, and once it speaks in the preview voice's place.
// In: what /health says, before and now. Out: what to say. Knows nothing of React.
import type { HealthResponse } from "qwen-tts/protocol";
import { formatWait } from "../format.ts";
import { percentDone } from "./describe-model.ts";

const previewEngine = "preview";

export type Arrival =
  | { kind: "none" }
  | { kind: "coming"; text: string; percent: number }
  /** Not a matter of bytes any more. */
  | { kind: "preparing"; text: string }
  | { kind: "taken_over"; text: string };

export const noArrival: Arrival = { kind: "none" };

/** The next thing to say. A takeover is said until the person has seen it. */
export function nextArrival(
  said: Arrival,
  before: string | undefined,
  now: HealthResponse,
): Arrival {
  const took = before === previewEngine && now.engine !== previewEngine;
  if (took) {
    const label = now.models.find(({ state }) => state === "ready")?.label ?? "Qwen3-TTS";
    return { kind: "taken_over", text: `${label} has taken over and speaks from now on.` };
  }
  if (now.engine !== previewEngine) return said.kind === "taken_over" ? said : noArrival;
  return comingArrival(now);
}

function comingArrival(health: HealthResponse): Arrival {
  const [download] = health.downloads;
  const label = (id: string) => health.models.find((model) => model.id === id)?.label ?? id;
  if (download) {
    const percent = percentDone(download);
    const left = download.seconds_left;
    const wait = left === null ? "" : `, ${formatWait(left)} left`;
    const text = `Preview voice now; ${label(download.id)} is on its way: ${percent} %${wait}.`;
    return { kind: "coming", text, percent };
  }
  const loading = health.models.find(
    ({ id, state }) => id !== previewEngine && state === "loading",
  );
  if (!loading) return noArrival;
  return {
    kind: "preparing",
    text: `Preview voice now; ${loading.label} is here and being prepared.`,
  };
}
