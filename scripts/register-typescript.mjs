// `node --import scripts/register-typescript.mjs`: this process, its worker threads and its forks
// load TypeScript. For tests, `npm run dev` and the bench; what is built needs none of it.
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
