// Node's loader hook for TypeScript. In: the address of a module. Out: its JavaScript, with a source
// map. Resolves nothing: relative imports name their `.ts` file, packages their "source" condition.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transformSync } from "rolldown/utils";

export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const { code, map, errors } = transformSync(path, await readFile(path, "utf8"), {
    typescript: { onlyRemoveTypeImports: true },
    sourcemap: true,
  });
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0].message}`);
  const mapText = Buffer.from(JSON.stringify(map)).toString("base64");
  const source = `${code}\n//# sourceMappingURL=data:application/json;base64,${mapText}`;
  return { format: "module", shortCircuit: true, source };
}
