// `node --import scripts/register-typescript.mjs`: this process, its worker threads and its forks
// load TypeScript. For `npm run dev`, the bench and the random checkpoint; what is built needs none of it.
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
