// What there is and how it is doing: GET /speakers, /languages, /capabilities, /health, /ready and
// /metrics. In: the engine's status. Out: small JSON. No route here makes the engine work.
import type { FastifyInstance } from "fastify";
import type { EngineStatus, ModelStatus } from "qwen3-tts";
import {
  limits,
  type CapabilitiesResponse,
  type HealthResponse,
  type LanguagesResponse,
  type ModelBody,
  type ReadyResponse,
} from "../protocol.ts";
import { metricsAnswer } from "./schemas.ts";
import type { ServerParts } from "./server.ts";
import { speakersBody, speakersOf } from "./speakers.ts";

export function addInfoRoutes(app: FastifyInstance, parts: ServerParts): void {
  const status = (): EngineStatus => parts.engine.status();

  app.get("/speakers", { schema: { summary: "Speakers and kept voices" } }, async () =>
    speakersBody(status(), await parts.voices.list()),
  );

  app.get("/languages", { schema: { summary: "The languages of the model" } }, () =>
    languagesBody(status()),
  );

  app.get(
    "/capabilities",
    { schema: { summary: "Engine, models, what they honour, limits" } },
    () => capabilitiesBody(status(), parts),
  );

  app.get("/health", { schema: { summary: "200 while the process lives" } }, () =>
    healthBody(status(), parts),
  );

  app.get(
    "/ready",
    { schema: { summary: "200 when a request would be spoken now, else 503" } },
    async (_request, reply) => {
      const body = readyBody(status(), parts.shutdown.begun);
      return reply.status(body.ready ? 200 : 503).send(body);
    },
  );

  app.get(
    "/metrics",
    { schema: { summary: "Prometheus metrics", response: { 200: metricsAnswer } } },
    async (_request, reply) => {
      const { registry } = parts.metrics;
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  );
}

function languagesBody(status: EngineStatus): LanguagesResponse {
  const languages = new Set(status.models.flatMap((model) => model.languages));
  return { default: "English", languages: [...languages, "Auto"] };
}

function capabilitiesBody(status: EngineStatus, parts: ServerParts): CapabilitiesResponse {
  return {
    version: parts.version,
    engine: status.engine,
    notice: noticeFor(status),
    models: status.models.map(modelBody),
    formats: ["wav", "pcm"],
    limits: {
      text_length: limits.textLength,
      instruct_length: limits.instructLength,
      voice_description_length: limits.voiceDescriptionLength,
      batch_items: limits.batchItems,
      speed: limits.speed,
      pitch: limits.pitch,
      max_batch_seconds: parts.limits.maxBatchSeconds,
      item_timeout_seconds: parts.limits.itemTimeoutSeconds,
    },
  };
}

function noticeFor({ engine }: EngineStatus): string | null {
  if (engine !== "preview") return null;
  return (
    "Preview voice: a small synthetic voice that speaks at once, so that everything can be tried. " +
    "It is not Qwen3-TTS and does not sound like it."
  );
}

function modelBody(model: ModelStatus): ModelBody {
  return {
    id: model.id,
    label: model.label,
    variant: model.variant,
    size: model.size,
    state: model.state.kind,
    reason: reasonOf(model),
    sample_rate: model.sampleRate,
    speakers: speakersOf(model),
    languages: model.languages,
    instruct: model.instruct,
    sampling: model.sampling,
    voices: model.clone,
    design: model.design,
    rows: model.rows,
  };
}

function reasonOf({ state }: ModelStatus): string | null {
  return "reason" in state ? state.reason : null;
}

function healthBody(status: EngineStatus, parts: ServerParts): HealthResponse {
  return {
    status: parts.shutdown.begun ? "shutting_down" : "ok",
    version: parts.version,
    engine: status.engine,
    models: status.models.map((model) => ({
      id: model.id,
      label: model.label,
      state: model.state.kind,
      reason: reasonOf(model),
    })),
    downloads: parts.models.downloading(),
    uptime_seconds: Math.round(process.uptime()),
  };
}

function readyBody(status: EngineStatus, shuttingDown: boolean): ReadyResponse {
  const { engine } = status;
  if (shuttingDown) return { ready: false, engine, detail: "The server is shutting down." };
  const model = status.models[0];
  if (!model) return { ready: false, engine, detail: "The engine has no model." };
  // An idle model loads by itself when a request needs it.
  const ready = model.state.kind === "ready" || model.state.kind === "idle";
  const detail = reasonOf(model) ?? `${model.label}: ${model.state.kind}`;
  return { ready, engine, detail };
}
