// `npm start`: installs and builds what is missing, then becomes the server, in this same process, so
// that signals and the exit code are the server's own. Node builtins only.
import { fileURLToPath } from "node:url";
import { buildIfStale, withSetupLock } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { checkNodeVersion, root } from "./node-version.mjs";
import { endWithParent } from "./parent.mjs";

checkNodeVersion();
endWithParent();
try {
  await withSetupLock(console.log, async () => {
    await installPackages(console.log);
    await buildIfStale(console.log);
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const server = new URL("backend/dist/main.js", root);
process.argv[1] = fileURLToPath(server);
await import(server.href);
