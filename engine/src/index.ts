// The public entry of the package `qwen3-tts`: the only module of the engine that others import.
export { EngineError, type EngineErrorCode } from "./engine-error.ts";
export { createHostedEngine, type HostedEngineOptions } from "./host/client.ts";
export type { EngineHost, HostedModule } from "./host/engine-host.ts";
export type {
  Delivery,
  EngineStatus,
  FinishReason,
  Honoured,
  Limits,
  ModelState,
  ModelStatus,
  Sampling,
  SpeakerInfo,
  SpeechEngine,
  SpeechEvent,
  SpeechRequest,
  SpeechStats,
  SpeechText,
  Voice,
  VoicePrompt,
} from "./speech-engine.ts";
export { SpeechStream, type EngineStats, type StreamHooks } from "./speech-stream.ts";
