// Who speaks when a model comes and goes: streams end where they began, requests that waited through a change are
// spoken, and the preview is there only while somebody needs it. Two fakes stand for preview and model.
import type { ModelStatus, SpeechEngine, SpeechRequest } from "qwen3-tts";
import {
  collect,
  createFakeEngine,
  sip,
  speechRequest,
  type FakeEngine,
  type FakeEngineOptions,
} from "qwen3-tts/testing";
import { describeSpeechEngine } from "qwen3-tts/testing/contract";
import { describe, expect, test } from "vitest";
import { createTakeoverEngine } from "./takeover-engine.ts";

/** A fake under a name of its own, which can be changed, shown and hidden. */
type Actor = SpeechEngine & {
  fake: FakeEngine;
  closed: boolean;
  show: (changes: Partial<ModelStatus> | null) => void;
};

function actor(id: string, options: FakeEngineOptions = {}): Actor {
  const fake = createFakeEngine(options);
  const listeners = new Set<() => void>();
  let changes: Partial<ModelStatus> | null = {};
  const status = () => {
    const own = fake.status();
    const models =
      changes === null ? [] : own.models.map((model) => ({ ...model, id, ...changes }));
    return { ...own, engine: id, models };
  };
  return {
    fake,
    closed: false,
    status,
    show(wanted) {
      changes = wanted;
      for (const tell of listeners) tell();
    },
    onStatus(listener) {
      const tell = () => listener(status());
      const unsubscribe = fake.onStatus(tell);
      listeners.add(tell);
      return () => {
        unsubscribe();
        listeners.delete(tell);
      };
    },
    async *synthesize({ model, ...request }: SpeechRequest, signal: AbortSignal) {
      if (model !== undefined && model !== id) throw new Error(`${id} was asked for ${model}`);
      for await (const event of fake.synthesize(request, signal)) {
        yield event.kind === "start" ? { ...event, model: id } : event;
      }
    },
    close() {
      this.closed = true;
      return fake.close();
    },
  };
}

function stage({ localFirst = false, rows = 4 } = {}) {
  const previews: Actor[] = [];
  const local = actor("local", { rows });
  if (!localFirst) local.show(null);
  const engine = createTakeoverEngine({
    createPreview: () => {
      previews.push(actor("preview", { rows: 32 }));
      return previews.at(-1)!;
    },
    local,
    localFirst,
    logger: { info: () => undefined },
  });
  return { engine, local, previews };
}

const request = (text: string, changes: Partial<SpeechRequest> = {}): SpeechRequest => ({
  ...speechRequest({ text, speaker: "Ryan", language: "English" }),
  ...changes,
});

const live = { delivery: { kind: "live", playbackRate: 1 } } as const;

async function speakerOf(engine: SpeechEngine, changes: Partial<SpeechRequest> = {}) {
  return (await collect(engine, request("Who speaks?", changes))).start?.model;
}

const quiet = { info: () => undefined };
describeSpeechEngine("the preview before a takeover", {
  create: () => {
    const local = actor("local");
    local.show(null);
    const createPreview = () => createFakeEngine();
    return createTakeoverEngine({ createPreview, local, localFirst: false, logger: quiet });
  },
});
describeSpeechEngine("a model after a takeover", {
  create: () => {
    const createPreview = () => createFakeEngine();
    const local = createFakeEngine();
    return createTakeoverEngine({ createPreview, local, localFirst: false, logger: quiet });
  },
});

describe("takeover", () => {
  test("only a model that is ready takes over, and its listeners hear of it", async () => {
    const { engine, local } = stage();
    const seen: string[] = [];
    engine.onStatus((status) => seen.push(status.engine));
    for (const state of ["idle", "loading", "failed"] as const) {
      local.show({ state: { kind: state, reason: "A disk that is full." } });
      expect(await speakerOf(engine)).toBe("preview");
    }
    local.show({});
    expect(seen.at(-1)).toBe("local");
    expect(engine.status().models.map(({ id }) => id)).toEqual(["local"]);
    expect(await speakerOf(engine)).toBe("local");
    local.show({ state: { kind: "loading" } }); // its process died: who asks waits for it
    expect(engine.status().engine).toBe("local");
    await engine.close();
  });

  test("a running stream ends whole where it began, and then the preview is closed", async () => {
    const { engine, local, previews } = stage();
    const text = "before [wait 1] after";
    const alone = createFakeEngine();
    const expected = collect(alone, request(text, live));
    await alone.waitForHeld();
    alone.release();
    const running = collect(engine, request(text, live));
    await previews[0]!.fake.waitForHeld();
    local.show({});
    expect(await speakerOf(engine)).toBe("local");
    expect(engine.status()).toMatchObject({ activeRows: 1 });
    expect(previews[0]!.closed).toBe(false);
    previews[0]!.fake.release();
    const clip = await running;
    expect(clip.start?.model).toBe("preview");
    expect(clip.samples).toEqual((await expected).samples);
    expect(previews[0]!.closed).toBe(true);
    expect(engine.status()).toMatchObject({ activeRows: 0 });
    await engine.close();
  });

  test("a consumer that leaves lets the preview go, too", async () => {
    const { engine, local, previews } = stage();
    const sips = sip(engine, request("[wait 1] never heard", live));
    await sips.next();
    const pending = sips.next();
    local.show({});
    expect(previews[0]!.closed).toBe(false);
    previews[0]!.fake.release();
    await pending;
    await sips.leave();
    expect(previews[0]!.closed).toBe(true);
    await engine.close();
  });

  test("a request that waited through it is spoken by the model, or by the preview if only that can", async () => {
    const { engine, local, previews } = stage();
    const signal = new AbortController().signal;
    const vivian = { voice: { kind: "preset", speaker: "Vivian" } } as const;
    const waiting = [
      request("one"),
      request("two", vivian),
      request("three", { model: "preview" }),
    ];
    const streams = waiting.map((one) => engine.synthesize(one, signal));
    const speakers = local.fake.status().models[0]!.speakers.filter(({ name }) => name === "Ryan");
    local.show({ speakers });
    const spoken: unknown[] = [];
    for (const stream of streams) {
      for await (const event of stream) if (event.kind === "start") spoken.push(event.model);
    }
    expect(spoken).toEqual(["local", "preview", "preview"]);
    expect(previews.map(({ closed }) => closed)).toEqual(previews.map(() => true));
    await engine.close();
  });

  test("when the last model is removed the preview speaks again, also who waited for the model", async () => {
    const { engine, local, previews } = stage({ localFirst: true });
    expect(previews).toHaveLength(0);
    const waiting = engine.synthesize(
      request("x", { model: "local" }),
      new AbortController().signal,
    );
    local.show(null);
    const spoken: unknown[] = [];
    for await (const event of waiting) if (event.kind === "start") spoken.push(event.model);
    expect(spoken).toEqual(["preview"]);
    expect(engine.status().engine).toBe("preview");
    await engine.close();
    expect(previews.every(({ closed }) => closed)).toBe(true);
  });

  test("a model without speakers takes nothing away from the preview voice", async () => {
    const { engine, local } = stage();
    local.show({ speakers: [] });
    expect(engine.status().models.map(({ id }) => id)).toEqual(["preview", "local"]);
    expect(await speakerOf(engine)).toBe("preview");
    await engine.close();
  });
});
