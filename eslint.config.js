// Lint for all workspaces. The second half is the import rules of docs/architecture.md: dependencies
// flow one way, and a wrong import fails here. scripts/import-rules.test.mjs shows that it does.
import js from "@eslint/js";
import globals from "globals";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const testFiles = [
  "**/*.test.{ts,tsx,mjs}",
  "**/*.case.ts",
  "**/test/**",
  "**/testing/**",
  "frontend/e2e/**",
];

/** Files that match `files` may not import what matches one of `patterns`, in any form of import. */
function forbid(files, patterns, ignores = []) {
  return {
    files,
    ignores,
    rules: {
      "no-restricted-imports": ["error", { patterns }],
      "no-restricted-syntax": ["error", ...patterns.flatMap(forbidExpressions)],
    },
  };
}

/** `import("x")`, as an expression and in a type, which no-restricted-imports does not see. */
function forbidExpressions({ regex, message }) {
  // A slash would end a selector's regular expression.
  const value = `[value=/${regex.replaceAll("/", "\\x2F")}/]`;
  return [
    { selector: `ImportExpression > Literal${value}`, message },
    { selector: `TSImportType Literal${value}`, message },
  ];
}

const ours = {
  engine: {
    regex: "^qwen3-tts(/(?!testing(/contract)?$).*)?$",
    message: "engine imports nothing of ours",
  },
  engineInside: {
    regex: "(^qwen3-tts/(?!testing(/contract)?$).+)|(^\\.\\./.*engine/src/)",
    message: "import the engine by its public entry, qwen3-tts",
  },
  backend: {
    regex: "^qwen-tts(/.*)?$|/backend/",
    message: "only the page imports backend/protocol",
  },
  frontend: { regex: "^qwen-tts-page|/frontend/", message: "nobody imports the page" },
  previewVoice: {
    regex: "^qwen-tts-preview-voice|/preview-voice/|espeak|lindera",
    message: "the preview voice is GPL and a program of its own: spawn it, never import it",
  },
  bench: { regex: "^qwen-tts-bench|/bench/", message: "nobody imports the bench" },
  fastify: {
    regex: "^(fastify|@fastify/.*)$",
    message: "only backend/src/http knows the web framework",
  },
  http: { regex: "/http/", message: "nothing behind http/ imports it: pass a checked request" },
};
const outsiders = [ours.frontend, ours.previewVoice, ours.bench];
const onnxRuntime = {
  regex: "^onnxruntime",
  message: "only engine/src/runtime knows ONNX Runtime",
};
const engineRules = [ours.engine, ours.backend, ours.fastify, ...outsiders];

/** A folder of the engine and the folders beside it that it may import. */
const engineZones = {
  audio: [],
  checkpoint: ["hub"],
  graph: [],
  hub: [],
  text: ["checkpoint"],
  runtime: ["graph"],
  model: ["audio", "checkpoint", "graph", "runtime", "text"],
  scheduler: [],
};

/** Tests may import what they like of the engine. */
const engineTests = ["**/*.test.ts", "**/testing/**"];

function engineZone([folder, allowed]) {
  const others = Object.keys(engineZones).filter((name) => name !== folder);
  const closed = ["host", ...others.filter((name) => !allowed.includes(name))];
  const zone = {
    regex: `^\\.\\./(${closed.join("|")})/`,
    message: `${folder}/ imports ${allowed.join(", ") || "no other folder of the engine"}`,
  };
  const patterns = [...engineRules, ...(folder === "runtime" ? [] : [onnxRuntime]), zone];
  return forbid([`engine/src/${folder}/**/*.ts`], patterns, engineTests);
}

const importRules = [
  forbid(["engine/**/*.ts"], [...engineRules, onnxRuntime], ["engine/src/runtime/**"]),
  ...Object.entries(engineZones).map(engineZone),
  forbid(["backend/src/http/**/*.ts"], [ours.engineInside, ours.backend, ...outsiders]),
  forbid(
    ["backend/**/*.ts"],
    [ours.engineInside, ours.backend, ours.fastify, ours.http, ...outsiders],
    ["backend/src/http/**", "backend/src/main.ts", "backend/src/protocol.ts", "backend/test/**"],
  ),
  forbid(
    ["backend/src/main.ts", "backend/test/**/*.ts"],
    [ours.engineInside, ours.backend, ours.fastify, ...outsiders],
  ),
  forbid(["backend/src/protocol.ts"], [{ regex: ".", message: "protocol.ts imports nothing" }]),
  forbid(
    ["frontend/src/**/*.{ts,tsx}"],
    [
      {
        regex: "^qwen-tts(/(?!protocol$).*)?$|/backend/",
        message: "the page knows only the protocol",
      },
      { regex: "^qwen3-tts", message: "the page does not know the engine" },
      ours.previewVoice,
      ours.bench,
    ],
    ["frontend/src/audio/**"],
  ),
  forbid(
    ["frontend/src/audio/**/*.ts"],
    [
      {
        regex: "^react|^qwen|/components/|/hooks/|/backend/|/engine/",
        message: "audio/ knows no React and no server",
      },
      ours.previewVoice,
      ours.bench,
    ],
  ),
  forbid(
    ["preview-voice/**/*.ts"],
    [{ regex: "^qwen|\\.\\./(engine|backend|frontend|bench)/", message: "a program of its own" }],
  ),
  forbid(
    ["bench/**/*.ts"],
    [
      {
        regex: "^qwen-tts|^qwen3-tts/|\\.\\./(engine|backend|frontend|preview-voice)/",
        message: "the bench measures over HTTP and the engine's public interface only",
      },
      ours.previewVoice,
    ],
  ),
];

export default defineConfig(
  globalIgnores([
    "**/dist/",
    ".cache/",
    "**/test-results/",
    "**/playwright-report/",
    "**/coverage/",
  ]),
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `!` is the price of noUncheckedIndexedAccess in sample loops.
      "@typescript-eslint/no-non-null-assertion": "off",
      // There are no enums (`erasableSyntaxOnly`): 4 s for nothing.
      "@typescript-eslint/no-unsafe-enum-assignment": "off",
      // Code points are the unit of the HTTP contract.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ["**/*.{ts,tsx,mjs,js}"],
    languageOptions: { globals: { ...globals.node } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "max-params": ["error", 3],
      "max-lines": ["error", 450],
      "max-lines-per-function": ["error", 80],
    },
  },
  {
    files: ["frontend/src/**/*.{ts,tsx}"],
    languageOptions: { globals: { ...globals.browser } },
  },
  {
    // Where hooks are called: these rules run React's compiler on each file.
    files: ["frontend/src/**/*.tsx", "frontend/src/hooks/**"],
    extends: [reactHooks.configs.flat.recommended],
  },
  {
    // Programs that talk to a terminal.
    files: ["scripts/**", "bench/**", "backend/src/cli/**", "backend/src/main.ts"],
    rules: { "no-console": "off" },
  },
  { files: testFiles, rules: { "max-lines-per-function": "off", "max-params": "off" } },
  {
    // A fixture that needs no other is a function of `{}`.
    files: ["frontend/e2e/fixtures.ts"],
    rules: { "no-empty-pattern": ["error", { allowObjectPatternsAsParameters: true }] },
  },
  importRules,
);
