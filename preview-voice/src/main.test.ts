// The program as its caller sees it: lines in, frames out, and how it ends.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { sampleRate } from "./espeak.ts";

const headerBytes = 9;
const frameNames = ["", "ready", "audio", "end", "error"];
type Frame = { name: string; id: number; payload: Buffer };

/** A running program; every frame that it sends is kept. */
class Caller {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly frames: Frame[] = [];
  #unread: Buffer = Buffer.alloc(0);
  #watchers = new Set<() => void>();

  constructor() {
    const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
    this.child = spawn(process.execPath, [main], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child.stdout.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  say(command: object | string): void {
    const line = typeof command === "string" ? command : JSON.stringify(command);
    this.child.stdin.write(`${line}\n`);
  }

  speak(id: number, text: string, fields: object = {}): void {
    this.say({ kind: "speak", id, text, speaker: "Ryan", language: "English", ...fields });
  }

  credit(id: number, samples: number): void {
    this.say({ kind: "credit", id, samples });
  }

  of(id: number): string[] {
    return this.frames.filter((frame) => frame.id === id).map((frame) => frame.name);
  }

  audio(id: number): Buffer {
    const audio = this.frames.filter((frame) => frame.id === id && frame.name === "audio");
    return Buffer.concat(audio.map((frame) => frame.payload));
  }

  /** Waits until frames that are here or still come meet the condition. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (!condition()) return;
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  /** Waits for the end of a request. */
  ended(id: number): Promise<void> {
    return this.until(() => this.of(id).includes("end") || this.of(id).includes("error"));
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    while (this.#unread.length >= headerBytes) {
      const end = headerBytes + this.#unread.readUInt32LE(5);
      if (this.#unread.length < end) break;
      const name = frameNames[this.#unread.readUInt8(0)]!;
      const payload = Buffer.from(this.#unread.subarray(headerBytes, end));
      this.frames.push({ name, id: this.#unread.readUInt32LE(1), payload });
      this.#unread = this.#unread.subarray(end);
    }
    for (const watch of [...this.#watchers]) watch();
  }
}

const callers: Caller[] = [];
function start(): Caller {
  const caller = new Caller();
  callers.push(caller);
  return caller;
}
afterEach(() => {
  for (const { child } of callers.splice(0)) child.kill("SIGKILL");
});

const plenty = 100 * sampleRate;
const longText = "This sentence is one of many, so that the clip takes its time. ".repeat(40);

test("what it cannot follow gets an error, and it goes on", async () => {
  const caller = start();
  const lines = ["", "{", "null", "[]", "7", '"x"', '{"kind":"speak"}', '{"id":0,"kind":"cancel"}'];
  for (const line of lines) caller.say(line);
  caller.say({ kind: "dance", id: 5 });
  caller.say({ kind: "credit", id: 5, samples: -1 });
  caller.speak(5, "x", { speaker: "Nobody" });
  caller.speak(5, "x", { language: "Klingon" });
  caller.speak(5, "x", { speaker: "__proto__" });
  caller.say({ kind: "cancel", id: 99 });
  caller.speak(6, "hello");
  caller.credit(6, plenty);
  await caller.ended(6);
  expect(caller.of(0).filter((name) => name === "error")).toHaveLength(lines.length);
  expect(caller.of(5)).toEqual(Array.from({ length: 5 }, () => "error"));
  expect(caller.of(99)).toEqual([]);
  expect(caller.of(6).at(-1)).toBe("end");
});

test("a text without anything to say is 100 ms of silence", async () => {
  const caller = start();
  caller.speak(1, "... ?!\n\n—");
  caller.credit(1, plenty);
  await caller.ended(1);
  expect(caller.audio(1)).toEqual(Buffer.alloc(2 * Math.round(sampleRate / 10)));
});

describe("credit", () => {
  test("is never exceeded, and the clip is the same in whatever portions it comes", async () => {
    const caller = start();
    const text = "First sentence. A second one, longer, follows! And the third?";
    caller.speak(1, text);
    caller.credit(1, plenty);
    await caller.ended(1);
    const whole = caller.audio(1);
    caller.speak(2, text);
    for (let sent = 0; !caller.of(2).includes("end");) {
      const portion = 1 + ((sent * 7919) % 9000);
      caller.credit(2, portion);
      sent += portion;
      await caller.until(() => caller.audio(2).length >= 2 * sent || caller.of(2).includes("end"));
      expect(caller.audio(2).length).toBeLessThanOrEqual(2 * sent);
    }
    expect(caller.audio(2).equals(whole)).toBe(true);
  });

  test("a consumer without credit holds up nobody", async () => {
    const caller = start();
    for (let id = 1; id <= 20; id += 1) caller.speak(id, longText);
    for (let id = 1; id <= 10; id += 1) caller.credit(id, 1);
    caller.speak(21, "hello");
    caller.credit(21, plenty);
    await caller.ended(21);
    expect(caller.of(21).at(-1)).toBe("end");
    expect(caller.of(20)).toEqual([]);
  });
});

test("nothing comes of a cancelled request, and its id may be used again", async () => {
  const caller = start();
  caller.speak(1, longText);
  caller.credit(1, plenty);
  await caller.until(() => caller.of(1).length >= 2);
  caller.say({ kind: "cancel", id: 1 });
  caller.speak(2, "hello");
  caller.credit(2, plenty);
  await caller.ended(2);
  const made = caller.of(1).length;
  caller.speak(3, longText.slice(0, 700));
  caller.credit(3, plenty);
  await caller.ended(3);
  expect(caller.of(1)).toHaveLength(made);
  expect(caller.of(1)).not.toContain("end");
  caller.speak(1, "hello");
  caller.credit(1, plenty);
  await caller.ended(1);
  expect(caller.of(1).at(-1)).toBe("end");
});

describe("it ends", () => {
  test("with its input, even while it speaks", async () => {
    const caller = start();
    caller.speak(1, longText);
    caller.credit(1, plenty);
    await caller.until(() => caller.of(1).length > 0);
    caller.child.stdin.end();
    expect(await once(caller.child, "exit")).toEqual([0, null]);
  });

  test("when nobody reads it any more", async () => {
    const caller = start();
    await caller.until(() => caller.frames.length > 0);
    caller.child.stdout.destroy();
    caller.speak(1, longText);
    caller.credit(1, plenty);
    expect(await once(caller.child, "exit")).toEqual([0, null]);
  });
});
