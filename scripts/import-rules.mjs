// The import rules of docs/architecture.md: dependencies flow one way. In: a file's path from the root, and what it imports. Out: why
// it may not, or nothing. Knows no linter; import-rules-plugin.mjs asks for each import, import-rules.test.mjs shows what fails.

const ours = {
  engine: {
    pattern: /^qwen3-tts(\/(?!testing(\/contract)?$).*)?$/,
    message: "engine imports nothing of ours",
  },
  engineInside: {
    pattern: /(^qwen3-tts\/(?!testing(\/contract)?$).+)|(^\.\.\/.*engine\/src\/)/,
    message: "import the engine by its public entry, qwen3-tts",
  },
  backend: {
    pattern: /^qwen-tts(\/.*)?$|\/backend\//,
    message: "only the page imports backend/protocol",
  },
  frontend: { pattern: /^qwen-tts-page|\/frontend\//, message: "nobody imports the page" },
  previewVoice: {
    pattern: /^qwen-tts-preview-voice|\/preview-voice\/|espeak|lindera/,
    message: "the preview voice is GPL and a program of its own: spawn it, never import it",
  },
  bench: { pattern: /^qwen-tts-bench|\/bench\//, message: "nobody imports the bench" },
  fastify: {
    pattern: /^(fastify|@fastify\/.*)$/,
    message: "only backend/src/http knows the web framework",
  },
  http: { pattern: /\/http\//, message: "nothing behind http/ imports it: pass a checked request" },
};
const outsiders = [ours.frontend, ours.previewVoice, ours.bench];
const onnxRuntime = {
  pattern: /^onnxruntime/,
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
const engineTests = /\.test\.ts$|\/testing\//;

function engineZone([folder, allowed]) {
  const others = Object.keys(engineZones).filter((name) => name !== folder);
  const closed = ["host", ...others.filter((name) => !allowed.includes(name))];
  const zone = {
    pattern: new RegExp(`^\\.\\./(${closed.join("|")})/`),
    message: `${folder}/ imports ${allowed.join(", ") || "no other folder of the engine"}`,
  };
  return {
    files: new RegExp(`^engine/src/${folder}/.*\\.ts$`),
    except: engineTests,
    forbidden: [...engineRules, ...(folder === "runtime" ? [] : [onnxRuntime]), zone],
  };
}

/** Files, and what none of them may import. The last that a file belongs to holds for it. */
const zones = [
  {
    files: /^engine\/.*\.ts$/,
    except: /^engine\/src\/runtime\//,
    forbidden: [...engineRules, onnxRuntime],
  },
  ...Object.entries(engineZones).map(engineZone),
  {
    files: /^backend\/src\/http\/.*\.ts$/,
    forbidden: [ours.engineInside, ours.backend, ...outsiders],
  },
  {
    files: /^backend\/.*\.ts$/,
    except: /^backend\/(src\/http\/|src\/main\.ts$|src\/protocol\.ts$|test\/)/,
    forbidden: [ours.engineInside, ours.backend, ours.fastify, ours.http, ...outsiders],
  },
  {
    files: /^backend\/(src\/main\.ts|test\/.*\.ts)$/,
    forbidden: [ours.engineInside, ours.backend, ours.fastify, ...outsiders],
  },
  {
    files: /^backend\/src\/protocol\.ts$/,
    forbidden: [{ pattern: /./, message: "protocol.ts imports nothing" }],
  },
  {
    files: /^frontend\/src\/.*\.tsx?$/,
    except: /^frontend\/src\/audio\//,
    forbidden: [
      {
        pattern: /^qwen-tts(\/(?!protocol$).*)?$|\/backend\//,
        message: "the page knows only the protocol",
      },
      { pattern: /^qwen3-tts/, message: "the page does not know the engine" },
      ours.previewVoice,
      ours.bench,
    ],
  },
  {
    files: /^frontend\/src\/audio\/.*\.ts$/,
    forbidden: [
      {
        pattern: /^react|^qwen|\/components\/|\/hooks\/|\/backend\/|\/engine\//,
        message: "audio/ knows no React and no server",
      },
      ours.previewVoice,
      ours.bench,
    ],
  },
  {
    files: /^preview-voice\/.*\.ts$/,
    forbidden: [
      {
        pattern: /^qwen|\.\.\/(engine|backend|frontend|bench)\//,
        message: "a program of its own",
      },
    ],
  },
  {
    files: /^bench\/.*\.ts$/,
    forbidden: [
      {
        pattern: /^qwen-tts|^qwen3-tts\/|\.\.\/(engine|backend|frontend|preview-voice)\//,
        message: "the bench measures over HTTP and the engine's public interface only",
      },
      ours.previewVoice,
    ],
  },
];

/**
 * @param {string} file its path from the root, with slashes
 * @param {string} specifier what it imports, as it stands there
 * @returns {string | undefined} why it may not
 */
export function importError(file, specifier) {
  const zone = zones.findLast(({ files, except }) => files.test(file) && !except?.test(file));
  return zone?.forbidden.find(({ pattern }) => pattern.test(specifier))?.message;
}
