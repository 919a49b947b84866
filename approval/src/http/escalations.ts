import { Hono, type Context } from "hono";
import { streamSSE } from "hono/streaming";

import { bindingHash, type BindingParts } from "../../../sdk/src/seal.js";
import type { ApprovalDecision } from "../../../sdk/src/wire.js";
import { actorOf, type Caller } from "../callers.js";
import { cancel, consume, decide, decidedText, type DecisionInput } from "../decide.js";
import { cardUrl, decisionDocument, docOf, headOf, open, stateOf } from "../escalation.js";
import { openEscalation, readRequest } from "../escalate.js";
import { invalid, Problem } from "../problem.js";
import { signingOf, type Services } from "../services.js";
import { claimEscalation, decisionsOf, listEscalations } from "../store/escalations.js";
import type { Escalation } from "../store/tables.js";
import type { Unit } from "../store/unit.js";
import { checked } from "../validate.js";
import * as bodies from "#validators";
import { authenticate, requireScope } from "./auth.js";
import { readCursor, writeCursor } from "./cursor.js";
import { once, type Answer } from "./once.js";
import { noteRate } from "./headers.js";
import { readCard, waitForCard } from "./wait.js";

const mostWaitS = 55;
const pingMs = 15_000;

/** Sections 2.1 to 2.5 of the API: ask, read, wait, decide, use, take back. */
export function escalationRoutes(services: Services): Hono {
  const routes = new Hono();
  routes.post("/", (c) => post(services, c));
  routes.get("/", (c) => list(services, c));
  routes.post("/batch-decision", (c) => decideBatch(services, c));
  routes.get("/:id", (c) => read(services, c));
  routes.post("/:id/decision", (c) => decideBy(services, c, null));
  routes.post("/:id/approve", (c) => decideBy(services, c, "approved"));
  routes.post("/:id/reject", (c) => decideBy(services, c, "rejected"));
  routes.post("/:id/consume", (c) => use(services, c));
  routes.post("/:id/cancel", (c) => takeBack(services, c));
  routes.post("/:id/claim", (c) => claim(services, c));
  routes.get("/:id/events", (c) => events(services, c));
  return routes;
}

export async function signedIn(services: Services, c: Context, kind: "read" | "write", ...scopes: Parameters<typeof requireScope>[1][]): Promise<Caller> {
  const caller = await authenticate(services, c);
  noteRate(c, services.rates.take(kind, caller.keyId));
  requireScope(caller, ...scopes);
  return caller;
}

async function post(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "escalate");
  const response = await once(services, c, caller, { required: true }, async (unit, body): Promise<Answer> => {
    const { row, created } = await openEscalation(unit, caller, readRequest(body, caller.scope, services.registry));
    const head = headOf(row, services.publicUrl());
    if (created) return { status: 201, body: head, headers: { Location: `/api/v1/escalations/${row.id}` } };
    const decision = decisionDocument(row, await decisionsOf(unit.tx, unit.scope, row.id), await signing(services, unit, caller), unit.now);
    return { status: 200, body: { ...head, deduplicated: true, ...(decision === null ? {} : { decision }) } };
  });
  if (response.status === 200 || response.headers.has("Idempotent-Replay")) services.rates.refund("write", caller.keyId);
  return response;
}

// Inside a transaction the one connection is taken: what signs is read through it.
async function signing(services: Services, unit: Unit, caller: Caller): ReturnType<typeof signingOf> {
  return signingOf({ store: { ...services.store, db: unit.tx } }, caller.scope);
}

async function read(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "read", "read", "escalate");
  const wait = wholeNumber(c, "wait", 0, 0, mostWaitS);
  const since = wholeNumber(c, "since_rev", 0, 0, Number.MAX_SAFE_INTEGER);
  const row = await waitForCard(services, caller, c.req.param("id") ?? "", wait === 0 ? -1 : since, wait * 1000, c.req.raw.signal);
  const tag = `"${row.rev}"`;
  if (c.req.header("If-None-Match") === tag) return c.body(null, 304, { ETag: tag });
  return c.json(await state(services, caller, row), 200, { ETag: tag });
}

/** The card as a stream: its state at once and after each change, until it is closed. */
async function events(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "read", "read", "escalate");
  const id = c.req.param("id") ?? "";
  await readCard(services, caller, id);
  const last = c.req.header("Last-Event-ID") ?? "0";
  let rev = /^\d{1,15}$/.test(last) ? Number(last) : 0;
  return streamSSE(c, async (out) => {
    for (;;) {
      const row = await waitForCard(services, caller, id, rev, pingMs, c.req.raw.signal);
      if (out.aborted || c.req.raw.signal.aborted) return;
      if (row.rev > rev) await out.writeSSE({ event: "state", id: String(row.rev), data: JSON.stringify(await state(services, caller, row)) });
      else await out.writeSSE({ event: "ping", data: "" });
      rev = Math.max(rev, row.rev);
      if (!open.includes(row.status) || services.stopping.aborted) return;
    }
  });
}

const claimMs = 15 * 60_000;

async function claim(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "approve");
  const id = c.req.param("id") ?? "";
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    checked(bodies.lease, body);
    const row = await readCard(services, caller, id, unit);
    if (!open.includes(row.status)) throw new Problem("already_decided", await decidedText(unit, row), { current: { status: row.status, rev: row.rev } });
    await claimEscalation(unit, id, caller.principal, unit.now + claimMs);
    return { status: 200, body: { claimed_by: caller.principal, until_ms: unit.now + claimMs } };
  });
}

/** One word for several cards. Yes only when all are for the same; governance cards are looked at one by one. */
async function decideBatch(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "approve");
  services.rates.take("decide", `${caller.scope.tenant} ${caller.principal}`);
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    const { ids, decision, note } = checked<{ ids: string[]; decision: "approved" | "rejected"; note?: string | null }>(bodies.batch, body);
    const results: object[] = [];
    let first: string | null = null;
    for (const id of ids) {
      try {
        const row = await readCard(services, caller, id, unit);
        if (row.kind === "governance") throw invalid("/ids", "A governance card is decided by itself.", "governance");
        const about = withoutRun(row);
        first ??= about;
        if (decision === "approved" && (about === null || about !== first)) throw invalid("/ids", "Only cards for exactly the same can be approved together.", "differs");
        const decided = await decide(unit, caller, id, { decision, binding_hash: row.binding_hash, note: note ?? null }, services.leastAuth);
        results.push({ id, status: decided.status });
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        results.push({ id, error: { code: error.code, message: error.message } });
      }
    }
    return { status: 207, body: { results } };
  });
}

// What a card is about, whatever its run; null when that cannot be told, because something of it is hidden.
function withoutRun(row: Escalation): string | null {
  const { request, args_masked } = docOf(row);
  return args_masked ? null : bindingHash({ ...(request.binding as BindingParts), run_id: null });
}

async function state(services: Services, caller: Caller, row: Escalation): Promise<object> {
  const decisions = await decisionsOf(services.store.db, caller.scope, row.id);
  return stateOf(row, decisions, { publicUrl: services.publicUrl(), signing: await signingOf(services, caller.scope), now: services.now(), caller });
}

async function decideBy(services: Services, c: Context, fixed: "approved" | "rejected" | null): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const caller = await authenticate(services, c);
  noteRate(c, services.rates.take("write", caller.keyId));
  if (!caller.scopes.includes("approve")) {
    await noteRefusal(services, caller, id, "missing_scope");
    requireScope(caller, "approve");
  }
  services.rates.take("decide", `${caller.scope.tenant} ${caller.principal}`);
  const rev = /^"?(\d{1,15})"?$/.exec(c.req.header("If-Match") ?? "")?.[1];
  try {
    return await once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
      const input = { ...(fixed === null ? {} : { decision: fixed }), ...(body as object) };
      if (fixed !== null && (input as { decision?: string }).decision !== fixed) throw invalid("/decision", `This address is for "${fixed}".`);
      const { notes, note, ...given } = checked<DecisionInput & { notes?: string | null }>(bodies.decision, input);
      const row = await decide(unit, caller, id, { ...given, note: note ?? notes, rev: rev === undefined ? undefined : Number(rev) }, services.leastAuth);
      const decision = decisionDocument(row, await decisionsOf(unit.tx, unit.scope, id), await signing(services, unit, caller), unit.now);
      return { status: 200, body: decision ?? headOf(row, services.publicUrl()), headers: { ETag: `"${row.rev}"` } };
    });
  } catch (error) {
    if (error instanceof Problem && (error.code === "self_approval" || error.code === "four_eyes_same_principal" || error.code === "approver_not_allowed")) await noteRefusal(services, caller, id, error.code);
    const repeated = await sameDecision(services, caller, id, error, fixed);
    if (repeated !== null) return c.json(repeated, 200);
    throw error;
  }
}

// Without an Idempotency-Key a repeat by the same person is told apart by what it finds: its own decision.
async function sameDecision(services: Services, caller: Caller, id: string, error: unknown, fixed: string | null): Promise<ApprovalDecision | null> {
  if (!(error instanceof Problem) || error.code !== "already_decided" || fixed === null) return null;
  const row = await services.store.db.selectFrom("escalations").selectAll().where("id", "=", id).where("tenant_id", "=", caller.scope.tenant).where("project_id", "=", caller.scope.project).executeTakeFirst();
  if (row === undefined || row.status !== fixed) return null;
  const decisions = await decisionsOf(services.store.db, caller.scope, id);
  if (!decisions.some((made) => made.decision === fixed && made.principal === caller.principal)) return null;
  return decisionDocument(row, decisions, await signingOf(services, caller.scope), services.now());
}

/** Somebody tried to decide who may not: that is in the trail. */
async function noteRefusal(services: Services, caller: Caller, id: string, code: string): Promise<void> {
  await services.store.change(caller.scope, (unit) =>
    unit.event({ type: "override_refused", actor: actorOf(caller), subject: { kind: "escalation", id: /^[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}$/.test(id) ? id : "unknown" }, data: { code } }),
  );
}

async function use(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "escalate");
  return once(services, c, caller, { required: true }, async (unit, body): Promise<Answer> => {
    const { binding_hash } = checked<{ binding_hash: string }>(bodies.consume, body);
    const used = await consume(unit, caller, c.req.param("id") ?? "", binding_hash, await signing(services, unit, caller));
    return { status: 200, body: used };
  });
}

async function takeBack(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "escalate", "admin");
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    const { reason } = checked<{ reason?: string }>(bodies.cancel, body);
    const row = await cancel(unit, caller, c.req.param("id") ?? "", reason);
    return { status: 200, body: headOf(row, services.publicUrl()) };
  });
}

async function list(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "read", "read", "escalate");
  const limit = wholeNumber(c, "limit", 50, 1, 100);
  const due = c.req.query("due_before_ms");
  const rows = await listEscalations(services.store.db, caller.scope, {
    ...Object.fromEntries((["status", "severity", "kind", "detector", "agent"] as const).map((name) => [name, c.req.query(name)])),
    due_before_ms: due === undefined ? undefined : wholeNumber(c, "due_before_ms", 0, 0, Number.MAX_SAFE_INTEGER),
    owner: caller.scopes.includes("read") ? undefined : caller.principal,
    after: readCursor(c.req.query("cursor"), (await signingOf(services, caller.scope)).key),
    limit,
  });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(last, (await signingOf(services, caller.scope)).key) : null;
  if (c.req.query("order") === "urgency") items.sort(byUrgency);
  return c.json({ items: items.map((row) => summary(row, services.publicUrl())), next_cursor: next });
}

const ranks = ["critical", "high", "medium", "low"];

/** The worst first, then the one whose time is up first. */
export function byUrgency(one: Escalation, other: Escalation): number {
  return ranks.indexOf(one.severity) - ranks.indexOf(other.severity) || one.expires_at_ms - other.expires_at_ms;
}

function summary(row: Escalation, publicUrl: string): object {
  const { id, rev, kind, status, severity, title, detector, agent, tool, binding_hash, repeat_count, created_at_ms, expires_at_ms } = row;
  return { id, rev, kind, status, severity, title, detector, agent, tool, binding_hash, repeat_count, created_at_ms, expires_at_ms, approval_url: cardUrl(publicUrl, id) };
}

export function wholeNumber(c: Context, name: string, fallback: number, least: number, most: number): number {
  const text = c.req.query(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value >= least && value <= most) return value;
  throw invalid(`?${name}`, `A whole number from ${least} to ${most}.`);
}
