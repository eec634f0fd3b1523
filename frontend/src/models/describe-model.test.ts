// What a person is told of a model in each of its states, and what is offered.
import type { ManagedModelBody, ManagedModelState } from "qwen-tts/protocol";
import { expect, test } from "vitest";
import { actionsFor, describeProgress, describeSize, percentDone } from "./describe-model.ts";

const model: ManagedModelBody = {
  id: "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice",
  label: "Qwen3-TTS 0.6B CustomVoice",
  variant: "custom_voice",
  size: "0.6B",
  state: "absent",
  reason: null,
  bytes_total: 2_000_000_000,
  bytes_done: 500_000_000,
  bytes_per_second: 25_000_000,
  seconds_left: 60,
  memory_bytes: null,
  removable: true,
};
const roomy = { offline: false, disk_free_bytes: 9e9 };

test.each<[ManagedModelState, string[]]>([
  ["absent", ["download"]],
  ["queued", ["pause"]],
  ["downloading", ["pause"]],
  ["paused", ["download", "delete"]],
  ["converting", []],
  ["on_disk", ["delete"]],
  ["loading", []],
  ["ready", ["unload", "delete"]],
  ["failed", ["download", "delete"]],
])("%s offers %j", (state, offered) => {
  expect(actionsFor({ ...model, state }, roomy).map(({ action }) => action)).toEqual(offered);
});

test("a folder of one's own is never deleted here", () => {
  const own = { ...model, removable: false };
  expect(actionsFor({ ...own, state: "on_disk" }, roomy)).toEqual([]);
  expect(actionsFor({ ...own, state: "ready" }, roomy).map(({ action }) => action)).toEqual([
    "unload",
  ]);
});

test("a download without room or network is blocked with the reason", () => {
  const blocked = (place: typeof roomy) => actionsFor(model, place)[0]?.blocked;
  expect(blocked(roomy)).toBeUndefined();
  expect(blocked({ ...roomy, disk_free_bytes: 1_400_000_000 })).toContain("1.5 GB");
  expect(blocked({ ...roomy, disk_free_bytes: 1_500_000_000 })).toBeUndefined();
  expect(blocked({ ...roomy, offline: true })).toContain("--offline");
});

test("progress names what is done, how fast and how long yet, as far as it is known", () => {
  expect(describeProgress(model)).toBe("500 MB of 2.0 GB, 25 MB/s, 1 min left");
  expect(describeProgress({ ...model, bytes_per_second: null, seconds_left: null })).toBe(
    "500 MB of 2.0 GB",
  );
  expect(percentDone(model)).toBe(25);
  expect(percentDone({ ...model, bytes_done: 1_999_999_999 })).toBe(99);
  expect(percentDone({ ...model, bytes_total: 0 })).toBe(0);
});

test("the size tells whether it is on the disk", () => {
  expect(describeSize(model)).toBe("2.0 GB to download.");
  expect(describeSize({ ...model, bytes_done: model.bytes_total })).toBe("2.0 GB on the disk.");
  expect(describeSize({ ...model, bytes_total: 0 })).toBe("");
});
