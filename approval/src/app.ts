import { Hono, type Context } from "hono";

import { escalationRoutes } from "./http/escalations.js";
import { adminRoutes } from "./http/admin.js";
import { governanceRoutes } from "./http/governance.js";
import { plainHeaders } from "./http/headers.js";
import { refuseCredentialInUrl } from "./http/auth.js";
import { newId } from "./ids.js";
import { Problem } from "./problem.js";
import type { Services } from "./services.js";

/** The whole HTTP face: the API, the pages, health. */
export function createApp(services: Services): Hono {
  const app = new Hono();
  app.use(plainHeaders);
  app.use(async (c, next) => {
    c.header("X-Request-Id", newId("req"));
    refuseCredentialInUrl(c);
    await next();
  });
  app.get("/health/live", (c) => c.json({ status: "ok" }));
  app.get("/health/ready", async (c) => {
    await services.store.db.selectFrom("migrations").select("id").limit(1).execute();
    return c.json({ status: "ok", checks: { store: "ok", audit: services.auditKey === null ? "unkeyed" : "keyed", core: services.core.backend } });
  });
  app.route("/api/v1/escalations", escalationRoutes(services));
  app.route("/api/v1/governance", governanceRoutes(services));
  app.route("/api/v1", adminRoutes(services));
  app.notFound((c) => problem(c, new Problem("not_found", "There is nothing at this address.")));
  app.onError((error, c) => problem(c, asProblem(services, error, c)));
  return app;
}

function asProblem(services: Services, error: unknown, c: Context): Problem {
  if (error instanceof Problem) {
    if (error.status >= 500) services.log({ level: "error", code: error.code, path: new URL(c.req.url).pathname, error: String(error.cause) });
    return error;
  }
  if (services.stopping.aborted) return new Problem("unavailable", "The server is stopping. Try again in a moment.", { retryAfterS: 1 });
  services.log({ level: "error", code: "internal", path: new URL(c.req.url).pathname, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  return new Problem("internal", "This is a fault of the server; nothing was decided. Its log says more.");
}

function problem(c: Context, error: Problem): Response {
  if (error.retryAfterS !== undefined) c.header("Retry-After", String(error.retryAfterS));
  if (error.status === 401) c.header("WWW-Authenticate", "Bearer");
  c.header("Content-Type", "application/problem+json");
  const body = JSON.stringify(error.document(new URL(c.req.url).pathname));
  return c.body(body, error.status as 400);
}
