// One host's process, driven by hand: what has arrived is honoured, and garbage is not.
import { once } from "node:events";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { speechRequest } from "../testing/collect.ts";
import { hostedFakeUrl, loggedPlans, temporaryFolder, until } from "../testing/hosted.ts";
import type { HostedFakeOptions } from "../testing/hosted-fake.ts";
import { encodeMessage } from "./framing.ts";
import { startHostProcess, type HostProcess } from "./host-process.ts";
import type { Failure, FromHost } from "./messages.ts";

type Driven = {
  host: HostProcess;
  heard: FromHost[];
  hear: (kind: FromHost["kind"], id?: number) => Promise<void>;
  ended: Promise<Failure>;
};

function drive(options: HostedFakeOptions): Driven {
  const heard: FromHost[] = [];
  let tellEnd: (failure: Failure) => void;
  const ended = new Promise<Failure>((resolve) => (tellEnd = resolve));
  const host = startHostProcess(undefined, {
    message: (message) => heard.push(message),
    ended: (failure) => tellEnd(failure),
  });
  host.send({ kind: "load", moduleUrl: hostedFakeUrl.href, options });
  const matches = (message: FromHost, kind: string, id?: number): boolean =>
    message.kind === kind && (id === undefined || ("id" in message && message.id === id));
  const hear = (kind: FromHost["kind"], id?: number): Promise<void> =>
    until(() => heard.some((message) => matches(message, kind, id)));
  return { host, heard, hear, ended };
}

function say(host: HostProcess, id: number, text: string): void {
  const request = speechRequest({ text, speaker: "Ryan", language: "English" });
  host.send({
    kind: "synthesize",
    id,
    request: { ...request, text: { kind: "whole", text } },
    windowSamples: 24_000_000,
  });
}

test("a cancel that has arrived is honoured before the next plan, though the thread never sleeps", async () => {
  using folder = temporaryFolder();
  const [planLog, gate] = [folder.file("plans"), folder.file("gate")];
  const { host, heard, hear, ended } = drive({ planLog, gate });
  await hear("ready");
  say(host, 1, "[frames 50] [gate 3]");
  say(host, 2, "[frames 20]");
  await until(() => existsSync(`${gate}.reached`));
  host.send({ kind: "cancel", id: 1 });
  host.send({ kind: "ping", id: 1 }); // its answer comes after the cancel went to the thread
  await hear("pong", 1);
  const before = loggedPlans(planLog).filter((plan) => plan.includes(1)).length;
  writeFileSync(gate, "");
  await until(() =>
    heard.some((message) => message.kind === "event" && message.id === 2 && isEnd(message)),
  );
  expect(before).toBe(4);
  const plans = loggedPlans(planLog);
  expect(plans.filter((plan) => plan.includes(1))).toHaveLength(before);
  expect(plans.slice(before).length).toBeGreaterThan(0);
  host.kill();
  await ended;
});

function isEnd(message: Extract<FromHost, { kind: "event" }>): boolean {
  return message.event.kind === "end";
}

test("a closed host ends by itself, and says so first", async () => {
  const { host, heard, hear, ended } = drive({});
  await hear("ready");
  host.send({ kind: "close" });
  expect((await ended).detail).toContain("exit code 0");
  expect(heard.at(-1)?.kind).toBe("closed");
});

test.each([
  ["an unknown message", encodeMessage({ kind: "nonsense" })],
  ["a message with a missing field", encodeMessage({ kind: "drink", id: 1 })],
  ["bytes that are no message", Buffer.from([4, 0, 0, 0, 1, 2, 3, 4])],
])("a host that hears %s ends with an error", async (_, bytes) => {
  const entry = fileURLToPath(new URL("../../dist/host/entry.js", import.meta.url));
  const child = spawn(process.execPath, [entry], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const pipe = child.stdio[3] as Duplex;
  pipe.resume();
  pipe.write(bytes);
  expect(await once(child, "exit")).toEqual([1, null]);
});
