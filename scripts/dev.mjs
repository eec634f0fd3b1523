// `npm run dev`: the server from its sources on 8000, started again at every edit, and the page with
// reload on 5173. One Ctrl+C ends both; when one of them ends, so does the other.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withSetupLock } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { checkNodeVersion, root } from "./node-version.mjs";
import { endWithParent } from "./parent.mjs";
import { packageCommand } from "./run.mjs";

checkNodeVersion();
endWithParent();
await withSetupLock(console.log, () => installPackages(console.log));

const rootPath = fileURLToPath(root);
const register = new URL("register-typescript.mjs", import.meta.url).href;
const sourceFlags = ["--enable-source-maps", "--import", register, "--conditions=source"];
const server = ["--watch", "--watch-preserve-output", ...sourceFlags, "backend/src/main.ts"];
const [vite, ...viteFirst] = packageCommand("vite");

const children = [
  start(process.execPath, [...server, ...process.argv.slice(2)], rootPath),
  start(vite, viteFirst, fileURLToPath(new URL("frontend", root))),
];
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stopAll);

function start(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: "inherit" });
  child.once("error", (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  child.once("close", (code) => {
    process.exitCode ||= code ?? 0;
    stopAll();
  });
  return child;
}

function stopAll() {
  for (const child of children) if (child.exitCode === null) child.kill("SIGTERM");
}
