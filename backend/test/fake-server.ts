// A server with the fake engine in a process of its own, for what must be measured or limited alone.
// Tells its parent where it is, and its peak memory when asked; lets held rows go when told.
import { startFakeServer } from "./test-server.ts";

export type ToFakeServer = "peak" | "release";
export type FromFakeServer = { kind: "at"; url: string } | { kind: "peak"; bytes: number };

const server = await startFakeServer({ rows: 4 });

function tell(message: FromFakeServer): void {
  process.send!(message);
}

process.on("message", (message: ToFakeServer) => {
  if (message === "release") server.engine.release();
  else tell({ kind: "peak", bytes: process.resourceUsage().maxRSS * 1024 });
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "at", url: server.url });
