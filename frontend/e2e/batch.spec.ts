// Batch in the page: the test of the request, on the development page and on the built one.
import { expect, test } from "./fixtures.ts";

test("should process batch requests", async ({ page }) => {
  // 1. Navigate to app
  await page.goto("/");

  // 2. Open batch mode
  await page.click(".batch-toggle");

  // 3. Add 3 text inputs
  await page.fill(".batch-input-0", "First text");
  await page.fill(".batch-input-1", "Second text");
  await page.fill(".batch-input-2", "Third text");

  // 4. Submit batch
  await page.click(".batch-submit");

  // 5. Verify all 3 results appear
  await expect(page.locator(".batch-result")).toHaveCount(3);

  // 6. Verify no errors
  await expect(page.locator(".batch-error")).toHaveCount(0);
});

test("one bad line has its error in its place, the others play", async ({ page }) => {
  await page.goto("/");
  await page.click(".batch-toggle");
  await page.route("**/tts/batch", async (route) => {
    const body = route.request().postDataJSON() as { requests: object[] };
    body.requests[1] = { ...body.requests[1], speaker: "Bob" };
    await route.continue({ postData: JSON.stringify(body) });
  });
  for (const index of [0, 1, 2]) await page.fill(`.batch-input-${index}`, `Text number ${index}`);
  await page.click(".batch-submit");
  await expect(page.locator(".batch-result")).toHaveCount(3);
  await expect(page.locator(".batch-error")).toHaveCount(1);
  await expect(page.locator(".batch-result").nth(1).locator(".batch-error")).toContainText(
    /speaker/i,
  );
  await page.locator(".batch-result").nth(2).getByRole("button", { name: /^play/i }).click();
  await page.audioMonitor().getPlayedSounds();
});

test("a pasted list fills the lines, and more than ten are said", async ({ page }) => {
  await page.goto("/");
  await page.click(".batch-toggle");
  await page.focus(".batch-input-0");
  const lines = Array.from({ length: 12 }, (_, index) => `Line ${index + 1}`).join("\n");
  await page.keyboard.insertText(lines); // what a paste does to the field
  await expect(page.locator(".batch-input-9")).toHaveValue("Line 10");
  await expect(page.locator(".batch-input-10")).toHaveCount(0);
  await expect(page.getByText(/\b2\b.*(left out|not|over)/i).first()).toBeVisible();
});
