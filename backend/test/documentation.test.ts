// /openapi.json and /docs: every route, every field with its range, every answer.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFakeServer } from "./test-server.ts";

type Schema = { [keyword: string]: unknown; properties?: Record<string, Schema> };
type Answer = { description: string; content?: Record<string, { schema: Schema }> };
type Operation = {
  summary?: string;
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, Answer>;
};
type Document = {
  openapi: string;
  info: { title: string; version: string };
  security: object[];
  components: { securitySchemes: Record<string, object> };
  paths: Record<string, Record<string, Operation>>;
};

let fake: Awaited<ReturnType<typeof startFakeServer>>;
let document: Document;
beforeAll(async () => {
  fake = await startFakeServer();
  document = (await (await fetch(`${fake.url}/openapi.json`)).json()) as Document;
});
afterAll(() => fake.close());

/** [method, path, operation] of each route. */
function operations(): [string, string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method,
      path,
      operation,
    ]),
  );
}

const routes = [
  "delete /models/{id}",
  "delete /requests/{id}",
  "delete /v1/audio/voices/{name}",
  "get /capabilities",
  "get /health",
  "get /languages",
  "get /metrics",
  "get /models",
  "get /ready",
  "get /requests/{id}",
  "get /speakers",
  "get /v1/audio/voices",
  "get /v1/audio/voices/{name}",
  "get /v1/audio/voices/{name}/audio",
  "get /v1/audio/voices/{name}/export",
  "patch /v1/audio/voices/{name}",
  "post /models/{id}/download",
  "post /models/{id}/pause",
  "post /models/{id}/unload",
  "post /tts",
  "post /tts/batch",
  "post /tts/stream",
  "post /v1/audio/voices",
  "post /v1/audio/voices/check",
  "post /v1/audio/voices/design",
  "post /v1/audio/voices/import",
];

describe("/openapi.json", () => {
  test("is OpenAPI 3.1 with every route of the contract and no other", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: "Qwen TTS for Node", version: "0.0.0-test" });
    const documented = operations().map(([method, path]) => `${method} ${path}`);
    expect(documented.sort()).toEqual(routes);
  });

  test("each route has words, its parameters, its answers and the error body", () => {
    for (const [method, path, operation] of operations()) {
      const route = `${method} ${path}`;
      expect(operation.summary, route).toMatch(/\w{3}/);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect((operation.parameters ?? []).map(({ name }) => name)).toEqual(inPath);
      expect(operation.parameters?.every((one) => one.in === "path" && one.required) ?? true).toBe(
        true,
      );
      expect(Object.keys(operation.responses).sort(), route).toEqual(["200", "default"]);
      for (const answer of Object.values(operation.responses)) {
        expect(answer.description, route).toMatch(/\w{3}/);
        expect(answer.description, route).not.toBe("Default Response");
      }
      const error = operation.responses.default!.content!["application/json"]!.schema;
      expect(Object.keys(error.properties!)).toEqual(expect.arrayContaining(["detail", "code"]));
    }
  });

  test.each(["/tts", "/tts/stream"])("%s takes the fields of the contract's table", (path) => {
    const { requestBody, responses } = document.paths[path]!.post!;
    const schema = requestBody!.content["application/json"]!.schema;
    expect(requestBody!.required).toBe(true);
    expect(schema).toMatchObject(speechBody);
    expect(Object.keys(schema.properties!).sort()).toEqual(
      Object.keys(speechBody.properties).sort(),
    );
    expect(Object.keys(responses["200"]!.content!)).toEqual(["audio/wav", "audio/pcm"]);
  });

  test("/tts/batch takes one to ten of them", () => {
    const { requestBody, responses } = document.paths["/tts/batch"]!.post!;
    expect(requestBody!.content["application/json"]!.schema).toMatchObject({
      required: ["requests"],
      additionalProperties: false,
      properties: { requests: { type: "array", minItems: 1, maxItems: 10, items: speechBody } },
    });
    expect(Object.keys(responses["200"]!.content!)).toEqual([
      "application/json",
      "application/x-ndjson",
    ]);
  });

  test("a key is a bearer token, and may not be needed", () => {
    expect(document.security).toEqual([{}, { bearer: [] }]);
    expect(document.components.securitySchemes).toEqual({
      bearer: { type: "http", scheme: "bearer" },
    });
  });

  test("has no dangling reference and nothing undefined", () => {
    expect(JSON.stringify(document)).not.toMatch(/\$ref|undefined/);
  });
});

const speechBody = {
  type: "object",
  required: ["text"],
  additionalProperties: false,
  properties: {
    text: { type: "string", minLength: 1, maxLength: 5000 },
    model: { type: "string", minLength: 1 },
    speaker: { type: "string" },
    voice_description: { type: "string", minLength: 1, maxLength: 1000 },
    language: { type: "string", default: "English" },
    speed: { type: "number", minimum: 0.25, maximum: 4, default: 1 },
    pitch: { type: "number", minimum: 0.5, maximum: 2, default: 1 },
    instruct: { anyOf: [{ type: "string", maxLength: 1000 }, { type: "null" }] },
    format: { anyOf: [{ enum: ["wav"] }, { enum: ["pcm"] }], default: "wav" },
    seed: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    temperature: { type: "number", exclusiveMinimum: 0, maximum: 2 },
    top_k: { type: "integer", minimum: 1, maximum: 2048 },
    top_p: { type: "number", exclusiveMinimum: 0, maximum: 1 },
    repetition_penalty: { type: "number", minimum: 1, maximum: 2 },
    max_seconds: { type: "number", exclusiveMinimum: 0 },
    trim_leading_silence: { type: "boolean", default: false },
  },
};

test("/docs serves a page whose files are there", async () => {
  const response = await fetch(`${fake.url}/docs/`);
  expect(response.status).toBe(200);
  const page = await response.text();
  expect(page).toContain("<!DOCTYPE html>");
  const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const found = await fetch(new URL(file, response.url));
    expect(found.status, file).toBe(200);
    await found.arrayBuffer();
  }
  expect((await fetch(`${fake.url}/docs`)).status).toBe(200);
});
