// Models that come and go on a disk that does not always let them, with the real pool and a tiny checkpoint.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError } from "qwen3-tts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLocalEngine } from "../local/local-engine.ts";
import type { PooledEngine } from "../local/pooled-engine.ts";
import { ManagedModels } from "./managed-models.ts";
import { folderFacts } from "./model-facts.ts";

const checkpoint = fileURLToPath(
  new URL("../../../../engine/test/fixtures/custom-voice-0b6", import.meta.url),
);
const id = "custom-voice-0b6";

let folder: string;
let pool: PooledEngine;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "managed-"));
  process.env.QWEN_TTS_CACHE = folder;
  pool = await createLocalEngine({
    folders: [],
    ...{ precision: "f32", device: "cpu", positions: null, threads: 1, rows: 1, runaway: {} },
    ...{ memoryBudgetBytes: 1e9, idleUnloadSeconds: null },
    logger: { info: () => undefined, error: () => undefined },
  });
});
afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

function managed(removeFiles: () => Promise<void>): ManagedModels {
  const disk = { cacheFolder: folder, precision: "f32", noDownloads: null } as const;
  return new ManagedModels({ ...disk, pool, removeFiles, offline: false });
}

const ids = () => pool.status().models.map((model) => model.id);

test("a model whose files cannot be removed can be spoken with as before, and the reason is said", async () => {
  const failure = new EngineError("not_ready", "The folder for models cannot be written (EROFS).");
  const models = managed(() => Promise.reject(failure));
  models.add(await folderFacts(id, checkpoint, { removable: true }), checkpoint);
  await pool.add(checkpoint);
  await expect(models.remove(id)).rejects.toBe(failure);
  expect(ids()).toEqual([id]);
  expect((await models.list()).models).toMatchObject([{ id, state: "on_disk" }]);
});

test("where only a part of the files could be removed, that is what is said, and the model is gone", async () => {
  const copy = join(folder, id);
  cpSync(checkpoint, copy, { recursive: true });
  const failure = new EngineError("not_ready", "Its files could not all be removed.");
  const models = managed(() => {
    rmSync(copy, { recursive: true });
    return Promise.reject(failure);
  });
  models.add(await folderFacts(id, copy, { removable: true }), copy);
  await pool.add(copy);
  await expect(models.remove(id)).rejects.toBe(failure);
  expect(ids()).toEqual([]);
  expect((await models.list()).models).toMatchObject([{ id, state: "absent" }]);
});

test("a model that nobody knew before it came is known from then on", async () => {
  const models = managed(() => Promise.resolve());
  expect(await models.arrived(id, checkpoint)).toBe(id);
  expect(ids()).toEqual([id]);
  expect((await models.list()).models).toMatchObject([
    { id, state: "on_disk", variant: "custom_voice", size: "0.6B", removable: true },
  ]);
});
