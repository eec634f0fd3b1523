// The HTTP server put together: access, parsing, routes, errors, the page's files. In: an engine and
// settings. Out: a Fastify instance that is ready to listen, and its graceful end.
import { existsSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import cors from "@fastify/cors";
import rateLimit from "@fastify/rate-limit";
import fastifyStatic from "@fastify/static";
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from "fastify";
import type { EngineStatus, SpeechEngine } from "qwen3-tts";
import { Admission, type LaneOf } from "../admission.ts";
import type { BatchLimits } from "../batch.ts";
import type { EffectPool } from "../effects/effect-pool.ts";
import type { ManagedModels } from "../engines/arrival/managed-models.ts";
import { Metrics } from "../metrics.ts";
import { ProductionRate, slowestPace } from "../production-rate.ts";
import { headers } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { RequestLog } from "../request-log.ts";
import { SpeechService } from "../speech-service.ts";
import type { VoiceStore } from "../voices/voice-store.ts";
import { bearerKey, guardAccess, type AccessOptions } from "./access.ts";
import { addBatchRoute } from "./batch-route.ts";
import { addDocumentation } from "./documentation.ts";
import { handleErrors, refuseUnreadable } from "./errors.ts";
import { addInfoRoutes } from "./info-routes.ts";
import { addModelRoutes } from "./model-routes.ts";
import { requestIdOf } from "./request-context.ts";
import { addRequestRoutes } from "./request-routes.ts";
import { Shutdown } from "./shutdown.ts";
import { addSpeechRoutes } from "./speech-routes.ts";
import { addVoiceRoutes } from "./voice-routes.ts";

export type ServerLimits = BatchLimits & {
  /** A client that takes no byte for so long while there is something to send is cut. */
  readerTimeoutSeconds: number;
};

export type ServerSettings = {
  version: string;
  access: AccessOptions;
  limits: ServerLimits;
  maxQueue: number;
  /** Requests a minute for each key or address; null: no limit. */
  rateLimitPerMinute: number | null;
  /** The built page; null or absent on disk: the API alone. */
  pageFolder: string | null;
  /** Whether requests' texts may appear in the log. */
  logText: boolean;
};

export type ServerOptions = {
  engine: SpeechEngine;
  voices: VoiceStore;
  effects: EffectPool;
  models: ManagedModels;
  settings: ServerSettings;
  logger: FastifyBaseLogger;
};

/** What the routes share. */
export type ServerParts = {
  engine: SpeechEngine;
  voices: VoiceStore;
  service: SpeechService;
  admission: Admission;
  requests: RequestLog;
  metrics: Metrics;
  rate: ProductionRate;
  models: ManagedModels;
  limits: ServerLimits;
  shutdown: Shutdown;
  version: string;
};

/** Ten items of 5000 characters fit however they are escaped. */
const bodyLimitBytes = 1024 * 1024;

export type SpeechServer = { app: FastifyInstance; shutdown: Shutdown };

export async function createServer(options: ServerOptions): Promise<SpeechServer> {
  const { settings, logger } = options;
  const parts = createParts(options);
  const sendError = handleErrors((code) => parts.metrics.refused.inc({ code }));
  const app = fastify({
    loggerInstance: logger,
    bodyLimit: bodyLimitBytes,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers, parts.requests),
    // A voice's name of 64 characters, each of them as four bytes.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 64 * 4 * "%00".length },
    forceCloseConnections: true, // after the drain: idle ones, and those that never sent a request
    return503OnClosing: false,
    frameworkErrors: sendError,
    clientErrorHandler: refuseUnreadable,
    // As any unknown field, "__proto__" is refused by name: nothing here assigns keys of a body.
    onProtoPoisoning: "ignore",
    onConstructorPoisoning: "ignore",
  });
  // Bodies are checked by the handlers, which know the engine; schemas are for the document.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  app.setErrorHandler(sendError);
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header(headers.requestId, request.id);
    done();
  });
  parts.shutdown.guard(app);
  await addCors(app, settings.access.corsOrigins);
  guardAccess(app, settings.access);
  refuseUnknown(app);
  acceptJson(app);
  await addRateLimit(app, settings);
  await addDocumentation(app, settings.version);
  logTexts(app, settings.logText);
  addRoutes(app, parts);
  await addPage(app, settings.pageFolder);
  return { app, shutdown: parts.shutdown };
}

function createParts({ engine, voices, effects, models, settings }: ServerOptions): ServerParts {
  const rate = new ProductionRate(() => slowestPace(engine.status()));
  const requests = new RequestLog();
  const admission = new Admission({
    lanes: () => lanesOf(engine.status()),
    maxQueue: settings.maxQueue,
    meanSeconds: () => rate.meanSeconds,
  });
  const metrics = new Metrics({
    queueLength: () => admission.queueLength,
    activeRequests: () => admission.running,
    activeRows: () => engine.status().activeRows,
  });
  engine.onStatus(() => admission.advance());
  const service = new SpeechService({
    ...{ engine, voices, effects, admission, requests, metrics, rate },
  });
  const shutdown = new Shutdown(requests);
  const { limits, version } = settings;
  const parts = { engine, voices, service, admission, requests, metrics, rate, models };
  return { ...parts, limits, shutdown, version };
}

/** Without a choice it is the first model's; one that is gone, as after a takeover, is spoken by whoever may. */
function lanesOf({ models }: EngineStatus): LaneOf {
  const most = Math.max(1, ...models.map(({ rows }) => rows));
  return (wanted) => {
    const id = wanted ?? models[0]?.id ?? "";
    return { id, rows: models.find((model) => model.id === id)?.rows ?? most };
  };
}

function addRoutes(app: FastifyInstance, parts: ServerParts): void {
  // In a plugin of their own, so that the document's hooks see every route.
  app.register((routes, _options, done) => {
    addSpeechRoutes(routes, parts);
    addBatchRoute(routes, parts);
    addRequestRoutes(routes, parts);
    addInfoRoutes(routes, parts);
    addModelRoutes(routes, parts);
    done();
  });
  app.register((routes) => addVoiceRoutes(routes, parts));
}

/** JSON is JSON also when curl's `-d` calls it a form, or when nothing says what it is. */
function acceptJson(app: FastifyInstance): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const type = request.headers["content-type"];
    const unnamed = type === undefined || /^application\/x-www-form-urlencoded\b/i.test(type);
    // Only where a body is expected: a DELETE has none, nor has a POST that only names what to do.
    const takesBody =
      ["POST", "PATCH"].includes(request.method) && request.routeOptions.schema?.body !== undefined;
    if (takesBody && unnamed) request.headers["content-type"] = "application/json";
    if (!takesBody && unnamed) delete request.headers["content-type"];
    done();
  });
  app.removeContentTypeParser("text/plain");
}

async function addCors(app: FastifyInstance, origins: string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: origins.includes("*") ? "*" : origins,
    methods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
    exposedHeaders: Object.values(headers),
  });
}

async function addRateLimit(
  app: FastifyInstance,
  { rateLimitPerMinute, access }: ServerSettings,
): Promise<void> {
  if (rateLimitPerMinute === null) return;
  // Only a key that was checked: any other would give its sender a fresh limit each time.
  const keyed = access.keyHashes.length > 0;
  await app.register(rateLimit, {
    max: rateLimitPerMinute,
    timeWindow: "1 minute",
    keyGenerator: (request) => (keyed ? bearerKey(request) : undefined) ?? request.ip,
    allowList: (request) => request.method !== "POST",
    errorResponseBuilder: (_request, context) =>
      new RequestError(
        "rate_limited",
        `More than ${context.max} requests in a minute. Try again in ${context.after}.`,
        { retryAfterSeconds: Math.ceil(context.ttl / 1000) },
      ),
  });
}

function logTexts(app: FastifyInstance, logText: boolean): void {
  if (!logText) return;
  app.addHook("preHandler", (request, _reply, done) => {
    request.log.info({ body: request.body }, "request body");
    done();
  });
}

const pagePolicy =
  "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; style-src 'self'; " +
  "script-src 'self'; frame-ancestors 'none'";

function refuseUnknown(app: FastifyInstance): void {
  const refuse = (request: FastifyRequest): never => {
    const route = `${request.method} ${request.url.slice(0, 100)}`;
    throw new RequestError("not_found", `${route} is no route of this server; see /docs.`);
  };
  app.setNotFoundHandler(refuse); // a file that the page does not have
  // Before its body is read, which could be wrong too.
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.is404) refuse(request);
    done();
  });
}

async function addPage(app: FastifyInstance, folder: string | null): Promise<void> {
  if (folder === null || !existsSync(folder)) return;
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: true,
    setHeaders: (reply, path) => {
      if (!path.endsWith(".html")) return;
      void reply.header("Content-Security-Policy", pagePolicy).header("Cache-Control", "no-cache");
    },
  });
}
