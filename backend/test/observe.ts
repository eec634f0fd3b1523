// What tests of load look at from outside: the gauges and counters of /metrics, records of requests,
// and the files that the spools hold open.
import { readdirSync, readlinkSync } from "node:fs";
import { expect, vi } from "vitest";
import type { RequestRecord } from "../src/protocol.ts";
import type { TestServer } from "./test-server.ts";

/** How long to wait for a condition: only a failing test, or a very busy machine, takes so long. */
const patience = { timeout: 60_000, interval: 20 };

/** Resolves when `check` has passed. */
export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, patience);
}

/** The value of one line of /metrics, such as `qwen_tts_queue_length`; 0 when there is no such line. */
export async function metric(server: { url: string }, line: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const found = text.split("\n").find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}

export async function record(server: { url: string }, id: string): Promise<RequestRecord> {
  return (await (await fetch(`${server.url}/requests/${id}`)).json()) as RequestRecord;
}

export async function waitForRecord(
  server: { url: string },
  id: string,
  wanted: Partial<RequestRecord>,
): Promise<void> {
  await eventually(async () => expect(await record(server, id)).toMatchObject(wanted));
}

/** Resolves when nobody runs or waits, and no row, effect or temporary file is held. */
export async function nothingHeld(server: TestServer): Promise<void> {
  await eventually(async () => {
    expect({
      queued: await metric(server, "qwen_tts_queue_length"),
      requests: await metric(server, "qwen_tts_active_requests"),
      rows: await metric(server, "qwen_tts_active_rows"),
      effects: server.effects.status().streams,
      files: openSpools(),
    }).toEqual({ queued: 0, requests: 0, rows: 0, effects: 0, files: [] });
  });
}

/** Nameless files of spools that this process holds open, as Linux tells. */
export function openSpools(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.includes("qwen-tts-") ? [target] : [];
    } catch {
      return []; // closed while we looked
    }
  });
}
