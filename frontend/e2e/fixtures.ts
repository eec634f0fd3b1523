// Playwright's `test` with what the browser tests share: pages whose sound can be heard, and servers
// whose engine the test can hold.
import { test as base } from "@playwright/test";
import { monitorAudio } from "./audio-monitor.ts";
import type { AudioMonitor } from "./audio-monitor.ts";
import { startDevelopmentPage, type DevelopmentPage } from "./development-page.ts";
import { FakeProgram, type FakeServer } from "./fake-server.ts";
import { Machine } from "./machine.ts";

export { expect } from "@playwright/test";

declare module "@playwright/test" {
  interface Page {
    /** The sound of this page. */
    audioMonitor(): AudioMonitor;
  }
}

type TestFixtures = {
  /** Fresh for this test. */
  fake: FakeServer;
  /** A fresh one behind a development server at `pageUrl`. */
  proxied: { fake: FakeServer; pageUrl: string };
};
type WorkerFixtures = {
  fakeProgram: FakeProgram;
  /** What it serves stays from test to test. */
  machine: Machine;
  developmentPage: DevelopmentPage;
};

export const test = base.extend<TestFixtures, WorkerFixtures>({
  page: async ({ page }, use) => {
    const monitor = await monitorAudio(page);
    page.audioMonitor = () => monitor;
    await use(page);
    // What the page asks as it closes has no answer any more.
    await page.unrouteAll({ behavior: "ignoreErrors" });
  },
  fake: async ({ fakeProgram }, use) => {
    await use(await fakeProgram.serve());
  },
  proxied: async ({ fakeProgram, developmentPage }, use) => {
    const { url, backendPort } = developmentPage;
    await use({ fake: await fakeProgram.serve(backendPort), pageUrl: url });
  },
  fakeProgram: [
    async ({}, use) => {
      const program = new FakeProgram();
      await use(program);
      await program.close();
    },
    { scope: "worker" },
  ],
  machine: [
    async ({}, use) => {
      const machine = new Machine();
      await use(machine);
      await machine.close();
    },
    { scope: "worker" },
  ],
  developmentPage: [
    async ({}, use) => {
      const page = await startDevelopmentPage();
      await use(page);
      await page.close();
    },
    { scope: "worker" },
  ],
});
