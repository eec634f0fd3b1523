// /v1/audio/voices as a client uses it: forms with a file, and what comes back.
import { testRecording, wavOf, type TestRecording } from "../src/testing/recordings.ts";

export const voicesPath = "/v1/audio/voices";

export function formOf(
  fields: Record<string, string>,
  file?: { field: string; bytes: Uint8Array },
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append(file.field, new Blob([Uint8Array.from(file.bytes)]), "file");
  return form;
}

export function upload(
  url: string,
  fields: Record<string, string>,
  recording: TestRecording | Uint8Array = {},
): Promise<Response> {
  const bytes = recording instanceof Uint8Array ? recording : wavOf(testRecording(recording));
  const body = formOf(
    { consent: "This is my own voice.", ...fields },
    { field: "audio_sample", bytes },
  );
  return fetch(url + voicesPath, { method: "POST", body });
}

export function importVoice(
  url: string,
  bytes: Uint8Array,
  fields: Record<string, string> = {},
): Promise<Response> {
  const body = formOf(fields, { field: "file", bytes });
  return fetch(`${url}${voicesPath}/import`, { method: "POST", body });
}

export function changeVoice(url: string, name: string, change: object): Promise<Response> {
  return fetch(voiceUrl(url, name), {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(change),
  });
}

/** All that are kept. */
export async function deleteVoices(url: string): Promise<void> {
  const kept = (await (await fetch(url + voicesPath)).json()) as {
    uploaded_voices: { name: string }[];
  };
  for (const { name } of kept.uploaded_voices) {
    const { status } = await fetch(voiceUrl(url, name), { method: "DELETE" });
    if (status !== 200) throw new Error(`The voice ${name} could not be deleted: ${status}`);
  }
}

export function voiceUrl(url: string, name: string, rest = ""): string {
  return `${url}${voicesPath}/${encodeURIComponent(name)}${rest}`;
}
