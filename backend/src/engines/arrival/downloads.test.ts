// Downloads without a hub: what is fetched, and what takes it over, are told by the test.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DownloadWishes } from "./download-wishes.ts";
import { Downloads, type DownloadsOptions } from "./downloads.ts";

const folder = mkdtempSync(join(tmpdir(), "downloads-"));
afterAll(() => rmSync(folder, { recursive: true }));

function downloadsWith(options: Partial<DownloadsOptions>): Downloads {
  return new Downloads({
    fetchModel: (repo) => Promise.resolve(`/models/${repo}`),
    arrived: () => Promise.resolve(),
    wishes: new DownloadWishes(folder),
    retryPausesMs: [60_000],
    report: { progress: () => undefined, ended: () => undefined },
    logger: { info: () => undefined, warn: () => undefined },
    ...options,
  });
}

/** A model that never comes to speak, but for somebody who has lost patience. */
function endlessLoad() {
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const arrived: DownloadsOptions["arrived"] = (_repo, _folder, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      begin();
    });
  return { begun, arrived };
}

test.each(["close", "drop"] as const)("%s does not wait for a model that loads", async (act) => {
  const { begun, arrived } = endlessLoad();
  const downloads = downloadsWith({ arrived });
  downloads.start("a/b", { asked: true });
  await begun;
  expect(downloads.state("a/b")).toEqual({ kind: "arriving" });
  await (act === "close" ? downloads.close() : downloads.drop("a/b"));
  expect(downloads.running()).toEqual([]);
});
