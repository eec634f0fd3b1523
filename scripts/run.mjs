// Runs a child program. In: command, arguments, where its output goes. Out: its exit code and, where
// it was kept, its output. Knows npm and the programs that packages bring, nothing of this project.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./node-version.mjs";

const endSignals = ["SIGINT", "SIGTERM"];
const rootPath = fileURLToPath(root);

/**
 * Run a program to its end. `show`: its output goes to this terminal, else it is kept. `priority`: one of
 * `os.constants.priority`, else ours.
 * @returns {Promise<{ code: number, output: string }>} code 1 when a signal ended it
 */
export function run(command, args, { cwd = rootPath, show = false, env = {}, priority } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
    const pieces = [];
    child.stdout?.on("data", (piece) => pieces.push(piece));
    child.stderr?.on("data", (piece) => pieces.push(piece));
    // Ended with us: an install that lives on would write beside the next one.
    const stop = () => child.kill();
    for (const signal of endSignals) process.on(signal, stop);
    child.once("error", reject);
    child.once("close", (code) => {
      for (const signal of endSignals) process.off(signal, stop);
      resolve({ code: code ?? 1, output: Buffer.concat(pieces).toString() });
    });
  });
}

/** As `run` with the output kept; a failure throws with that output. */
export async function runQuietly(command, args, options = {}) {
  const { code, output } = await run(command, args, options);
  if (code !== 0)
    throw new Error(`${output.trimEnd()}\n\n${describe(command, args)} failed (exit code ${code})`);
  return output;
}

/** Command and first arguments that run npm itself: the npm that started us, where there is one. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith(".js") ? [process.execPath, script] : ["npm"];
}

/** Command and first arguments that run program `bin` of an installed package. */
export function packageCommand(packageName, bin = packageName) {
  const folder = join(rootPath, "node_modules", packageName);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const script = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[bin];
  return [process.execPath, join(folder, script)];
}

function describe(command, args) {
  const shown = command === process.execPath ? args : [command, ...args];
  return shown.join(" ").replaceAll(rootPath, "");
}
