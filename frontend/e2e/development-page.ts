// A development server of its own, because the one on 5173 leads to the real server. In: nothing. Out:
// its address, and the port on which it looks for the speech server.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect } from "@playwright/test";

export type DevelopmentPage = { url: string; backendPort: number; close: () => Promise<void> };

export async function startDevelopmentPage(): Promise<DevelopmentPage> {
  const [port, backendPort] = [await freePort(), await freePort()];
  const url = `http://localhost:${port}`;
  const vite = fileURLToPath(new URL("../../node_modules/vite/bin/vite.js", import.meta.url));
  const child = spawn(process.execPath, [vite, "--port", String(port)], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...process.env, BACKEND_URL: `http://127.0.0.1:${backendPort}` },
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  const status = () =>
    fetch(url).then(
      (response) => response.status,
      () => undefined,
    );
  await expect.poll(status, { timeout: 20_000 }).toBe(200);
  return {
    url,
    backendPort,
    close: async () => {
      child.kill();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
