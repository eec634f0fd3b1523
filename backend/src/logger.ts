// The server's log: one JSON object a line on stderr, or readable lines when stderr is a terminal.
// Texts of requests are not in it, nor headers that carry keys.
import { pino, type Logger } from "pino";
import { PinoPretty } from "pino-pretty";

export function createLogger(level: string): Logger {
  const options = { level, redact: ["req.headers.authorization"] };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  return pino(options, PinoPretty({ destination: 2, sync: true, ignore: "pid,hostname" }));
}
