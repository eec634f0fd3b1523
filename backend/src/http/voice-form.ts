// A multipart form with one file. In: a request. Out: the file's bytes and the texts beside it, each checked for what
// its route knows; or an error that names the field. The file is held in memory: it is bounded.
import multipart, { type MultipartFile, type MultipartValue } from "@fastify/multipart";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { RequestError } from "../request-error.ts";
import { shorten } from "../model-choice.ts";

export type Form<Field extends string> = { file: Buffer; fields: Partial<Record<Field, string>> };

export type FormShape<Field extends string> = {
  file: string;
  fields: readonly Field[];
  maxBytes: number;
  tooLarge: () => RequestError;
};

const mostFields = 10;
/** More than any text that a form may have. */
const maxFieldBytes = 16 * 1024;

export async function addForms(routes: FastifyInstance): Promise<void> {
  await routes.register(multipart, {
    limits: { files: 1, fields: mostFields, fieldSize: maxFieldBytes, parts: mostFields + 1 },
  });
}

/** @throws RequestError */
export async function readForm<Field extends string>(
  request: FastifyRequest,
  shape: FormShape<Field>,
): Promise<Form<Field>> {
  if (!request.isMultipart()) {
    throw new RequestError(
      "unsupported_media_type",
      `Send a form with the file as '${shape.file}': Content-Type: multipart/form-data.`,
    );
  }
  try {
    return await readParts(request, shape);
  } catch (error) {
    throw explain(error, shape.tooLarge);
  }
}

async function readParts<Field extends string>(
  request: FastifyRequest,
  { file: fileField, fields: known, maxBytes }: FormShape<Field>,
): Promise<Form<Field>> {
  const fields: Partial<Record<Field, string>> = {};
  let file: Buffer | undefined;
  for await (const part of request.parts({ limits: { fileSize: maxBytes } })) {
    if (part.type === "file" && part.fieldname === fileField) {
      file = await part.toBuffer();
      continue;
    }
    const field = known.find((name) => name === part.fieldname);
    if (field === undefined || part.type === "file" || field in fields) {
      throw wrongField(part, [fileField, ...known]);
    }
    const text = textOf(part);
    if (text !== "") fields[field] = text; // forms send what nobody filled in, too
  }
  if (file) return { file, fields };
  throw new RequestError("invalid_request", `'${fileField}' is missing: send the file under it.`);
}

function textOf({ fieldname, value, valueTruncated }: MultipartValue): string {
  if (typeof value === "string" && !valueTruncated) return value.toWellFormed().trim();
  throw new RequestError("invalid_request", `'${fieldname}' is no text, or far too long.`);
}

function wrongField(part: MultipartFile | MultipartValue, known: readonly string[]): RequestError {
  return new RequestError(
    "invalid_request",
    `The field '${shorten(part.fieldname)}' is unknown, there twice, or of the wrong kind. Known fields: ${known.join(", ")}.`,
  );
}

/** What the form's own reader finds wrong. */
function explain(error: unknown, tooLarge: () => RequestError): unknown {
  if (error instanceof RequestError || !(error instanceof Error)) return error;
  const { code, statusCode } = error as Error & { code?: string; statusCode?: number };
  if (code === "FST_REQ_FILE_TOO_LARGE") return tooLarge();
  // Its parser's own errors have no code: whatever it cannot read is the sender's.
  if (statusCode === undefined && code?.startsWith("E")) return error;
  return new RequestError(
    "invalid_request",
    "The form cannot be read: it is cut short, damaged or has too many parts.",
  );
}
