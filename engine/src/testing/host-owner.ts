// A program for the test of orphans: owns a host whose model is busy for ever, says so, and waits to
// be killed. Its argument is the file for the host's pid.
import { EngineError } from "../engine-error.ts";
import { speechRequest } from "./collect.ts";
import { createHostedFake } from "./hosted.ts";

const [, , pidFile] = process.argv;
if (pidFile === undefined) throw new EngineError("internal", "Give a file for the pid.");
const engine = createHostedFake({ pidFile }, { hangGraceMs: 600_000 });
const request = speechRequest({
  text: "[frames 9] [hang 1]",
  speaker: "Ryan",
  language: "English",
});
for await (const event of engine.synthesize(request, new AbortController().signal)) {
  if (event.kind === "audio") process.stdout.write("speaking\n");
}
