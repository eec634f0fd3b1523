// The public entry of the package `qwen3-tts`: the only module of the engine that others import.
export { findCheckpoint } from "./checkpoint/find-checkpoint.ts";
export { weightCacheFolder } from "./checkpoint/weight-cache.ts";
export { EngineError, type EngineErrorCode } from "./engine-error.ts";
export { formatBytes } from "./format-bytes.ts";
export { createHostedEngine, type HostedEngine, type HostedEngineOptions } from "./host/client.ts";
export type { EngineHost, HostedModule } from "./host/engine-host.ts";
export { listCachedModels, removeCachedModel, type CachedModel } from "./hub/cached-models.ts";
export { downloadModel, type DownloadOptions } from "./hub/download-model.ts";
export type { LockHolder } from "./hub/download-lock.ts";
export { hubSettings, type HubOptions } from "./hub/environment.ts";
export type { DownloadProgress } from "./hub/meter.ts";
export {
  findPublishedModel,
  publishedModels,
  type PublishedModel,
} from "./hub/published-models.ts";
export { joined } from "./joined.ts";
export { readWav } from "./audio/wav-reader.ts";
export {
  decodeCodes,
  encodeAudio,
  speakerEmbedding,
  type DecodeCodesOptions,
} from "./local/codec-tools.ts";
export {
  comparePrecisions,
  type ComparisonOptions,
  type PrecisionComparison,
} from "./local/compare-precisions.ts";
export { inspectCheckpoint, isSound, type CheckpointSummary } from "./local/inspect-checkpoint.ts";
export { conversionCheck, removeConverted } from "./local/converted-weights.ts";
export { describeCheckpoint } from "./local/describe-model.ts";
export { hostedModelUrl, type HostedModelOptions } from "./local/hosted-model.ts";
export {
  defaultRows,
  loadModel,
  type LoadModelOptions,
  type LocalModel,
  type ModelInfo,
} from "./local/load-model.ts";
export { estimateMemory, rowBytes, type LoadPlan } from "./local/memory-need.ts";
export { LeadingSilence } from "./leading-silence.ts";
export { publishedSpeakers } from "./local/published-speakers.ts";
export { describeVoicePrompt, type VoicePromptDescription } from "./local/voice-prompt.ts";
export type { Precision } from "./model/matrix.ts";
export { devices, type Device, type DeviceChoice } from "./runtime/device.ts";
export { defaultRunawayLimits, type RunawayLimits } from "./scheduler/runaway-guard.ts";
export type {
  Delivery,
  EngineStatus,
  FinishReason,
  Honoured,
  Limits,
  ModelState,
  ModelStatus,
  Pace,
  ModelVariant,
  Sampling,
  SpeakerInfo,
  SpeechEngine,
  SpeechEvent,
  SpeechRequest,
  SpeechStats,
  SpeechText,
  TextLayout,
  Voice,
  VoicePrompt,
  WantedVoice,
} from "./speech-engine.ts";
export { SpeechStream, type EngineStats, type StreamHooks } from "./speech-stream.ts";
