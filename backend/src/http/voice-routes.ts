// /v1/audio/voices: kept voices, with the fields and answers of vLLM-Omni where it has them. In: forms, JSON, names.
// Out: voices. What a voice is and how it is kept is in voices/.
import type { FastifyInstance, FastifyReply } from "fastify";
import { reasons } from "../explain-error.ts";
import {
  limits,
  type UploadedVoiceBody,
  type VoiceCheckResponse,
  type VoiceMadeResponse,
  type VoicesResponse,
} from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { chooseModel, findName } from "../model-choice.ts";
import { designVoice } from "../voices/design-voice.ts";
import { checkRecording, readRecording, tooLarge } from "../voices/recording.ts";
import { maxVoiceFileBytes } from "../voices/voice-file.ts";
import { voiceFolder } from "../voices/voice-name.ts";
import type { KeptVoice } from "../voices/voice-files.ts";
import {
  changeSchema,
  designSchema,
  parseChange,
  parseDesign,
  parseUpload,
  uploadFields,
} from "./parse-voice.ts";
import type { ServerParts } from "./server.ts";
import { presetNames } from "./speakers.ts";
import { addForms, readForm } from "./voice-form.ts";

const path = "/v1/audio/voices";
type Named = { Params: { name: string } };

/** A plugin of its own: no other route takes forms. */
export async function addVoiceRoutes(app: FastifyInstance, parts: ServerParts): Promise<void> {
  await addForms(app);
  addMaking(app, parts);
  addChanging(app, parts);
  addReading(app, parts);
}

function addMaking(app: FastifyInstance, parts: ServerParts): void {
  const { voices, engine } = parts;
  const speakers = (): string[] => presetNames(engine.status());

  app.post(path, { schema: { summary: "Keep a voice: clone a recording" } }, async (request) => {
    const form = await readForm(request, { ...recordingForm, fields: uploadFields });
    return made(await voices.add(parseUpload(form, speakers())));
  });

  app.post(
    `${path}/check`,
    { schema: { summary: "What is wrong with a recording, before it is kept" } },
    async (request): Promise<VoiceCheckResponse> => {
      const { file, fields } = await readForm(request, { ...recordingForm, fields: ["ref_text"] });
      return check(file, fields.ref_text ?? null);
    },
  );

  app.post(
    `${path}/design`,
    { schema: { body: designSchema, summary: "Keep a voice: design it in words" } },
    async (request, reply) => design(parts, request.body, reply),
  );

  app.post(`${path}/import`, { schema: { summary: "Keep an exported voice" } }, async (request) => {
    const { file, fields } = await readForm(request, {
      file: "file",
      fields: ["name"],
      maxBytes: maxVoiceFileBytes,
      tooLarge: () => new RequestError("body_too_large", "The file is larger than any voice."),
    });
    return made(await voices.import(file, { name: fields.name, speakers: speakers() }));
  });
}

function addChanging(app: FastifyInstance, { voices, engine }: ServerParts): void {
  app.patch<Named>(
    `${path}/:name`,
    { schema: { body: changeSchema, summary: "Rename a voice, or say what its recording says" } },
    async ({ params, body }) => {
      const { name, transcript } = parseChange(body, presetNames(engine.status()));
      // First what may be refused: a change is made as a whole or not at all.
      if (name !== undefined) await voices.rename(params.name, name);
      const now = name ?? params.name;
      if (transcript !== undefined) await voices.transcribe(now, transcript);
      return shown(await voices.get(now));
    },
  );

  app.delete<Named>(
    `${path}/:name`,
    { schema: { summary: "Remove a voice for good" } },
    async ({ params }, reply) => {
      try {
        await voices.remove(params.name);
        return { success: true, message: `The voice '${params.name}' is removed.` };
      } catch (error) {
        if (!(error instanceof RequestError) || error.code !== "not_found") throw error;
        // As vLLM-Omni says it, and as this server says everything.
        const { code, message } = error;
        return reply.status(404).send({ success: false, error: message, detail: message, code });
      }
    },
  );
}

function addReading(app: FastifyInstance, { voices, engine }: ServerParts): void {
  app.get(
    path,
    { schema: { summary: "Speakers and kept voices" } },
    async (): Promise<VoicesResponse> => {
      const kept = await voices.list();
      return {
        voices: [...presetNames(engine.status()), ...kept.map(({ name }) => name)],
        uploaded_voices: kept.map(shown),
      };
    },
  );

  app.get<Named>(`${path}/:name`, { schema: { summary: "A kept voice" } }, async ({ params }) =>
    shown(await voices.get(params.name)),
  );

  app.get<Named>(
    `${path}/:name/audio`,
    { schema: { summary: "Its reference, a WAV file as the models hear it" } },
    async ({ params }, reply) => reply.type("audio/wav").send(await voices.reference(params.name)),
  );

  app.get<Named>(
    `${path}/:name/export`,
    { schema: { summary: "All of it as one file, for import" } },
    async ({ params }, reply) => {
      const file = `${voiceFolder(params.name)}.voice`;
      return reply
        .type("application/octet-stream")
        .header("Content-Disposition", `attachment; filename="${file}"`)
        .send(await voices.export(params.name));
    },
  );
}

const recordingForm = { file: "audio_sample", maxBytes: limits.recordingBytes, tooLarge };

function check(file: Buffer, transcript: string | null): VoiceCheckResponse {
  let seconds = 0;
  try {
    const recording = readRecording(file);
    seconds = recording.samples.length / recording.sampleRate;
    return { ok: true, seconds, advice: checkRecording(recording, transcript), error: null };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { ok: false, seconds, advice: [], error: error.message };
  }
}

/** It takes a place in the queue as any request: it is speech that is made. */
async function design(
  { engine, voices, admission }: ServerParts,
  body: unknown,
  reply: FastifyReply,
): Promise<VoiceMadeResponse> {
  const asked = parseDesign(body, presetNames(engine.status()));
  const { name, consent, voice_description: description, text, seed } = asked;
  const language = asked.language ?? "English";
  const need = { model: null, voice: { kind: "design" }, instruct: false, language } as const;
  const model = chooseModel(engine.status().models, need);
  await voices.checkFree(name);
  const signal = leaving(reply);
  const [ticket] = admission.enter([{ signal, model: model.id, prepares: false }], "interactive");
  try {
    await ticket!.ready;
    const spoken = findName(language, [...model.languages, "Auto"])!;
    const wanted = { name, description, consent, text, seed, language: spoken };
    return made(await voices.add(await designVoice({ engine, model }, wanted, signal)));
  } finally {
    ticket!.release();
  }
}

/** Aborts when the client leaves before it has its answer. */
function leaving(reply: FastifyReply): AbortSignal {
  const abort = new AbortController();
  const leave = (): void => abort.abort(reasons.clientLeft());
  reply.raw.once("close", leave);
  // It may have left while its body was being checked.
  if (reply.raw.destroyed) leave();
  return abort.signal;
}

function made(voice: KeptVoice): VoiceMadeResponse {
  return { success: true, voice: shown(voice) };
}

function shown({ bytes, ...voice }: KeptVoice): UploadedVoiceBody {
  const { created, transcript, description } = voice;
  return {
    ...voice,
    created_at: Math.floor(Date.parse(created) / 1000),
    file_size: bytes,
    mime_type: "audio/wav",
    ...(transcript === null ? {} : { ref_text: transcript }),
    ...(description === null ? {} : { speaker_description: description }),
  };
}
