// What a test can ask about the sound of a page. In: a page, before its first navigation. Out: an
// AudioMonitor, which hears what the page sends to its loudspeakers (audio-tap.ts).
import type { Page } from "@playwright/test";
import { installAudioTap, recorderCode } from "./audio-tap.ts";
import type { AudioTapOptions, PlayedSound, RecordedAudio } from "./audio-tap.ts";

const tapOptions: AudioTapOptions = {
  recorderCode,
  audibleRms: 0.005, // -46 dB
  shortestSoundMs: 30,
  longestPauseMs: 100,
};
const defaultTimeoutMs = 10_000;

export class AudioMonitor {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits until something was really audible. @throws when nothing was within `timeoutMs` */
  async getPlayedSounds({ timeoutMs = defaultTimeoutMs } = {}): Promise<PlayedSound[]> {
    await this.#waitFor(() => window.audioTap.sounds().length > 0, {
      timeoutMs,
      failure: "Nothing was audible",
    });
    return this.#page.evaluate(() => window.audioTap.sounds());
  }

  /** Waits until nothing has been audible for `ms`. @throws when it goes on for `timeoutMs` */
  async silentFor(ms: number, { timeoutMs = 30_000 } = {}): Promise<void> {
    await this.#waitFor((quiet) => performance.now() - window.audioTap.lastAudibleMs() >= quiet, {
      argument: ms,
      timeoutMs,
      failure: `It was never silent for ${ms} ms`,
    });
  }

  /** How long after the user's last click or key press the page could still be heard. */
  soundAfterInputMs(): Promise<number> {
    return this.#page.evaluate(() => {
      const { lastAudibleMs, lastInputMs } = window.audioTap;
      return lastAudibleMs() - lastInputMs();
    });
  }

  /** From the user's last click or key press to the first sound. */
  firstSoundMs(): Promise<number> {
    return this.#page.evaluate(() => {
      const { sounds, lastInputMs } = window.audioTap;
      const first = sounds().find(({ startMs }) => startMs >= lastInputMs());
      return (first?.startMs ?? Infinity) - lastInputMs();
    });
  }

  /**
   * Keep the samples that are played from now on. The page must have made its AudioContext, and
   * under a content security policy the test needs `test.use({ bypassCSP: true })`.
   */
  recordAfresh(): Promise<void> {
    return this.#page.evaluate(() => window.audioTap.recordAfresh());
  }

  /** Stop the clock of the page's sound while `work` is done. */
  async whileHeld(work: () => Promise<void>): Promise<void> {
    await this.#page.evaluate(() => window.audioTap.hold());
    await work();
    await this.#page.evaluate(() => window.audioTap.release());
  }

  /** What was recorded, silence before and after it left out, of the first context that played. */
  async playedSamples(): Promise<RecordedAudio> {
    const recordings = await this.#page.evaluate(() => window.audioTap.recordings());
    const recording = recordings.find(({ samples }) => samples.length > 0);
    if (!recording) throw new Error("No samples were played");
    return recording;
  }

  async #waitFor(condition: (argument: number) => boolean, options: WaitOptions): Promise<void> {
    const { argument = 0, timeoutMs, failure } = options;
    try {
      await this.#page.waitForFunction(condition, argument, { timeout: timeoutMs, polling: 50 });
    } catch (cause) {
      const state = await this.#page.evaluate(() => window.audioTap.describe());
      throw new Error(`${failure} within ${timeoutMs} ms (${state})`, { cause });
    }
  }
}

type WaitOptions = { argument?: number; timeoutMs: number; failure: string };

/** Call before the page is opened. */
export async function monitorAudio(page: Page): Promise<AudioMonitor> {
  await page.addInitScript(installAudioTap, tapOptions);
  return new AudioMonitor(page);
}
