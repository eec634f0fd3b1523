// The server's log: one JSON object a line on stderr, or readable lines when stderr is a terminal.
// Texts of requests are not in it, nor headers that carry keys.
import { Writable } from "node:stream";
import { pino, type Logger } from "pino";
import { PinoPretty } from "pino-pretty";
import type { StatusLine } from "./cli/status-line.ts";

/** `statusLine`: of the terminal that stderr is; null: it is none. */
export function createLogger(level: string, statusLine: StatusLine | null): Logger {
  const options = { level, redact: ["req.headers.authorization"] };
  if (!statusLine) return pino(options, pino.destination({ dest: 2, sync: true }));
  const destination = new Writable({
    write(lines: Buffer, _encoding, done) {
      statusLine.above(lines.toString());
      done();
    },
  });
  const colorize = process.stderr.hasColors();
  return pino(options, PinoPretty({ destination, colorize, ignore: "pid,hostname" }));
}
