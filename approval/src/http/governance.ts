import { Hono } from "hono";

import { Problem } from "../problem.js";
import type { Services } from "../services.js";
import { caseDocument, findCase, listCases, moveCase } from "../store/cases.js";
import { checked } from "../validate.js";
import * as bodies from "#validators";
import { signedIn } from "./escalations.js";
import { once } from "./once.js";

/** Governance cases: people acknowledge and resolve them; there is nothing to approve, apply or roll back. */
export function governanceRoutes(services: Services): Hono {
  const routes = new Hono();
  routes.get("/", async (c) => {
    const caller = await signedIn(services, c, "read", "read");
    return c.json({ items: (await listCases(services.store.db, caller.scope, c.req.query("state"))).map(caseDocument), next_cursor: null });
  });
  routes.get("/:id", async (c) => {
    const caller = await signedIn(services, c, "read", "read");
    const row = await findCase(services.store.db, caller.scope, c.req.param("id"));
    if (row === undefined) throw new Problem("not_found", "There is no such case here.");
    return c.json(caseDocument(row), 200, { ETag: `"${row.rev}"` });
  });
  routes.post("/:id/acknowledge", async (c) => {
    const caller = await signedIn(services, c, "write", "approve");
    return once(services, c, caller, { required: false }, async (unit, body) => {
      const { note } = checked<{ note?: string | null }>(bodies.acknowledge, body);
      return { status: 200, body: caseDocument(await moveCase(unit, caller, c.req.param("id"), { to: "acknowledged", outcome: null, note: note ?? null })) };
    });
  });
  routes.post("/:id/resolve", async (c) => {
    const caller = await signedIn(services, c, "write", "approve");
    return once(services, c, caller, { required: false }, async (unit, body) => {
      const input = checked<{ outcome: string; note: string; until_ms?: number }>(bodies.resolve, body);
      return { status: 200, body: caseDocument(await moveCase(unit, caller, c.req.param("id"), { to: "resolved", ...input })) };
    });
  });
  for (const verb of ["approve", "reject", "apply", "promote", "rollback", "lease"]) {
    routes.post(`/:id/${verb}`, async (c) => {
      const caller = await signedIn(services, c, "write", "approve", "admin", "escalate");
      if ((await findCase(services.store.db, caller.scope, c.req.param("id"))) === undefined) throw new Problem("not_found", "There is no such case here.");
      throw new Problem("governance_has_no_apply", "A governance case is acknowledged and resolved; nothing of it can be applied.");
    });
  }
  return routes;
}
