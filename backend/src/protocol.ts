// The types of the HTTP interface, shared with the page. Imports nothing, so that a browser bundle
// that uses them pulls in nothing of the server. docs/api.md is the contract in words.

/** Limits of the contract that clients may want to show. Lengths are Unicode code points. */
export const limits = {
  textLength: 5000,
  instructLength: 1000,
  voiceDescriptionLength: 1000,
  batchItems: 10,
  speed: { min: 0.25, max: 4 },
  pitch: { min: 0.5, max: 2 },
  voices: 100,
  voiceNameLength: 64,
  consentLength: 500,
  transcriptLength: 1000,
  /** Of a recording to clone. */
  recordingSeconds: { min: 3, max: 30 },
  recordingBytes: 10_000_000,
} as const;

export type AudioFormat = "wav" | "pcm";

/** Body of POST /tts and POST /tts/stream, and one item of POST /tts/batch. */
export type SpeechBody = {
  text: string;
  /** An id of GET /capabilities, its last part, or a variant; without one the request's needs decide. */
  model?: string;
  speaker?: string;
  /** The voice in words; needs a VoiceDesign model, and no `speaker`. */
  voice_description?: string;
  language?: string;
  speed?: number;
  pitch?: number;
  instruct?: string | null;
  format?: AudioFormat;
  seed?: number;
  temperature?: number;
  top_k?: number;
  top_p?: number;
  repetition_penalty?: number;
  max_seconds?: number;
  trim_leading_silence?: boolean;
};

export type BatchBody = { requests: SpeechBody[] };

export type FinishReason = "stop" | "length" | "runaway" | "cancelled";

export type BatchResult =
  | {
      success: true;
      /** Base64 of the item's format. */
      audio: string;
      media_type: string;
      sample_rate: number;
      seed: number;
      finish_reason: FinishReason;
      error: null;
      code: null;
    }
  | {
      success: false;
      audio: null;
      media_type: null;
      sample_rate: null;
      seed: number | null;
      finish_reason: FinishReason | null;
      error: string;
      code: ErrorCode;
    };

export type BatchResponse = {
  results: BatchResult[];
  completed_count: number;
  failed_count: number;
};

/** A line of the NDJSON answer to POST /tts/batch; the last line has the counts. */
export type BatchLine =
  | (BatchResult & { index: number })
  | { completed_count: number; failed_count: number };

export type ErrorCode =
  | "bad_json"
  | "invalid_request"
  | "text_too_long"
  | "empty_text"
  | "batch_too_large"
  | "batch_too_long"
  | "unknown_speaker"
  | "unknown_language"
  | "unsupported"
  | "unauthorized"
  | "foreign_origin"
  | "not_found"
  | "body_too_large"
  | "unsupported_media_type"
  | "queue_full"
  | "rate_limited"
  | "engine_not_ready"
  | "engine_crashed"
  | "engine_hung"
  | "out_of_memory"
  | "timeout"
  | "cancelled"
  | "conflict"
  | "unusable_recording"
  | "shutting_down"
  | "internal";

export type ErrorBody = {
  detail: string;
  code: ErrorCode;
  /** The names that would be right, for an unknown speaker or language. */
  available?: string[];
  /** Requests waiting, for `queue_full`. */
  queue_length?: number;
  retryable?: boolean;
};

/** `voice`: a kept one, in no model's own list. */
export type SpeakerBody = {
  name: string;
  description: string;
  native_language: string;
  kind: "preset" | "voice";
};

/** GET /speakers */
export type SpeakersResponse = { default: string | null; speakers: SpeakerBody[] };

/** GET /languages; "Auto" is the last one. */
export type LanguagesResponse = { default: string; languages: string[] };

export type VoiceKind = "clone" | "design";
export type VoiceSource = "upload" | "microphone" | "design" | "import";

/** A kept voice: GET /v1/audio/voices/{name}. */
export type VoiceBody = {
  name: string;
  kind: VoiceKind;
  source: VoiceSource;
  /** Of the whole reference; null: only the timbre is taken over. */
  transcript: string | null;
  description: string | null;
  language: string | null;
  /** With which a designed voice was spoken. */
  seed: number | null;
  /** Who allowed it, in the words of whoever made the voice. */
  consent: string;
  /** ISO 8601. */
  created: string;
  seconds: number;
  /** Sizes of Base models that its prompt is made for; for another it is made when first needed. */
  sizes: string[];
  /** What would make it better, in words. */
  advice: string[];
};

/** As vLLM-Omni shows it, and ours. */
export type UploadedVoiceBody = VoiceBody & {
  /** Seconds since 1970. */
  created_at: number;
  file_size: number;
  mime_type: "audio/wav";
  ref_text?: string;
  speaker_description?: string;
};

/** GET /v1/audio/voices */
export type VoicesResponse = {
  /** Speakers and kept voices. */
  voices: string[];
  uploaded_voices: UploadedVoiceBody[];
};

/** POST /v1/audio/voices, /design and /import */
export type VoiceMadeResponse = { success: true; voice: UploadedVoiceBody };

/** POST /v1/audio/voices/check */
export type VoiceCheckResponse = {
  ok: boolean;
  seconds: number;
  advice: string[];
  error: string | null;
};

/** Body of POST /v1/audio/voices/design */
export type VoiceDesignBody = {
  name: string;
  voice_description: string;
  consent: string;
  text?: string;
  language?: string;
  seed?: number;
};

/** Body of PATCH /v1/audio/voices/{name} */
export type VoiceChangeBody = { name?: string; transcript?: string | null };

export type HonouredBody = { honoured: true } | { honoured: false; reason: string };

export type ModelStateName = "absent" | "idle" | "loading" | "ready" | "failed";

export type ModelVariantName = "custom_voice" | "voice_design" | "base";

export type ModelBody = {
  id: string;
  label: string;
  /** Null for what is no Qwen3-TTS. */
  variant: ModelVariantName | null;
  /** "0.6B" */
  size: string | null;
  state: ModelStateName;
  /** Why it is absent or failed. */
  reason: string | null;
  sample_rate: number;
  speakers: SpeakerBody[];
  languages: string[];
  instruct: HonouredBody;
  sampling: HonouredBody;
  /** Cloned voices. */
  voices: HonouredBody;
  /** `voice_description` */
  design: HonouredBody;
  rows: number;
};

/** GET /capabilities */
export type CapabilitiesResponse = {
  version: string;
  engine: string;
  /** One sentence for people: what speaks now. */
  notice: string | null;
  models: ModelBody[];
  formats: AudioFormat[];
  limits: {
    text_length: number;
    instruct_length: number;
    voice_description_length: number;
    batch_items: number;
    speed: { min: number; max: number };
    pitch: { min: number; max: number };
    max_batch_seconds: number;
    item_timeout_seconds: number;
  };
};

export type ManagedModelState =
  | "absent"
  | "queued"
  | "downloading"
  | "paused"
  | "converting"
  | "on_disk"
  | "loading"
  | "ready"
  | "failed";

/** A model that this server has or could have; the preview voice is none. */
export type ManagedModelBody = {
  /** "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice"; of `--model DIR` the folder's name. */
  id: string;
  label: string;
  variant: "custom_voice" | "voice_design" | "base";
  /** "0.6B" */
  size: string;
  state: ManagedModelState;
  /** Why it failed, and when it is tried again. */
  reason: string | null;
  bytes_total: number;
  bytes_done: number;
  bytes_per_second: number | null;
  seconds_left: number | null;
  /** Of its process, while it is loaded. */
  memory_bytes: number | null;
  /** False for `--model DIR`. */
  removable: boolean;
};

/** GET /models. The other routes of models answer with the one model. */
export type ModelsResponse = {
  memory: { budget_bytes: number; used_bytes: number };
  /** Where models are kept; null where it cannot be told. */
  disk_free_bytes: number | null;
  offline: boolean;
  models: ManagedModelBody[];
};

/** A download that is under way. */
export type DownloadBody = Pick<ManagedModelBody, "id" | "bytes_done" | "bytes_total"> & {
  bytes_per_second: number;
  seconds_left: number | null;
};

/** GET /health: 200 while the process lives. */
export type HealthResponse = {
  status: "ok" | "shutting_down";
  version: string;
  engine: string;
  models: { id: string; label: string; state: ModelStateName; reason: string | null }[];
  downloads: DownloadBody[];
  uptime_seconds: number;
};

/** GET /ready: 200 or 503. */
export type ReadyResponse = { ready: boolean; engine: string; detail: string };

/** GET /requests/{id}, kept for ten minutes. Times are milliseconds since `received`. */
export type RequestRecord = {
  id: string;
  route: "/tts" | "/tts/stream" | "/tts/batch";
  state: "queued" | "running" | "done";
  /** Place in the queue, 1 is next; only while queued. */
  queue_place: number | null;
  /** Seconds of audio made so far, after speed. */
  seconds_made: number;
  sample_rate: number | null;
  /** Of the clip that is heard, or of the newest try. */
  seed: number | null;
  /** Clips that ran away and were made again with another seed. */
  retries: number;
  /** Gaps that a player has had which held `X-Recommended-Prebuffer-Ms` back and read as fast as it could. */
  underruns: number;
  finish_reason: FinishReason | null;
  error: { detail: string; code: ErrorCode } | null;
  timings: {
    received: string;
    started_ms: number | null;
    first_audio_ms: number | null;
    done_ms: number | null;
  };
  /** The records of a batch's items, in the order of the request. */
  items: string[] | null;
};

/** Response headers of the audio routes. */
export const headers = {
  requestId: "X-Request-Id",
  sampleRate: "X-Sample-Rate",
  engine: "X-Engine",
  model: "X-Model",
  seed: "X-Seed",
  recommendedPrebufferMs: "X-Recommended-Prebuffer-Ms",
  finishReason: "X-Finish-Reason",
  audioSeconds: "X-Audio-Seconds",
} as const;
