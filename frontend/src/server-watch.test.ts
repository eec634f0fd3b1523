// Whether the server lives, over a real one that is started, stopped and locked.
import type { RequestListener } from "node:http";
import type { ModelBody, ModelStateName } from "qwen-tts/protocol";
import { afterEach, expect, test } from "vitest";
import { openSite } from "../test/site.ts";
import type { Site } from "../test/site.ts";
import { ServerWatch, speakingModel } from "./server-watch.ts";
import type { ServerState } from "./server-watch.ts";

let site: Site | undefined;
let watch: ServerWatch | undefined;

afterEach(async () => {
  watch?.stop();
  await site?.close();
});

type Fake = { engine: string; state: ModelStateName; key: string; asked: string[] };

function listener(fake: Fake): RequestListener {
  return (request, response) => {
    fake.asked.push(request.url ?? "");
    const isOpen =
      request.url === "/health" || request.headers.authorization === `Bearer ${fake.key}`;
    if (!isOpen) {
      response.writeHead(401).end(JSON.stringify({ detail: "Key?", code: "unauthorized" }));
      return;
    }
    const answers: Record<string, unknown> = {
      "/health": {
        status: "ok",
        engine: fake.engine,
        models: [{ id: "m", state: fake.state }],
        downloads: [],
      },
      "/capabilities": { engine: fake.engine, models: [] },
      "/speakers": { default: "Ryan", speakers: [] },
      "/languages": { default: "English", languages: ["English", "Auto"] },
    };
    response.end(JSON.stringify(answers[request.url ?? ""]));
  };
}

function follow(apiKey: string) {
  const states: ServerState[] = [];
  let notify: () => void = () => undefined;
  const current = new ServerWatch(apiKey, (state) => {
    states.push(state);
    notify();
  });
  watch = current;
  void current.run();
  /** Keep asking until the newest state matches. */
  return async (matches: (state: ServerState) => boolean): Promise<ServerState> => {
    for (;;) {
      const newest = states.at(-1);
      if (newest && matches(newest)) return newest;
      const next = new Promise<void>((resolve) => (notify = resolve));
      current.checkNow();
      await next;
    }
  };
}

test("sees the server go and come back, and keeps what it knew", async () => {
  const fake: Fake = { engine: "preview", state: "ready", key: "", asked: [] };
  site = await openSite(listener({ ...fake, key: "k" }));
  const until = follow("k");
  const online = await until(({ reach }) => reach === "online");
  expect(online.info?.speakers.default).toBe("Ryan");
  const port = Number(new URL(site.url).port);
  await site.close();
  // Nothing listens there now; the page's fetch still goes to that address.
  const gone = await openSite((request) => request.socket.destroy(), port);
  const unreachable = await until(({ reach }) => reach === "unreachable");
  expect(unreachable.info?.speakers.default).toBe("Ryan");
  await gone.close();
  site = await openSite(listener({ ...fake, key: "k" }), port);
  await until(({ reach }) => reach === "online");
});

test("says that a key is needed, or that the one it has is wrong", async () => {
  const fake: Fake = { engine: "preview", state: "ready", key: "right", asked: [] };
  site = await openSite(listener(fake));
  const locked = await follow("wrong")(({ needsKey }) => needsKey);
  expect(locked).toMatchObject({ reach: "online", info: null });
  expect(locked.health?.engine).toBe("preview");
  watch?.stop();
  const open = await follow("right")(({ info }) => info !== null);
  expect(open.needsKey).toBe(false);
});

test("a server that refuses for now is not a server that is gone", async () => {
  const fake: Fake = { engine: "preview", state: "ready", key: "k", asked: [] };
  const answer = listener(fake);
  let refusals = 0;
  site = await openSite((request, response) => {
    if (refusals-- > 0)
      response.writeHead(429).end(JSON.stringify({ detail: "Slow.", code: "rate_limited" }));
    else answer(request, response);
  });
  const seen: string[] = [];
  const until = follow("k");
  await until(({ info }) => info !== null);
  refusals = 2;
  await until(({ reach }) => {
    seen.push(reach);
    return refusals < 0;
  });
  expect(new Set(seen)).toEqual(new Set(["online"]));
});

test("asks what the engine can do again when another one has taken over", async () => {
  const fake: Fake = { engine: "preview", state: "ready", key: "k", asked: [] };
  site = await openSite(listener(fake));
  const until = follow("k");
  await until(({ info }) => info?.capabilities.engine === "preview");
  fake.engine = "local";
  await until(({ info }) => info?.capabilities.engine === "local");
});

test("the model that speaks is the one that is ready, else one that will be", () => {
  const model = (id: string, state: ModelStateName) => ({ id, state }) as ModelBody;
  const absent = model("a", "absent");
  const loading = model("l", "loading");
  expect(speakingModel([absent, loading, model("r", "ready")])?.id).toBe("r");
  expect(speakingModel([absent, loading])?.id).toBe("l");
  expect(speakingModel([absent])?.id).toBe("a");
  expect(speakingModel([])).toBeUndefined();
});
