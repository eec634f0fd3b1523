// /openapi.json and /docs, from the schemas of the routes.
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, FastifySchema } from "fastify";
import { errorSchema } from "./schemas.ts";

export async function addDocumentation(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Qwen TTS for Node",
        description: "Text in, speech out, heard while it is still being made.",
        version,
      },
      // A server without keys asks for none.
      security: [{}, { bearer: [] }],
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    },
    transform: ({ schema, url }) => ({ schema: withAnswers(schema), url }),
  });
  await app.register(swaggerUi, { routePrefix: "/docs" });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}

/** JSON where the route says nothing else, and on every route the error body. */
function withAnswers(schema: FastifySchema): FastifySchema {
  const json = { type: "object", description: schema.summary };
  const answers = schema.response as object | undefined;
  return { ...schema, response: { 200: json, ...answers, default: errorSchema } };
}
