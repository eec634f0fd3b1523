// The composition root: runs the command that was asked for. For `serve` it puts engine, effects and
// server together, prints one address, and ends gracefully on SIGINT or SIGTERM.
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { chooseCommand } from "./cli/command-line.ts";
import { explainFailure } from "./cli/failure.ts";
import { interruptible } from "./cli/interrupt.ts";
import { parseServeOptions, serveHelp, type ServeOptions } from "./cli/serve-options.ts";
import { StatusLine } from "./cli/status-line.ts";
import { createEffectPool } from "./effects/effect-pool.ts";
import { chooseEngine } from "./engines/choose-engine.ts";
import { hashKey, isLoopbackName } from "./http/access.ts";
import { printedAddress } from "./http/printed-address.ts";
import { VoiceStore } from "./voices/voice-store.ts";
import { voicesHome } from "./voices/voices-home.ts";

const pageFolder = fileURLToPath(new URL("../../frontend/dist", import.meta.url));

async function serve(options: ServeOptions): Promise<void> {
  // Loaded only here: no other command has a use for them, and they are slow to load.
  const { createServer } = await import("./http/server.ts");
  const { createLogger } = await import("./logger.ts");
  const statusLine = process.stderr.isTTY ? new StatusLine(process.stderr) : null;
  const logger = createLogger(options.logLevel, statusLine);
  const { engine, models } = await chooseEngine({ ...options, statusLine }, logger);
  const effects = createEffectPool();
  const voices = new VoiceStore({
    home: voicesHome(),
    onDamaged: (folder, reason) => logger.warn({ folder, reason }, "a voice is passed over"),
  });
  const { app, shutdown } = await createServer({
    engine,
    voices,
    effects,
    models,
    logger,
    settings: {
      version: readVersion(),
      access: {
        keyHashes: [...options.apiKeys.map(hashKey), ...options.apiKeyHashes],
        corsOrigins: options.corsOrigins,
        loopbackOnly: isLoopbackName(options.host),
      },
      limits: {
        itemTimeoutSeconds: options.itemTimeoutSeconds,
        maxBatchSeconds: options.maxBatchSeconds,
        readerTimeoutSeconds: options.readerTimeoutSeconds,
      },
      maxQueue: options.maxQueue,
      rateLimitPerMinute: options.rateLimitPerMinute,
      pageFolder,
      logText: options.logText,
    },
  });
  const stop = async (): Promise<void> => {
    await shutdown.drain(options.shutdownGraceSeconds * 1000);
    await app.close();
    await models.close();
    await Promise.all([engine.close(), effects.close()]);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
  // The one address that is printed is the one to open.
  const listenTextResolver = (): string => "listening";
  await app.listen({ host: options.host, port: options.port, listenTextResolver });
  statusLine?.end();
  console.log(`Qwen TTS is at ${printedAddress(app.server.address() as AddressInfo)}`);
}

function readVersion(): string {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

try {
  const { command, args } = await chooseCommand(process.argv.slice(2));
  if (command) {
    await interruptible((signal) => command(args, signal));
  } else {
    const options = parseServeOptions(args);
    if (options === null) console.log(serveHelp);
    else await serve(options);
  }
} catch (error) {
  const { message, exitCode } = explainFailure(error);
  console.error(message);
  process.exit(exitCode); // the engine may be running already
}
