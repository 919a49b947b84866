import { Hono } from "hono";
import { stream } from "hono/streaming";

import { actorOf } from "../callers.js";
import { invalid, Problem } from "../problem.js";
import type { Services } from "../services.js";
import { signingOf } from "../services.js";
import { exportLines, readHeadOf } from "../store/audit.js";
import { createKey, listKeys, revokeKey, type KeyScope } from "../store/keys.js";
import { checked } from "../validate.js";
import * as bodies from "#validators";
import { signedIn, wholeNumber } from "./escalations.js";
import { once } from "./once.js";

interface KeyBody {
  readonly name: string;
  readonly scopes: KeyScope[];
  readonly principal: string;
  readonly project_id?: string;
  readonly display?: string;
  readonly redacted?: boolean;
  readonly expires_at_ms?: number;
}

/** Who am I, keys, the audit trail. */
export function adminRoutes(services: Services): Hono {
  const routes = new Hono();
  routes.get("/me", async (c) => {
    const caller = await signedIn(services, c, "read", "read", "escalate");
    const { principal, scopes, scope } = caller;
    return c.json({ principal, scopes, tenant: scope.tenant, project: scope.project, plan: "open", capabilities: { approval_workflow: true }, decision_kid: (await signingOf(services, scope)).kid, server_time_ms: services.now() });
  });
  routes.get("/keys", async (c) => {
    const caller = await signedIn(services, c, "read", "admin");
    return c.json({ items: await listKeys(services.store.db, caller.scope), next_cursor: null });
  });
  routes.post("/keys", async (c) => {
    const caller = await signedIn(services, c, "write", "admin");
    // A secret is shown once, so it is not kept for a replay either.
    if (c.req.header("Idempotency-Key") !== undefined) throw invalid("Idempotency-Key", "Not with keys: the secret would have to be stored. Revoke a key whose answer was lost.");
    return once(services, c, caller, { required: false }, async (unit, body) => {
      const input = checked<KeyBody>(bodies.key, body);
      if (input.project_id !== undefined && input.project_id !== caller.scope.project) throw invalid("/project_id", "There is no such project here.", "not_found");
      const made = await createKey(unit, input, { kind: "person", id: caller.principal, auth: "api-key" });
      const project = input.scopes.includes("escalate") ? await unit.tx.selectFrom("projects").select("decision_key").where("tenant_id", "=", caller.scope.tenant).where("id", "=", caller.scope.project).executeTakeFirst() : undefined;
      return { status: 201, body: { ...made, ...(project === undefined ? {} : { decision_key: project.decision_key }) } };
    });
  });
  routes.delete("/keys/:id", async (c) => {
    const caller = await signedIn(services, c, "write", "admin");
    const revoked = await services.store.change(caller.scope, (unit) => revokeKey(unit, c.req.param("id"), caller.principal));
    if (!revoked) throw new Problem("not_found", "There is no such key in use here.");
    return c.body(null, 204);
  });
  routes.get("/audit/head", async (c) => {
    const caller = await signedIn(services, c, "read", "admin");
    const head = await readHeadOf(services.store.db, caller.scope);
    if (head === null) throw new Problem("not_found", "Nothing was written yet.");
    return c.json({ head });
  });
  routes.get("/audit/export", async (c) => {
    const caller = await signedIn(services, c, "read", "admin");
    const from = wholeNumber(c, "from", 0, 0, Number.MAX_SAFE_INTEGER);
    const to = c.req.query("to") === undefined ? undefined : wholeNumber(c, "to", 0, from, Number.MAX_SAFE_INTEGER);
    await services.store.change(caller.scope, (unit) => unit.event({ type: "audit.exported", actor: actorOf(caller), subject: { kind: "stream", id: `${caller.scope.tenant}/${caller.scope.project}` }, data: { from } }));
    c.header("Content-Type", "application/x-ndjson");
    return stream(c, async (out) => {
      for await (const line of exportLines(services.store.db, caller.scope, { from, to, now: services.now() })) await out.write(`${line}\n`);
    });
  });
  return routes;
}
