#!/usr/bin/env node
// The program's name in a shell. Checked in, so that npm can link it before anything is built.
import { existsSync } from "node:fs";

const program = new URL("../dist/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write("qwen-tts is not built yet. Run 'npm run build' or 'npm start' first.\n");
  process.exitCode = 1;
}
