// The audio monitor itself: it must hear what sounds, and nothing else.
import { expect, test } from "./fixtures.ts";
import type { Page } from "@playwright/test";

/** As in sound.spec.ts: not beside other tests. */
const exact = { tag: "@exact" };
const address = "http://localhost/monitor-test";

/** A page with one button that runs `code` with a running AudioContext `context`. */
async function openButton(page: Page, code: string) {
  await page.route(address, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<button onclick="const context = new AudioContext({ sampleRate: 24000 }); ${code}">Go</button>`,
    }),
  );
  await page.goto(address);
  await page.click("button");
}

const oscillator = "const tone = new OscillatorNode(context, { frequency: 440 });";
const heardQuickly = { timeoutMs: 1000 };

test("hears an oscillator", async ({ page }) => {
  await openButton(page, `${oscillator} tone.connect(context.destination); tone.start();`);
  const sounds = await page.audioMonitor().getPlayedSounds();
  expect(sounds[0]?.peak).toBeCloseTo(1, 1);
});

test("rejects when nothing plays", async ({ page }) => {
  await openButton(page, "");
  const heard = page.audioMonitor().getPlayedSounds(heardQuickly);
  await expect(heard).rejects.toThrow("Nothing was audible within 1000 ms");
});

test("rejects when only zeros play", async ({ page }) => {
  await openButton(
    page,
    "const zeros = new ConstantSourceNode(context, { offset: 0 }); zeros.connect(context.destination); zeros.start();",
  );
  await expect(page.audioMonitor().getPlayedSounds(heardQuickly)).rejects.toThrow("audible");
});

test("rejects when the sound is muted on its way", async ({ page }) => {
  await openButton(
    page,
    `${oscillator} tone.connect(new GainNode(context, { gain: 0 })).connect(context.destination); tone.start();`,
  );
  await expect(page.audioMonitor().getPlayedSounds(heardQuickly)).rejects.toThrow("audible");
});

test("rejects when the sound does not reach the loudspeaker", async ({ page }) => {
  await openButton(page, `${oscillator} tone.connect(context.createGain()); tone.start();`);
  await expect(page.audioMonitor().getPlayedSounds(heardQuickly)).rejects.toThrow("audible");
});

test("rejects when the context sleeps", async ({ page }) => {
  await openButton(
    page,
    `${oscillator} void context.suspend(); tone.connect(context.destination); tone.start();`,
  );
  await expect(page.audioMonitor().getPlayedSounds(heardQuickly)).rejects.toThrow("suspended");
});

test("takes a click for no sound", async ({ page }) => {
  await openButton(
    page,
    "const buffer = context.createBuffer(1, 24, 24000); buffer.getChannelData(0).fill(1); const click = new AudioBufferSourceNode(context, { buffer }); click.connect(context.destination); click.start(0.2);",
  );
  await expect(page.audioMonitor().getPlayedSounds(heardQuickly)).rejects.toThrow("audible");
});

test("knows when a sound ended", exact, async ({ page }) => {
  await openButton(
    page,
    `${oscillator} tone.connect(context.destination); tone.start(0.2); tone.stop(0.7);`,
  );
  const monitor = page.audioMonitor();
  await monitor.getPlayedSounds();
  await monitor.silentFor(500);
  const sounds = await monitor.getPlayedSounds();
  expect(sounds).toHaveLength(1);
  const [{ startMs, endMs } = { startMs: 0, endMs: 0 }] = sounds;
  expect(Math.abs(endMs - startMs - 500)).toBeLessThan(60);
});

test("says when it is never silent", async ({ page }) => {
  await openButton(page, `${oscillator} tone.connect(context.destination); tone.start();`);
  const monitor = page.audioMonitor();
  await monitor.getPlayedSounds();
  await expect(monitor.silentFor(300, { timeoutMs: 1000 })).rejects.toThrow("never silent");
});

test("disconnecting silences", async ({ page }) => {
  await openButton(
    page,
    `${oscillator} tone.connect(context.destination); tone.start(); setTimeout(() => tone.disconnect(context.destination), 300);`,
  );
  const monitor = page.audioMonitor();
  await monitor.getPlayedSounds();
  await monitor.silentFor(500);
});

/**
 * Plays the 12,000 samples of `sentRamp` at a key press, and 100 ms of next to nothing before them: while a page holds the lock
 * of the sound's graph, Chromium may drop the first blocks of what begins, before anybody can record them.
 */
const ramp =
  "const buffer = context.createBuffer(1, 14400, 24000); buffer.getChannelData(0).forEach((_, index, all) => { all[index] = Math.max(1, index - 2399) / 24000; }); const ramp = new AudioBufferSourceNode(context, { buffer }); ramp.connect(context.destination); onkeydown = () => ramp.start();";
const sentRamp = new Float32Array(12_000).map((_, index) => (index + 1) / 24_000);
/** Work of a page that holds the lock of the sound's graph nearly all the time. */
const busyGraph =
  "const one = context.createGain(); const two = context.createGain(); setInterval(() => { for (let n = 0; n < 5000; n++) one.connect(two), one.disconnect(two); });";

for (const [when, code] of [
  ["that were played", ramp],
  ["while the page changes its graph", ramp + busyGraph],
] as const) {
  test(`keeps the very samples ${when}`, exact, async ({ page }) => {
    await openButton(page, code);
    const monitor = page.audioMonitor();
    await monitor.recordAfresh();
    await page.keyboard.press("a");
    await monitor.getPlayedSounds();
    await monitor.silentFor(300);
    const { sampleRate, samples } = await monitor.playedSamples();
    expect(sampleRate).toBe(24_000);
    expect(new Float32Array(samples.slice(-sentRamp.length))).toEqual(sentRamp);
  });
}

test("hears a media element", async ({ page }) => {
  await page.route("http://localhost/tone.wav", (route) =>
    route.fulfill({ contentType: "audio/wav", body: toneWav() }),
  );
  await openButton(
    page,
    "document.body.append(new Audio('/tone.wav')); document.querySelector('audio').play();",
  );
  await expect(page.audioMonitor().getPlayedSounds()).resolves.toBeTruthy();
});

/** Half a second of a square wave of 200 Hz. */
function toneWav(): Buffer {
  const samples = Int16Array.from({ length: 12_000 }, (_, n) => (n % 120 < 60 ? 8000 : -8000));
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(24_000, 24);
  header.writeUInt32LE(48_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}
