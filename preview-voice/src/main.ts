// The preview voice as a program: commands on stdin, frames on stdout, see README.md. It ends with its
// stdin, so that it never outlives the server that started it.
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { Program } from "./program.ts";
import { encodeFrame } from "./protocol.ts";

/** Each thread takes about 100 MB. */
const maxCores = 4;

process.stdout.on("error", () => process.exit(0)); // nobody reads any more
const cores = Math.min(availableParallelism(), maxCores);
const program = new Program(cores, (frame) => void process.stdout.write(encodeFrame(frame)));

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => program.obey(line));
lines.on("close", () => process.exit(0));
await program.start();
