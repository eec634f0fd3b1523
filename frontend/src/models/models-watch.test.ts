// The models are asked for while something moves and somebody looks, and not otherwise; over a real server.
import type { ManagedModelState } from "qwen-tts/protocol";
import { afterEach, expect, test } from "vitest";
import { openSite } from "../../test/site.ts";
import type { Site } from "../../test/site.ts";
import { ModelsWatch } from "./models-watch.ts";
import type { ModelsNews } from "./models-watch.ts";

let site: Site | undefined;
let watch: ModelsWatch | undefined;

afterEach(async () => {
  watch?.stop();
  await site?.close();
});

/** Serves models in these states, one after the other; the last one stays. */
async function follow(states: ManagedModelState[]) {
  const asked: number[] = [];
  site = await openSite((_request, response) => {
    const state = states[Math.min(asked.length, states.length - 1)];
    asked.push(asked.length);
    response.end(JSON.stringify({ models: [{ id: "m", state }] }));
  });
  const waiting: { count: number; resolve: () => void }[] = [];
  const news: ModelsNews[] = [];
  const onNews = (answer: ModelsNews) => {
    news.push(answer);
    for (const { count, resolve } of waiting) if (news.length >= count) resolve();
  };
  watch = new ModelsWatch({ apiKey: "", onNews, intervalMs: 1 });
  const newsOf = (count: number) =>
    new Promise<void>((resolve) => {
      if (news.length >= count) resolve();
      else waiting.push({ count, resolve });
    });
  return { watch, asked, news, newsOf };
}

const stateOf = (answer: ModelsNews | undefined) =>
  answer && "models" in answer ? answer.models.models[0]?.state : undefined;

test("asks again while a model moves, and stops when it rests", async () => {
  const { watch, asked, news, newsOf } = await follow(["queued", "downloading", "paused"]);
  watch.look(true);
  await newsOf(3);
  expect(stateOf(news[2])).toBe("paused");
  // Whoever asked on his own would have by the time of an answer that was asked for.
  watch.checkNow();
  await newsOf(4);
  expect(asked).toHaveLength(4);
});

test("asks nothing while nobody looks, and at once when somebody does", async () => {
  const { watch, asked, newsOf } = await follow(["downloading"]);
  watch.checkNow();
  expect(asked).toHaveLength(0);
  watch.look(true);
  await newsOf(1);
  watch.look(false);
  const before = asked.length;
  watch.checkNow();
  await (await fetch("/")).text();
  expect(asked.length - before).toBeLessThanOrEqual(2); // one that was on its way, and this test's own
});

test("told to ask while it asks, it asks once more", async () => {
  const { watch, asked, newsOf } = await follow(["ready"]);
  watch.look(true);
  watch.checkNow();
  watch.checkNow();
  await newsOf(2);
  expect(asked).toHaveLength(2);
});

test("a server that does not answer is news, and is asked again", async () => {
  const { watch, news, newsOf } = await follow(["ready"]);
  await site!.close();
  site = undefined;
  watch.look(true);
  await newsOf(2);
  expect(news.every((answer) => "failure" in answer)).toBe(true);
});
