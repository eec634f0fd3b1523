// What goes in comes out, from memory and from the file; and nothing is left behind, whatever happens.
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Spool } from "./spool.ts";

const mebibyte = 1024 * 1024;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spool-test-"));
  vi.stubEnv("TMPDIR", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function contents(spool: Spool): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of spool.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Bytes that tell where they belong. */
function piece(length: number, start = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => ((start + index) * 31) % 251);
}

/** Files of the spools that this process holds open, as Linux tells. */
function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.includes(folder) ? [target] : [];
    } catch {
      return []; // closed while we looked
    }
  });
}

test("a megabyte stays in memory", async () => {
  const spool = new Spool();
  await spool.write(piece(mebibyte));
  expect(spool.byteLength).toBe(mebibyte);
  expect([openFiles(), readdirSync(folder)]).toEqual([[], []]);
  expect((await contents(spool)).equals(piece(mebibyte))).toBe(true);
});

test("more goes to a file without a name, and comes back in order", async () => {
  const spool = new Spool();
  const whole = piece(3 * mebibyte + 12_345);
  for (let at = 0; at < whole.length; at += 10_007) {
    await spool.write(whole.subarray(at, at + 10_007));
  }
  expect(openFiles()).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
  expect(spool.byteLength).toBe(whole.length);
  expect((await contents(spool)).equals(whole)).toBe(true);
  await spool.dispose();
});

test("any pieces come back as they were", async () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 1_200_000 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(lengths, async (pieceLengths) => {
      const spool = new Spool();
      const written: Uint8Array[] = [];
      for (const length of pieceLengths) {
        written.push(piece(length, written.length));
        await spool.write(written.at(-1)!);
      }
      expect((await contents(spool)).equals(Buffer.concat(written))).toBe(true);
      await spool.dispose();
    }),
    { numRuns: 15 },
  );
});

test("it reads in small pieces, however long the clip is", async () => {
  const spool = new Spool();
  await spool.write(piece(2 * mebibyte));
  for await (const bytes of spool.read()) expect(bytes.byteLength).toBeLessThanOrEqual(64 * 1024);
  await spool.dispose();
});

test("disposing gives everything back, also in the middle of reading and twice", async () => {
  const spool = new Spool();
  await spool.write(piece(2 * mebibyte));
  for await (const bytes of spool.read()) {
    expect(bytes.byteLength).toBeGreaterThan(0);
    break;
  }
  await spool.dispose();
  await spool.dispose();
  expect([openFiles(), readdirSync(folder), spool.byteLength]).toEqual([[], [], 0]);
});

test("a temporary folder that takes nothing is said in words, without a path", async () => {
  vi.stubEnv("TMPDIR", join(folder, "missing"));
  const spool = new Spool();
  const failure: unknown = await spool.write(piece(2 * mebibyte)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "RequestError", code: "out_of_memory" });
  expect(String(failure)).toMatch(/disk \(ENOENT.*\/tts\/stream/);
  expect(String(failure)).not.toContain(folder);
  await spool.dispose();
});
