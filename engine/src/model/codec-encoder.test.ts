import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { EngineError } from "../engine-error.ts";
import { fixturePath, readGoldenClip, readGoldens } from "../testing/goldens.ts";
import { encodeWave, loadCodecEncoder, type CodecEncoder } from "./codec-encoder.ts";

let folder: string;
const encoders = new Map<string, Promise<CodecEncoder>>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "codec-"));
});
afterAll(async () => {
  for (const encoder of encoders.values()) {
    await (await encoder).encoder.release();
    await (await encoder).quantizer.release();
  }
  await rm(folder, { recursive: true });
});

function encoderOf(checkpoint: string): Promise<CodecEncoder> {
  const known = encoders.get(checkpoint) ?? load(checkpoint);
  encoders.set(checkpoint, known);
  return known;
}

async function load(checkpoint: string): Promise<CodecEncoder> {
  return loadCodecEncoder(await openCheckpoint(fixturePath(checkpoint)), {
    threads: 1,
    cachedFiles: async (_, produce) => {
      const place = await mkdtemp(join(folder, "files-"));
      await produce(place);
      return place;
    },
  });
}

const encodes = await readGoldens("encode");

describe("the official package encodes the same", () => {
  test.each(encodes)("$name", async (golden) => {
    const encoder = await encoderOf(golden.checkpoint);
    expect(await encodeWave(encoder, await readGoldenClip(golden))).toEqual(golden.codes);
  });
});

test("a recording without samples is refused", async () => {
  const encoder = await encoderOf("base-0b6");
  await expect(encodeWave(encoder, new Float32Array(0))).rejects.toThrow(EngineError);
});
