// What a stretch thread and its owner say to each other. A stream has at most one job (push or
// flush) under way, which is answered by one `output`, unless the stream was closed meanwhile.
import type { EffectSettings } from "./effect.ts";

export type StretchJob = { kind: "push"; samples: Float32Array<ArrayBuffer> } | { kind: "flush" };

export type ToStretchThread =
  | { kind: "open"; stream: number; settings: EffectSettings }
  | { kind: "job"; stream: number; job: StretchJob }
  | { kind: "close"; stream: number };

export type FromStretchThread =
  | { kind: "output"; stream: number; samples: Float32Array<ArrayBuffer> }
  /** How many streams the thread holds, after each open and close. */
  | { kind: "streams"; count: number };
