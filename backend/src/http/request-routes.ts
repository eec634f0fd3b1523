// GET and DELETE /requests/{id}: how a request is doing, and its end by another connection. That is
// how a page, which cannot read trailers, learns how its stream ended.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { reasons } from "../explain-error.ts";
import { RequestError } from "../request-error.ts";
import type { RequestEntry } from "../request-log.ts";
import type { ServerParts } from "./server.ts";
import { Type } from "../typebox.ts";

export function addRequestRoutes(app: FastifyInstance, { requests }: ServerParts): void {
  const params = Type.Object({ id: Type.String() });
  const find = (request: FastifyRequest): RequestEntry => {
    const { id } = request.params as { id: string };
    const entry = requests.find(id);
    if (entry) return entry;
    throw new RequestError(
      "not_found",
      `No request '${id.slice(0, 64)}' is known. Records are kept for 10 minutes after the end.`,
    );
  };

  app.get(
    "/requests/:id",
    { schema: { params, summary: "State, seconds made, finish reason, error, timings" } },
    (request) => find(request).record(),
  );

  app.delete(
    "/requests/:id",
    { schema: { params, summary: "Cancel; the answer is its record" } },
    (request) => {
      const entry = find(request);
      if (!entry.done) entry.cancel(reasons.deleted(entry.id));
      return entry.record();
    },
  );
}
