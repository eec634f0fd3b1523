// A real server on a free port for tests, with the fake engine unless another is given. Everything
// goes through real sockets; `close` ends all of it.
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import type { SpeechEngine } from "qwen3-tts";
import { createFakeEngine, type FakeEngine, type FakeEngineOptions } from "qwen3-tts/testing";
import { createEffectPool, type EffectPool } from "../src/effects/effect-pool.ts";
import { ManagedModels } from "../src/engines/arrival/managed-models.ts";
import { createServer, type ServerSettings, type SpeechServer } from "../src/http/server.ts";
import { createLogger } from "../src/logger.ts";
import { VoiceStore } from "../src/voices/voice-store.ts";

export type TestServer = {
  url: string;
  server: SpeechServer;
  effects: EffectPool;
  close(): Promise<void>;
};

export const defaultSettings: ServerSettings = {
  version: "0.0.0-test",
  access: { keyHashes: [], corsOrigins: [], loopbackOnly: true },
  limits: { itemTimeoutSeconds: 120, maxBatchSeconds: 21_600, readerTimeoutSeconds: 120 },
  maxQueue: 100,
  rateLimitPerMinute: null,
  pageFolder: null,
  logText: false,
};

export type TestServerOptions = {
  settings?: Partial<ServerSettings>;
  port?: number;
  logLevel?: string;
  effects?: EffectPool;
  /** Where voices are kept; default: a place where there are none. */
  voices?: string;
  /** Default: none. */
  models?: ManagedModels;
};

const noModels = new ManagedModels({
  pool: null,
  removeFiles: () => Promise.resolve(),
  cacheFolder: tmpdir(),
  precision: "int8",
  noDownloads: "this is a test.",
  offline: true,
});

export async function startServer(
  engine: SpeechEngine,
  {
    settings = {},
    port = 0,
    logLevel = "silent",
    effects = createEffectPool(),
    voices = "/nonexistent",
    models = noModels,
  }: TestServerOptions = {},
): Promise<TestServer> {
  const server = await createServer({
    engine,
    effects,
    voices: new VoiceStore({ home: voices, onDamaged: () => undefined }),
    models,
    settings: { ...defaultSettings, ...settings },
    logger: createLogger(logLevel, null),
  });
  await server.app.listen({ host: "127.0.0.1", port });
  const address = server.app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    server,
    effects,
    async close() {
      await server.shutdown.drain(0);
      await server.app.close();
      await models.close();
      await Promise.all([engine.close(), effects.close()]);
    },
  };
}

export async function startFakeServer(
  engineOptions: FakeEngineOptions = {},
  options: TestServerOptions = {},
): Promise<TestServer & { engine: FakeEngine }> {
  const engine = createFakeEngine(engineOptions);
  return { ...(await startServer(engine, options)), engine };
}

/** POST a JSON body. */
export function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    ...init,
    method: "POST",
    headers: { "Content-Type": "application/json", ...(init.headers as Record<string, string>) },
    body: JSON.stringify(body),
  });
}
