// The routes of the kept voices. In: recordings, descriptions, names. Out: what the server keeps. Knows
// nothing of React.
import type {
  VoiceBody,
  VoiceChangeBody,
  VoiceCheckResponse,
  VoiceDesignBody,
  VoiceMadeResponse,
  VoiceSource,
  VoicesResponse,
} from "qwen-tts/protocol";
import { requestFile, requestJson } from "../api.ts";
import type { RequestOptions } from "../api.ts";

const base = "/v1/audio/voices";
const pathOf = (name: string) => `${base}/${encodeURIComponent(name)}`;

export type NewRecording = {
  audio: Blob;
  name: string;
  consent: string;
  source: VoiceSource;
  /** Empty: the voice is taken from its sound alone. */
  transcript: string;
};

/** Voices by date, the newest first. @throws ApiError */
export async function getVoices(options: RequestOptions): Promise<VoiceBody[]> {
  const { uploaded_voices: voices } = await requestJson<VoicesResponse>(base, options);
  return voices.toSorted((a, b) => b.created.localeCompare(a.created));
}

/** What is good and bad about a recording. @throws ApiError */
export function checkRecording(audio: Blob, options: RequestOptions): Promise<VoiceCheckResponse> {
  const form = new FormData();
  form.set("audio_sample", audio, "recording.wav");
  return requestJson(`${base}/check`, { ...options, method: "POST", body: form });
}

/** @throws ApiError */
export async function addVoice(
  recording: NewRecording,
  options: RequestOptions,
): Promise<VoiceBody> {
  const form = new FormData();
  form.set("name", recording.name);
  form.set("consent", recording.consent);
  form.set("source", recording.source);
  if (recording.transcript) form.set("ref_text", recording.transcript);
  form.set("audio_sample", recording.audio, "recording.wav");
  return made(
    await requestJson<VoiceMadeResponse>(base, { ...options, method: "POST", body: form }),
  );
}

/** @throws ApiError */
export async function designVoice(
  body: VoiceDesignBody,
  options: RequestOptions,
): Promise<VoiceBody> {
  return made(
    await requestJson<VoiceMadeResponse>(`${base}/design`, { ...options, method: "POST", body }),
  );
}

/** @throws ApiError */
export async function importVoice(file: File, options: RequestOptions): Promise<VoiceBody> {
  const form = new FormData();
  form.set("file", file);
  return made(
    await requestJson<VoiceMadeResponse>(`${base}/import`, {
      ...options,
      method: "POST",
      body: form,
    }),
  );
}

/** @throws ApiError */
export function changeVoice(
  name: string,
  change: VoiceChangeBody,
  options: RequestOptions,
): Promise<VoiceBody> {
  return requestJson(pathOf(name), { ...options, method: "PATCH", body: change });
}

/** The recording it was made of, or with which it was designed. @throws ApiError */
export function getVoiceAudio(name: string, options: RequestOptions): Promise<Blob> {
  return requestFile(`${pathOf(name)}/audio`, options);
}

/** All of a voice in one file, for `importVoice`. @throws ApiError */
export function exportVoice(name: string, options: RequestOptions): Promise<Blob> {
  return requestFile(`${pathOf(name)}/export`, options);
}

/** @throws ApiError */
export function deleteVoice(name: string, options: RequestOptions): Promise<{ success: boolean }> {
  return requestJson(pathOf(name), { ...options, method: "DELETE" });
}

function made({ voice }: VoiceMadeResponse): VoiceBody {
  return voice;
}
