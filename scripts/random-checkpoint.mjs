// Makes a random checkpoint of a published geometry: for measuring and for trying the engine without the
// real weights. In: a folder, size, variant, seed. Out: the folder (2.5 GB for 0.6b, 4.5 GB for 1.7b).
import { parseArgs } from "node:util";
import "./register-typescript.mjs";

const usage =
  "usage: node scripts/random-checkpoint.mjs DIR [--size 0.6b|1.7b] [--variant custom_voice|voice_design|base] [--seed N] [--tokenizer DIR]";
const sizes = ["0.6b", "1.7b"];
const variants = ["custom_voice", "voice_design", "base"];

try {
  await make(readArguments());
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      size: { type: "string", default: "0.6b" },
      variant: { type: "string", default: "custom_voice" },
      seed: { type: "string", default: "1" },
      tokenizer: { type: "string" },
    },
  });
  const seed = Number(values.seed);
  const isRight =
    positionals.length === 1 &&
    sizes.includes(values.size) &&
    variants.includes(values.variant) &&
    Number.isSafeInteger(seed);
  if (!isRight) throw new Error(usage);
  return { ...values, folder: positionals[0], seed };
}

async function make({ folder, size, variant, seed, tokenizer }) {
  const { publishedConfigs } = await import("../engine/src/testing/published-configs.ts");
  const { writeRandomCheckpoint } = await import("../engine/src/testing/random-checkpoint.ts");
  await writeRandomCheckpoint(folder, {
    files: publishedConfigs(size, variant),
    seed,
    ...(tokenizer !== undefined && { tokenizer }),
  });
  console.log(`wrote a random ${size} ${variant} checkpoint to ${folder}`);
}
