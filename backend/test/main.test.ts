// The composition root as the process it is: one address, words instead of stacks, exit codes, and an
// end that lets a stream finish or cuts it, and leaves no process behind.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { addressOf, startCli, type CliProcess } from "./cli-process.ts";
import { eventually } from "./observe.ts";
import { openRaw } from "./raw-client.ts";
import { post } from "./test-server.ts";

const children: CliProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function main(...args: string[]): CliProcess {
  // Without a model on this machine it would download one.
  const child = startCli(["--offline", ...args]);
  children.push(child);
  return child;
}

async function outcome(child: CliProcess): Promise<{ out: string; err: string; code: number }> {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number]>,
  ]);
  return { out, err, code };
}

test("wrong arguments: one line, exit code 2", async () => {
  for (const args of [["--port", "x"], ["--nonsense"], ["--cors", "example.com"]]) {
    const { out, err, code } = await outcome(main(...args));
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err.trim().split("\n")).toHaveLength(1);
  }
});

test("a port in use: one line that says so, exit code 1, nothing left running", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port } = blocker.address() as AddressInfo;
  const { err, code } = await outcome(main("--port", String(port), "--log-level", "silent"));
  blocker.close();
  expect(code).toBe(1);
  expect(err.trim()).toBe(`Port ${port} is in use. Choose another with --port.`);
});

test("prints one address; SIGTERM lets a running stream finish, then exit code 0", async () => {
  const child = main("--port", "0", "--log-level", "silent");
  const url = await addressOf(child);
  const response = await post(`${url}/tts/stream`, { text: "A sentence. ".repeat(40) });
  expect(response.status).toBe(200);
  const exited = once(child, "exit") as Promise<[number]>;
  child.kill("SIGTERM");
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(44);
  expect((await exited)[0]).toBe(0);
});

test("a reader that has stopped is cut after --shutdown-grace, then exit code 0", async () => {
  const child = main("--port", "0", "--log-level", "silent", "--shutdown-grace", "0.2");
  const url = await addressOf(child);
  const body = { text: "A sentence. ".repeat(400), speed: 0.25 }; // far more than a socket takes
  const reader = openRaw(url, { path: "/tts/stream", body });
  await once(reader, "readable");
  const closed = once(reader, "close");
  const exited = once(child, "exit") as Promise<[number]>;
  child.kill("SIGTERM");
  expect((await exited)[0]).toBe(0);
  reader.resume();
  await closed;
});

test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)(
  "after %s no process of the server is left",
  async (signal) => {
    const child = main("--port", "0", "--log-level", "silent");
    const url = await addressOf(child);
    expect((await post(`${url}/tts`, { text: "Hello." })).status).toBe(200);
    const programs = childrenOf(child.pid!);
    expect(programs.length).toBeGreaterThan(0);
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    await eventually(() => expect(programs.filter(isAlive)).toEqual([]));
  },
);

/** As Linux tells. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
  } catch {
    return undefined; // it has ended while we looked
  }
}

/** One that has ended and waits for somebody to ask for its exit code is not alive. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}
