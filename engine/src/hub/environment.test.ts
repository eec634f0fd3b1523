// Settings from the environment, and a proxy that is a real one.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { startStandInHub } from "../testing/hub-server.ts";
import { hubCacheFolder, hubSettings } from "./environment.ts";
import { listRepository } from "./listing.ts";

afterEach(() => vi.unstubAllEnvs());

test("looks where Hugging Face's own tools look", () => {
  expect(hubCacheFolder({ HF_HUB_CACHE: "/a", HF_HOME: "/b" })).toBe("/a");
  expect(hubCacheFolder({ HUGGINGFACE_HUB_CACHE: "/a", HF_HOME: "/b" })).toBe("/a");
  expect(hubCacheFolder({ HF_HOME: "/b", XDG_CACHE_HOME: "/c" })).toBe(join("/b", "hub"));
  expect(hubCacheFolder({ XDG_CACHE_HOME: "/c" })).toBe(join("/c", "huggingface", "hub"));
  expect(hubCacheFolder({ HF_HUB_CACHE: "", HF_HOME: "~/x" })).toBe(join(homedir(), "x", "hub"));
});

test("the token is the variable's, or the one of a login", async () => {
  const home = await mkdtemp(join(tmpdir(), "hub-home-"));
  await writeFile(join(home, "token"), "stored\n");
  expect(await hubSettings({}, { HF_HOME: home })).toMatchObject({ token: "stored" });
  expect(await hubSettings({}, { HF_HOME: home, HF_TOKEN: "set" })).toMatchObject({ token: "set" });
  expect(await hubSettings({}, { HF_HOME: home, HF_TOKEN: " " })).toMatchObject({
    token: "stored",
  });
  await rm(home, { recursive: true });
  expect(await hubSettings({}, { HF_HOME: home })).toMatchObject({ token: null });
});

test("endpoint and offline", async () => {
  const found = await hubSettings(
    {},
    { HF_ENDPOINT: "https://mirror.example/", HF_HUB_OFFLINE: "1" },
  );
  expect(found).toMatchObject({ endpoint: "https://mirror.example", offline: true });
  const usual = await hubSettings({}, { HF_HUB_OFFLINE: "0" });
  expect(usual).toMatchObject({ endpoint: "https://huggingface.co", offline: false });
});

test("goes through the proxy that is named, and past it where it is told to", async () => {
  const seen: string[] = [];
  const proxy = createServer((asked, answer) => {
    seen.push(asked.url ?? "");
    const forwarded = request(asked.url ?? "", { headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    asked.pipe(forwarded);
  });
  proxy.on("connect", (asked, socket) => {
    seen.push(asked.url ?? "");
    const [host, port] = (asked.url ?? "").split(":");
    const through = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
    socket.on("error", () => through.destroy());
    through.on("error", () => socket.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const hub = await startStandInHub();
  try {
    await hub.publish("a/b", { "config.json": Buffer.from("{}") });
    const ask = async () => {
      const settings = await hubSettings({ endpoint: hub.url });
      const asked = { repo: "a/b", revision: "main", signal: new AbortController().signal };
      expect((await listRepository(settings, asked)).files).toHaveLength(1);
    };
    vi.stubEnv("HTTP_PROXY", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    await ask();
    expect(seen).toEqual([]);
    vi.stubEnv("NO_PROXY", "");
    await ask();
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain(new URL(hub.url).host);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
    await hub.close();
  }
});
