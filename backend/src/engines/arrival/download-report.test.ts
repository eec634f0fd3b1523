// What is said of a download on a terminal and in a log.
import { expect, test } from "vitest";
import { StatusLine } from "../../cli/status-line.ts";
import { LoggedProgress, ShownProgress } from "./download-report.ts";

const repo = "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice";

function at(percent: number) {
  const bytesDone = percent * 25e6;
  const left = { bytesPerSecond: 48e6, secondsLeft: 27, file: "model.safetensors" };
  return { bytesDone, bytesTotal: 2.5e9, ...left };
}

test("on a terminal: share, speed and time left, with each report", () => {
  const written: string[] = [];
  const line = new StatusLine({ write: (text) => written.push(text), columns: 120 });
  const report = new ShownProgress(line);
  report.progress(repo, at(48));
  report.progress(repo, at(49));
  report.ended();
  expect(written.map((text) => text.replace("\r\u001b[K", ""))).toEqual([
    "Qwen3-TTS-12Hz-0.6B-CustomVoice: 48 %, 1.2 GB of 2.5 GB, 48 MB/s, 27 s left",
    "Qwen3-TTS-12Hz-0.6B-CustomVoice: 49 %, 1.2 GB of 2.5 GB, 48 MB/s, 27 s left",
    "",
  ]);
});

test("in a log: a line for each tenth, and anew for what is begun again", () => {
  const logged: string[] = [];
  const report = new LoggedProgress({ info: (_details, message) => logged.push(message) });
  for (const percent of [0, 1, 9, 10, 11, 30]) report.progress(repo, at(percent));
  report.ended();
  report.progress(repo, at(30));
  expect(logged.map((message) => /\d+ %/.exec(message)?.[0])).toEqual([
    ...["0 %", "10 %", "30 %"],
    "30 %",
  ]);
});
