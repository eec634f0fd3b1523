// Development on 5173 with the API passed on to the speech server; `vite build` into dist/, which
// the server serves. The built page must run under a policy of `default-src 'self'`.
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";
import { devProxy } from "./dev-proxy.ts";

export default defineConfig({
  plugins: [react()],
  // "source": the protocol's TypeScript, so that the page builds before the server does.
  resolve: { conditions: ["source", ...defaultClientConditions] },
  server: {
    host: "localhost",
    port: 5173,
    strictPort: true,
    proxy: devProxy(process.env.BACKEND_URL ?? "http://127.0.0.1:8000"),
  },
  // No data: addresses, which the policy would block for scripts.
  build: { assetsInlineLimit: 0 },
});
