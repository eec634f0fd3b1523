// The product's name, and which voice speaks now and whether it can.
import type { HealthResponse } from "qwen-tts/protocol";
import type { ServerState } from "../server-watch.ts";

type Status = { tone: "ready" | "busy" | "gone"; text: string };

export function Header({ server }: { server: ServerState }) {
  const status = describeStatus(server);
  return (
    <header className="page-header">
      <h1 className="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true" className="brand-mark">
          <path d="M5 13.5v5M10.500 10v12M16 5v22M21.500 11v10M27 14.500v3" />
        </svg>
        Qwen TTS <span className="brand-for">for Node</span>
      </h1>
      <p className="engine-status" role="status">
        <span className="dot" data-tone={status.tone} aria-hidden="true" />
        {status.text}
      </p>
    </header>
  );
}

function describeStatus({ reach, health, needsKey }: ServerState): Status {
  if (reach === "connecting") return { tone: "busy", text: "Connecting…" };
  if (reach === "unreachable" || !health) return { tone: "gone", text: "Server not reachable" };
  if (needsKey) return { tone: "busy", text: "API key needed" };
  if (health.status === "shutting_down") return { tone: "busy", text: "Server is shutting down" };
  return describeModel(health.models);
}

function describeModel(models: HealthResponse["models"]): Status {
  const ready = models.find(({ state }) => state === "ready");
  if (ready) return { tone: "ready", text: `${ready.label}, ready` };
  // The first one that can speak is the one that will: another may rest beside it.
  const next = models.find(({ state }) => state === "idle" || state === "loading");
  if (next?.state === "loading") return { tone: "busy", text: `${next.label} is loading…` };
  if (next) return { tone: "ready", text: `${next.label}, loads with the first request` };
  return { tone: "gone", text: models[0] ? `${models[0].label} cannot speak` : "No voice" };
}
