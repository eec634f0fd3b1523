// What is kept of a voice beside its recording. In: the text of a voice.json, from this program or from anybody. Out:
// a checked Voice, or why it is none.
import { limits, type VoiceBody } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { checkVoiceName } from "./voice-name.ts";
import { Compile, Type } from "../typebox.ts";

/** The sizes of its prompts are files beside it. */
export type Voice = Omit<VoiceBody, "sizes">;

/** To be raised when what is kept is to be read otherwise. */
const schemaVersion = 1;

const orNull = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

const validator = Compile(
  Type.Object(
    {
      name: Type.String(),
      kind: Type.Union([Type.Literal("clone"), Type.Literal("design")]),
      source: Type.Union([
        Type.Literal("upload"),
        Type.Literal("microphone"),
        Type.Literal("design"),
        Type.Literal("import"),
      ]),
      transcript: orNull(text(limits.transcriptLength)),
      description: orNull(text(limits.voiceDescriptionLength)),
      language: orNull(text(40)),
      seed: orNull(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
      consent: text(limits.consentLength),
      created: Type.String({ pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" }),
      seconds: Type.Number({ exclusiveMinimum: 0, maximum: 60 }),
      advice: Type.Array(text(300), { maxItems: 10 }),
    },
    { additionalProperties: false },
  ),
);

export function writeVoice(voice: Voice): string {
  return `${JSON.stringify({ schema: schemaVersion, ...voice }, null, 2)}\n`;
}

/** @throws RequestError */
export function readVoice(json: string): Voice {
  const { schema, ...voice } = parse(json);
  if (schema !== schemaVersion) {
    throw damagedVoice(
      `its schema is ${typeof schema === "number" ? schema : "unknown"}, and this version reads ${schemaVersion}`,
    );
  }
  if (!validator.Check(voice)) throw damagedVoice(whatIsWrong(voice));
  if (checkVoiceName(voice.name) !== voice.name) throw damagedVoice("its name is not as kept");
  if (Number.isNaN(Date.parse(voice.created))) throw damagedVoice("it has no date");
  return voice;
}

export function damagedVoice(why: string): RequestError {
  return new RequestError("invalid_request", `This is no voice that can be used: ${why}.`);
}

function parse(json: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(json);
    if (typeof found === "object" && found !== null) return { ...found };
  } catch {
    // Told below, as anything else that is no object.
  }
  throw damagedVoice("its description is no JSON object");
}

function whatIsWrong(voice: object): string {
  const [fault] = validator.Errors(voice);
  return `${fault?.instancePath ?? ""} ${fault?.message ?? "it is incomplete"}`.trim();
}
