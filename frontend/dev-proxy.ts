// The way from Vite's development server to the speech server. In: the address of the server. Out:
// Vite's `proxy` option. What the plain proxy gets wrong for streams is put right here: a server
// that is down is a JSON error in the server's own shape, and a server that dies in mid-stream
// breaks the browser's stream. Knows nothing of what is in the requests.
import { ServerResponse } from "node:http";
import type { ErrorBody } from "qwen-tts/protocol";
import type { ProxyOptions } from "vite";

const apiPaths = [
  "tts",
  "speakers",
  "languages",
  "capabilities",
  "health",
  "ready",
  "requests",
  "models",
  "v1",
  "metrics",
  "openapi.json",
  "docs",
];

/** The whole path segment must match, so that no source file is taken for a request. */
const apiPattern = `^/(${apiPaths.map((path) => path.replace(".", "\\.")).join("|")})(?=[/?]|$)`;

/** Vite's `server.proxy` for a speech server at `target`, such as "http://127.0.0.1:8000". */
export function devProxy(target: string): Record<string, ProxyOptions> {
  return { [apiPattern]: { target, configure: passFailuresOn(target) } };
}

type Configure = NonNullable<ProxyOptions["configure"]>;

function passFailuresOn(target: string): Configure {
  return (proxy) => {
    proxy.on("proxyRes", (upstream, _request, response) => {
      // The proxy's own connection ends after each answer. Passed on, that would let some clients
      // take a broken stream for a finished one.
      delete upstream.headers.connection;
      // `pipe` ends nothing when its source breaks: without this the browser would wait for ever.
      upstream.on("error", () => response.destroy());
    });
    // Runs before Vite's own listener, which answers in plain text only when nobody else did.
    proxy.on("error", (_error, _request, response) => {
      if (!(response instanceof ServerResponse)) return;
      if (response.headersSent) response.destroy();
      else answerBadGateway(response, target);
    });
  };
}

function answerBadGateway(response: ServerResponse, target: string) {
  const body: ErrorBody = {
    detail: `The speech server at ${target} does not answer. Start it with: npm start`,
    code: "engine_not_ready",
    retryable: true,
  };
  response.writeHead(502, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
