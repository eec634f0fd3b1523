// GET /models, and what can be done with one of them. In: the id of a model, in one piece of the address
// (`Qwen%2FQwen3-…`). Out: its state as it is then.
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ManagedModelBody } from "../protocol.ts";
import type { ServerParts } from "./server.ts";
import { Type } from "../typebox.ts";

export function addModelRoutes(app: FastifyInstance, { models }: ServerParts): void {
  const params = Type.Object({ id: Type.String() });
  const of =
    (act: (id: string) => Promise<ManagedModelBody>) =>
    (request: FastifyRequest): Promise<ManagedModelBody> =>
      act((request.params as { id: string }).id);

  app.get("/models", { schema: { summary: "Models: state, size, progress of downloads" } }, () =>
    models.list(),
  );
  app.post(
    "/models/:id/download",
    { schema: { params, summary: "Start a download, or go on with it" } },
    of((id) => models.download(id)),
  );
  app.post(
    "/models/:id/pause",
    { schema: { params, summary: "Pause a download; what is there stays" } },
    of((id) => models.pause(id)),
  );
  app.post(
    "/models/:id/unload",
    { schema: { params, summary: "Give the memory of a model back until it is needed" } },
    of((id) => models.unload(id)),
  );
  app.delete(
    "/models/:id",
    { schema: { params, summary: "Delete what is on the disk of a model" } },
    of((id) => models.remove(id)),
  );
}
