// The package's subpath `qwen3-tts/testing`: what tests of other workspaces use. Never built. The
// contract suite is `qwen3-tts/testing/contract`, because it can be loaded by vitest only.
export {
  clipOf,
  collect,
  sip,
  speechRequest,
  statusWhere,
  type Clip,
  type Sips,
} from "./collect.ts";
export { createFakeEngine, type FakeEngine, type FakeEngineOptions } from "./fake-engine.ts";
export { createHostedFake, loggedPlans, temporaryFolder } from "./hosted.ts";
export { runawaySecond } from "./guarded-speech.ts";
export { hubFilesOf, type HubFile } from "./hub-repository.ts";
export {
  startStandInHub,
  type HubRequest,
  type Misbehaviour,
  type StandInHub,
  type StandInHubOptions,
} from "./hub-server.ts";
export { writeRandomCheckpoint } from "./random-checkpoint.ts";
export { tinyConfigs } from "./tiny-configs.ts";
