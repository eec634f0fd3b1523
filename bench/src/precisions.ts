// `npm run bench:precisions`: how near int8 and int4 are to f32, on a checkpoint of the published geometry with random
// weights, or on the folder that is named. Out: a table; fails when a precision is farther away than it may be, which is
// how a broken quantiser shows: speech from it would still be speech.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { comparePrecisions, type Precision } from "qwen3-tts";

/** Least mean cosine of the talker's hidden states to those of f32. */
const leastCosine: Record<Exclude<Precision, "f32">, number> = { int8: 0.998, int4: 0.95 };

const sentence =
  "The quick brown fox jumps over the lazy dog while the old clock in the tower strikes the hour of ten";
const frames = 25;

async function compare(folder: string): Promise<boolean> {
  let passed = true;
  for (const precision of ["int8", "int4"] as const) {
    const options = { precision, text: sentence, frames };
    const { hiddenCosine, codebookAgreement } = await comparePrecisions(folder, options);
    const isNear = hiddenCosine >= leastCosine[precision];
    passed &&= isNear;
    const agreement = codebookAgreement.map((share) => (100 * share).toFixed(0)).join(" ");
    console.log(
      `${precision}  cosine to f32 ${hiddenCosine.toFixed(5)}, at least ${leastCosine[precision]}: ${isNear ? "ok" : "TOO FAR"}`,
    );
    console.log(`      likeliest code the same, % for each codebook: ${agreement}`);
  }
  return passed;
}

function makeCheckpoint(folder: string): void {
  const script = fileURLToPath(new URL("../../scripts/random-checkpoint.mjs", import.meta.url));
  const { status } = spawnSync(process.execPath, [script, folder], { stdio: "inherit" });
  if (status !== 0) throw new Error("The random checkpoint could not be made: is there room?");
}

const temporary = mkdtempSync(join(tmpdir(), "qwen-tts-precisions-"));
try {
  process.env.QWEN_TTS_CACHE ??= join(temporary, "cache");
  const [named] = process.argv.slice(2);
  const folder = named ?? join(temporary, "checkpoint");
  if (named === undefined) makeCheckpoint(folder);
  if (!(await compare(folder))) process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true });
}
