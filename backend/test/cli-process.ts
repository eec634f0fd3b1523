// Starts the built program as the process it is, as a user does: it is also quick, as nothing has to be translated in
// its processes and threads. vitest.config.ts builds before. In: arguments. Out: what it
// wrote and how it ended, or the running process. Knows no command.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const mainFile = fileURLToPath(new URL("../dist/main.js", import.meta.url));

export type CliProcess = ChildProcessByStdio<Writable, Readable, Readable>;
export type CliOptions = { input?: string; env?: Record<string, string> };

export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const child = spawn(process.execPath, [mainFile, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(options.input ?? "");
  return child;
}

export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<{ out: Buffer; err: string; code: number }> {
  const child = startCli(args, options);
  const [out, err, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number]>,
  ]);
  return { out, err, code };
}

/** Where a server that was started with `--port 0` is. */
export async function addressOf(child: CliProcess): Promise<string> {
  let out = "";
  for await (const piece of child.stdout) {
    out += String(piece);
    const address = /http:\/\/localhost:\d+/.exec(out)?.[0];
    if (address) return address.replace("localhost", "127.0.0.1");
  }
  throw new Error(`No address in: ${out}`);
}
