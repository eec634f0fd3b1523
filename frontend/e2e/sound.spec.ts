// What is heard, against an engine that the test holds: at once, exactly what was sent, and nothing
// after Stop; with each of the page's players.
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { openStudio, readFigures, stream, waitUntilHeard } from "./studio.ts";

// The recorder of the audio monitor is code that the page's policy does not know.
test.use({ bypassCSP: true });

const frameSamples = 1920;
/** A machine that is late leaves a gap in the sound: with this tag a test has it to itself. */
const exact = { tag: "@exact" };

const players = [
  { name: "worklet", path: "/", kind: "worklet" },
  { name: "forced fallback", path: "/?player=fallback", kind: "fallback" },
  { name: "fallback where the browser has no AudioWorklet", path: "/", kind: "fallback" },
];

async function openWith(page: Page, fakeUrl: string, { name, path }: (typeof players)[number]) {
  if (name.includes("no AudioWorklet")) await page.addInitScript(removeAudioWorklet);
  await openStudio(page, `${fakeUrl}${path}`);
}

/** As on plain http, away from localhost. */
function removeAudioWorklet() {
  Reflect.deleteProperty(window, "AudioWorkletNode");
  Reflect.deleteProperty(window, "AudioWorklet");
  Reflect.deleteProperty(BaseAudioContext.prototype, "audioWorklet");
}

for (const player of players) {
  test.describe(player.name, () => {
    test("is heard while the engine waits after its first frame", async ({ page, fake }) => {
      await openWith(page, fake.url, player);
      await stream(page, "[wait 1][frames 4] held");
      await page.audioMonitor().getPlayedSounds();
      expect(await fake.state()).toMatchObject({ steps: 1, activeRows: 1, finished: 0 });
      await expect(page.locator(".streaming-indicator")).toBeVisible();
      await fake.release();
      await waitUntilHeard(page);
      expect((await readFigures(page)).player).toBe(player.kind);
    });

    test("plays exactly the samples that were sent", exact, async ({ page, request, fake }) => {
      const monitor = page.audioMonitor();
      await openWith(page, fake.url, player);
      await stream(page, "[frames 1] wakes the sound");
      await waitUntilHeard(page);
      await monitor.recordAfresh();
      const answer = page.waitForResponse("**/tts/stream");
      // Everything arrives while the clock stands, so that a slow machine makes no gap.
      await monitor.whileHeld(async () => {
        await stream(page, "[frames 30] every sample");
        await expect.poll(async () => (await readFigures(page)).made).toBe(30 * frameSamples);
      });
      await waitUntilHeard(page);
      await monitor.silentFor(300);

      const body = (await answer).request().postDataJSON() as object;
      const seed = Number((await (await answer).allHeaders())["x-seed"]);
      const whole = await request.post(`${fake.url}/tts`, {
        data: { ...body, seed, format: "pcm" },
      });
      const sent = samplesOf(await whole.body());
      const figures = await readFigures(page);
      const everySample = { made: sent.length, played: sent.length, underruns: 0 };
      expect(figures).toEqual({ player: player.kind, ...everySample });

      const fromFirstSound = sent.slice(sent.findIndex((sample) => sample !== 0));
      const { samples } = await monitor.playedSamples();
      const rounded = samples.map((sample) => Math.round(sample * fullScale) + 0); // no -0
      // As for what was sent: a player may begin with a trace of sound that rounds to nothing.
      const heard = rounded.slice(rounded.findIndex((sample) => sample !== 0));
      expect(heard.slice(0, fromFirstSound.length)).toEqual(fromFirstSound);
      // A fade of a few milliseconds may follow, no more.
      expect(heard.length - fromFirstSound.length).toBeLessThan(2400);
    });

    test("Stop is silent within 200 ms and frees the engine's row", async ({ page, fake }) => {
      await openWith(page, fake.url, player);
      await stream(page, "[frames 200][wait 150] stopped");
      await page.audioMonitor().getPlayedSounds();
      expect((await fake.state()).activeRows).toBe(1);
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await expect.poll(async () => (await fake.state()).activeRows).toBe(0);
      await page.audioMonitor().silentFor(500);
      expect(await page.audioMonitor().soundAfterInputMs()).toBeLessThan(200);
      await waitUntilHeard(page);
      const { steps } = await fake.state();
      await stream(page, "[frames 5] next");
      await page.audioMonitor().getPlayedSounds();
      await waitUntilHeard(page);
      expect((await fake.state()).steps).toBe(steps + 5);
    });
  });
}

const fullScale = 32_768;

function samplesOf(pcm: Buffer): number[] {
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return Array.from({ length: pcm.length / 2 }, (_, index) => view.getInt16(2 * index, true));
}
