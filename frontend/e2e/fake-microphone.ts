// Chromium's fake microphone, which plays ten seconds like speech over and over. For `test.use`.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaywrightTestOptions, PlaywrightWorkerOptions } from "@playwright/test";
import { speechLikeWav } from "./speech-like-wav.ts";

type Launch = PlaywrightWorkerOptions["launchOptions"];

/** What it plays. */
export const microphoneFile = join(
  mkdtempSync(join(tmpdir(), "qwen-tts-microphone-")),
  "microphone.wav",
);
writeFileSync(microphoneFile, speechLikeWav(10));

export const fakeMicrophone = {
  permissions: ["microphone"] satisfies PlaywrightTestOptions["permissions"],
  launchOptions: async (
    { launchOptions }: { launchOptions: Launch },
    use: (options: Launch) => Promise<void>,
  ): Promise<void> => {
    await use({
      ...launchOptions,
      args: [
        ...(launchOptions.args ?? []),
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        `--use-file-for-fake-audio-capture=${microphoneFile}`,
      ],
    });
  },
};
