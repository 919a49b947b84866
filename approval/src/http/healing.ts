import { Hono, type Context } from "hono";

import type { Detection } from "../../../sdk/src/wire.js";
import type { Caller } from "../callers.js";
import { decide } from "../decide.js";
import { cardUrl, decisionDocument, docOf } from "../escalation.js";
import { lease, leasable, report, resetTarget, rollBack, trigger, type ReportInput, type TriggerInput } from "../healing.js";
import { recordOf } from "../healing-steps.js";
import { invalid, Problem, type FieldError } from "../problem.js";
import { detectorOf } from "../registry.js";
import { signingOf, type Services } from "../services.js";
import { findCase } from "../store/cases.js";
import { decisionsOf, findEscalation } from "../store/escalations.js";
import { findDetection, findRecord, insertDetection, listRecords } from "../store/healing.js";
import type { HealingRow } from "../store/tables.js";
import type { Unit } from "../store/unit.js";
import { checked } from "../validate.js";
import * as bodies from "#validators";
import { signedIn, wholeNumber } from "./escalations.js";
import { once, type Answer } from "./once.js";

/** Detections in, records out: opened by the gate, worked on under a lease, reported step by step. */
export function healingRoutes(services: Services): Hono {
  const routes = new Hono();
  routes.post("/detections", (c) => postDetections(services, c));
  routes.get("/detections/:id", async (c) => {
    const caller = await signedIn(services, c, "read", "read", "escalate");
    const found = await findDetection(services.store.db, caller.scope, c.req.param("id"));
    if (found === undefined) throw new Problem("not_found", "There is no such detection here.");
    return c.json(found);
  });
  routes.post("/healing/trigger/:detection_id", (c) => postTrigger(services, c));
  routes.get("/healing", (c) => list(services, c));
  routes.get("/healing/:id", (c) => read(services, c));
  routes.get("/healing/:id/status", (c) => read(services, c));
  routes.post("/healing/:id/lease", (c) => postLease(services, c));
  routes.post("/healing/:id/report", (c) => postReport(services, c));
  routes.post("/healing/:id/rollback", (c) => postRollBack(services, c));
  routes.post("/targets/:id/reset", async (c) => {
    const caller = await signedIn(services, c, "write", "admin");
    return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
      const { reason } = checked<{ reason: string }>(bodies.reset, body);
      await resetTarget(unit, caller, c.req.param("id"), reason);
      return { status: 200, body: { halted: false } };
    });
  });
  routes.post("/healing/:id/approve", (c) => decideRecord(services, c, "approved"));
  routes.post("/healing/:id/reject", (c) => decideRecord(services, c, "rejected"));
  return routes;
}

async function postDetections(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "escalate");
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    const { items } = checked<{ items: unknown[] }>(bodies.detections, body);
    const results: object[] = [];
    for (const [at, item] of items.entries()) results.push(await storeDetection(services, unit, item, at));
    return { status: 207, body: { results } };
  });
}

async function storeDetection(services: Services, unit: Unit, item: unknown, at: number): Promise<object> {
  try {
    detectorOf(services.registry, (item as { detector?: unknown } | null)?.detector, "/detector");
    const detection = checked<Detection>(bodies.detection, item);
    return { id: detection.id, status: (await insertDetection(unit, detection)) ? "created" : "exists" };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const [first] = error.errors ?? ([] as FieldError[]);
    return { id: null, status: "rejected", error: { code: error.code, pointer: `/items/${at}${first?.pointer ?? ""}`, message: first?.message ?? error.message } };
  }
}

async function postTrigger(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "escalate");
  const id = c.req.param("detection_id") ?? "";
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    const input = checked<TriggerInput>(bodies.trigger, body);
    const detection = await findDetection(unit.tx, unit.scope, id);
    if (detection === undefined) throw new Problem("not_found", "There is no such detection here. POST /api/v1/detections first.");
    const triggered = await trigger(unit, caller, services.registry, detection, input);
    if (triggered.kind === "case") {
      const { row } = triggered.card;
      return { status: 202, body: { status: "escalated", case_id: row.case_id, escalation_id: row.id, approval_url: cardUrl(services.publicUrl(), row.id), handoff: triggered.handoff } };
    }
    const { row, created, card } = triggered;
    const record = recordOf(row);
    const url = card === null ? {} : { escalation_id: card.row.id, approval_url: cardUrl(services.publicUrl(), card.row.id) };
    return { status: created ? 201 : 200, body: { ...summary(row), fix_id: record.chosen_fix_id, gate: record.gate, patch: record.patch, inverse: record.inverse, message: messageOf(row), ...url } };
  });
}

function messageOf(row: HealingRow): string {
  if (row.state === "applying") return "Ready to apply: the client that holds the target applies it.";
  if (row.state === "awaiting_approval") return "Waits for a person.";
  return `The record is ${row.state.replaceAll("_", " ")}.`;
}

function summary(row: HealingRow): object {
  const { status, approval_required, risk, target } = recordOf(row);
  return { id: row.id, healing_id: row.id, detection_id: row.detection_id, detector: row.detector, state: row.state, status, fix_type: row.fix_type, risk, target, approval_required, escalation_id: row.escalation_id, rev: row.rev, created_at_ms: row.created_at_ms };
}

async function list(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "read", "read", "escalate");
  const asked = c.req.query("state");
  const states = asked === "leasable" ? leasable : asked === undefined ? [] : asked.split(",");
  const rows = await listRecords(services.store.db, caller.scope, { states, target: c.req.query("target"), detector: c.req.query("detector"), limit: wholeNumber(c, "limit", 50, 1, 100) });
  return c.json({ items: rows.map(summary), next_cursor: null });
}

async function read(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "read", "read", "escalate");
  const row = await findRecord(services.store.db, caller.scope, c.req.param("id") ?? "");
  if (row === undefined) throw new Problem("not_found", "There is no such record here.");
  const record = recordOf(row);
  const whole = c.req.query("include") === "original_state" && !caller.redacted;
  return c.json(whole ? record : { ...record, original_state: null }, 200, { ETag: `"${row.rev}"` });
}

// A governance case is no record, whatever is asked of it.
async function refuseCase(unit: Unit, id: string): Promise<void> {
  if ((await findCase(unit.tx, unit.scope, id)) !== undefined) throw new Problem("governance_has_no_apply", "A governance case is acknowledged and resolved; nothing of it can be applied.");
}

async function postLease(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "escalate");
  const id = c.req.param("id") ?? "";
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    checked(bodies.lease, body);
    await refuseCase(unit, id);
    const { row, token, expiresAtMs } = await lease(unit, id);
    const card = row.escalation_id === null ? undefined : await findEscalation(unit.tx, unit.scope, row.escalation_id);
    const decision = card === undefined ? null : decisionDocument(card, await decisionsOf(unit.tx, unit.scope, card.id), await signingIn(services, unit), unit.now);
    return { status: 200, body: { lease: { token, expires_at_ms: expiresAtMs }, binding_hash: card?.binding_hash ?? null, decision, request: card === undefined ? null : docOf(card).request, record: recordOf(row) } };
  });
}

function signingIn(services: Services, unit: Unit): ReturnType<typeof signingOf> {
  return signingOf({ store: { ...services.store, db: unit.tx } }, unit.scope);
}

async function postReport(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "escalate");
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    const row = await report(unit, caller, c.req.param("id") ?? "", checked<ReportInput>(bodies.report, body));
    const { state, status, rev, validation } = recordOf(row);
    return { status: 200, body: { healing_id: row.id, state, status, rev, validation } };
  });
}

async function postRollBack(services: Services, c: Context): Promise<Response> {
  const caller = await signedIn(services, c, "write", "approve", "admin", "escalate");
  const id = c.req.param("id") ?? "";
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    checked(bodies.rollback, body);
    await refuseCase(unit, id);
    const { row, before } = await rollBack(unit, caller, id);
    return { status: 202, body: { healing_id: id, rolled_back: false, previous_status: before, current_status: recordOf(row).status, state: row.state, message: "Waiting for the client that holds the target." } };
  });
}

/** The same decision as on the card, named by its record. */
async function decideRecord(services: Services, c: Context, decision: "approved" | "rejected"): Promise<Response> {
  const caller: Caller = await signedIn(services, c, "write", "approve");
  services.rates.take("decide", `${caller.scope.tenant} ${caller.principal}`);
  const id = c.req.param("id") ?? "";
  const rev = /^"?(\d{1,15})"?$/.exec(c.req.header("If-Match") ?? "")?.[1];
  return once(services, c, caller, { required: false }, async (unit, body): Promise<Answer> => {
    await refuseCase(unit, id);
    const given = checked<{ binding_hash?: string; note?: string | null; notes?: string | null; decision?: string }>(bodies.decision, { decision, ...(body as object) });
    if (given.decision !== decision) throw invalid("/decision", `This address is for "${decision}".`);
    const row = await findRecord(unit.tx, unit.scope, id);
    if (row === undefined) throw new Problem("not_found", "There is no such record here.");
    if (row.escalation_id === null) throw new Problem("illegal_transition", "This record needs no person: its fix is SAFE.", { current: { state: row.state, rev: row.rev } });
    if (rev !== undefined && Number(rev) !== row.rev) throw new Problem("stale_revision", "The record changed since it was read. Look at it again. Nothing was changed.");
    const card = await findEscalation(unit.tx, unit.scope, row.escalation_id);
    await decide(unit, caller, row.escalation_id, { decision, binding_hash: given.binding_hash ?? (rev === undefined ? undefined : card?.binding_hash), note: given.note ?? given.notes ?? null }, services.leastAuth);
    const after = await findRecord(unit.tx, unit.scope, id);
    const { status, state } = recordOf(after ?? row);
    return { status: 200, body: { healing_id: id, approved: decision === "approved", status, state, message: decision === "approved" ? `Approved by ${caller.principal.replace(/^user:/, "")}. The client applies it.` : "Rejected. Nothing was changed." } };
  });
}
