// The package's subpath `qwen3-tts/testing`: what tests of other workspaces use. Never built.
export { clipOf, collect, speechRequest, statusWhere, type Clip } from "./collect.ts";
export { createFakeEngine, type FakeEngine, type FakeEngineOptions } from "./fake-engine.ts";
