import { Hono } from "hono";

import { escalationRoutes } from "./http/escalations.js";
import { adminRoutes } from "./http/admin.js";
import { governanceRoutes } from "./http/governance.js";
import { healingRoutes } from "./http/healing.js";
import { plainHeaders } from "./http/headers.js";
import { refuseCredentialInUrl } from "./http/auth.js";
import { answerProblem, asProblem } from "./http/answer-problem.js";
import { newId } from "./ids.js";
import { pageRoutes } from "./page/routes.js";
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
  app.route("/api/v1", healingRoutes(services));
  app.route("/", pageRoutes(services));
  app.notFound((c) => answerProblem(c, new Problem("not_found", "There is nothing at this address.")));
  app.onError((error, c) => answerProblem(c, asProblem(services, error, c)));
  return app;
}
