// Playwright's `test` with what the browser tests share: pages whose sound can be heard.
import { test as base } from "@playwright/test";
import { monitorAudio } from "./audio-monitor.ts";
import type { AudioMonitor } from "./audio-monitor.ts";

export { expect } from "@playwright/test";

declare module "@playwright/test" {
  interface Page {
    /** The sound of this page. */
    audioMonitor(): AudioMonitor;
  }
}

export const test = base.extend({
  page: async ({ page }, use) => {
    const monitor = await monitorAudio(page);
    page.audioMonitor = () => monitor;
    await use(page);
  },
});
