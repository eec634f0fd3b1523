import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import {
  createCodecState,
  decodeFrames,
  loadCodecDecoder,
  type CodecDecoder,
} from "./codec-decoder.ts";

const fixtures = new URL("../../test/fixtures/", import.meta.url).pathname;
const goldens = new URL("../../test/goldens/", import.meta.url).pathname;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "codec-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function load(name: string): Promise<CodecDecoder> {
  const checkpoint = await openCheckpoint(join(fixtures, name));
  return loadCodecDecoder(checkpoint, {
    threads: 1,
    cachedFiles: async (_, produce) => {
      await produce(folder);
      return folder;
    },
  });
}

describe("codec", () => {
  test("golden", async () => {
    const decoder = await load("custom-voice-0b6");
    const names = (await readdir(goldens)).filter((n) => n.endsWith(".json"));
    for (const name of names) {
      const g = JSON.parse(await readFile(join(goldens, name), "utf8"));
      const bytes = await readFile(join(goldens, g.wave.file));
      const expected = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      for (const step of [100, 5, 1]) {
        const state = createCodecState(decoder);
        let worst = 0;
        for (let f = 0; f < g.codes.length; f += step) {
          const wave = await decodeFrames(decoder, state, g.codes.slice(f, f + step));
          for (let i = 0; i < wave.length; i++)
            worst = Math.max(worst, Math.abs(wave[i]! - expected[f * 1920 + i]!));
        }
        console.log(name, step, worst);
        expect(worst).toBeLessThan(1e-4);
      }
    }
  });
});
