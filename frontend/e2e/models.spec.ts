// The models in the page: states, progress, what can be done, and the notice while one arrives.
import { expect, test } from "./fixtures.ts";
import { managedModel, standInForModels } from "./stand-in.ts";
import { openStudio } from "./studio.ts";

const design = { variant: "voice_design", label: "Qwen3-TTS 1.7B VoiceDesign" } as const;
const id = "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice";
const path = `/models/${encodeURIComponent(id)}`;

test("a download: started, followed, paused, resumed, loaded, unloaded, deleted", async ({
  page,
  fake,
}) => {
  const standIn = await standInForModels(page, [managedModel({})]);
  const show = (change: Parameters<typeof managedModel>[0]) => {
    standIn.models.models = [managedModel(change)];
  };
  const leadTo = (change: Parameters<typeof managedModel>[0]) => {
    standIn.outcome = [managedModel(change)];
  };
  await openStudio(page, `${fake.url}/#models`, "models");
  const row = page.getByRole("listitem", { name: "Qwen3-TTS 0.6B CustomVoice" });
  await expect(row).toContainText("1.9 GB");

  const downloading = { state: "downloading", bytes_per_second: 24e6, seconds_left: 60 } as const;
  leadTo({ ...downloading, bytes_done: 0.8e9 });
  await row.getByRole("button", { name: /^Download/ }).click();
  await expect(row).toContainText("42 %, 800 MB of 1.9 GB, 24 MB/s, 1 min left");
  show({ ...downloading, bytes_done: 1e9 });
  await expect(row).toContainText("52 %");

  leadTo({ state: "paused", bytes_done: 1e9 });
  await row.getByRole("button", { name: /^Pause/ }).click();
  await expect(row).toContainText("Paused");
  leadTo({ ...downloading, bytes_done: 1.1e9 });
  await row.getByRole("button", { name: /^Resume/ }).click();
  await expect(row).toContainText("57 %");

  show({ state: "ready", memory_bytes: 2.5e9 });
  await expect(row).toContainText("2.5 GB of memory");
  await expect(page.getByRole("progressbar", { name: /^Memory/ })).toHaveAttribute(
    "value",
    "2500000000",
  );
  leadTo({ state: "on_disk" });
  await row.getByRole("button", { name: /^Unload/ }).click();
  await expect(row).toContainText("On disk");

  await row.getByRole("button", { name: /^Delete/ }).click();
  await row.getByRole("button", { name: "Keep" }).click();
  await row.getByRole("button", { name: /^Delete/ }).click();
  leadTo({ state: "absent" });
  await row.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(row).toContainText("Not downloaded");
  expect(standIn.asked).toEqual([
    `POST ${path}/download`,
    `POST ${path}/pause`,
    `POST ${path}/download`,
    `POST ${path}/unload`,
    `DELETE ${path}`,
  ]);
});

test("a failed download says why, and one without room cannot be started", async ({
  page,
  fake,
}) => {
  const standIn = await standInForModels(page, [
    managedModel({ state: "failed", reason: "The hub does not answer: the next try is at 14:05." }),
  ]);
  standIn.models.disk_free_bytes = 1e8;
  await openStudio(page, `${fake.url}/#models`, "models");
  await expect(page.getByText("the next try is at 14:05")).toBeVisible();
  const again = page.getByRole("button", { name: /^Try again/ });
  await expect(again).toBeDisabled();
  await expect(again).toHaveAccessibleDescription(/100 MB free/);
});

test("nothing is asked while nothing moves, and while the view is not shown", async ({
  page,
  fake,
}) => {
  let asked = 0;
  page.on("request", (request) => (asked += request.url().endsWith("/models") ? 1 : 0));
  const standIn = await standInForModels(page, [managedModel({ state: "downloading" })]);
  await openStudio(page, fake.url);
  expect(asked).toBe(0);
  await page.getByRole("link", { name: "Models" }).click();
  await expect.poll(() => asked).toBeGreaterThan(2);
  standIn.models.models = [managedModel({ state: "on_disk" })];
  await expect(page.getByText("On disk")).toBeVisible();
  const settled = asked;
  // A question of the page that comes later than the next one of the models would have.
  for (let healths = 0; healths < 2; healths++) await page.waitForRequest("**/health");
  expect(asked).toBe(settled);
});

test("while a model arrives the page says how far it is, and then that it has taken over", async ({
  page,
  fake,
}) => {
  const standIn = await standInForModels(page, [managedModel({ state: "downloading" })]);
  const label = "Qwen3-TTS 0.6B CustomVoice";
  const absent = { id, label, state: "absent", reason: null } as const;
  const preview = { id: "preview", label: "Preview voice", state: "ready", reason: null } as const;
  const download = { id, bytes_total: 100, bytes_per_second: 1, seconds_left: 120 };
  const coming = { engine: "preview", models: [preview, absent] };
  standIn.health = { ...coming, downloads: [{ ...download, bytes_done: 43 }] };
  await openStudio(page, fake.url);
  await expect(page.getByText(`${label} is on its way: 43 %, 2 min left.`)).toBeVisible();
  standIn.health = { ...coming, downloads: [{ ...download, bytes_done: 44 }] };
  await expect(page.getByText("44 %")).toBeVisible();
  standIn.health = { engine: "local", models: [{ ...absent, state: "ready" }], downloads: [] };
  const notice = page.getByText(`${label} has taken over`);
  await expect(notice).toBeVisible();
  await page.getByRole("button", { name: "OK" }).click();
  await expect(notice).toBeHidden();
});

test("the views have addresses, and what is typed stays", async ({ page, fake }) => {
  await standInForModels(page, [managedModel({ ...design, state: "on_disk" })]);
  await openStudio(page, fake.url);
  await page.fill(".text-input", "stays");
  await page.getByRole("link", { name: "Models" }).click();
  await expect(page.getByText("Makes a voice from a description.")).toBeVisible();
  await expect(page.locator(".text-input")).toBeHidden();
  await page.goBack();
  await expect(page.locator(".text-input")).toHaveValue("stays");
});
