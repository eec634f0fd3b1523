// The import rules as a plugin of the linter: every form in which a module can name another one. In: the linter's nodes. Out: its
// reports. The rules are import-rules.mjs.
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { importError } from "./import-rules.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

const imports = {
  create(context) {
    const file = relative(root, context.filename).replaceAll(sep, "/");
    const check = (node) => {
      if (typeof node?.value !== "string") return;
      const message = importError(file, node.value);
      if (message !== undefined) context.report({ node, message: `${node.value}: ${message}` });
    };
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
      TSImportType: ({ source, argument }) => check(source ?? argument?.literal),
    };
  },
};

export default { meta: { name: "architecture" }, rules: { imports } };
