// Governance cases: a table of its own, with no way to apply anything.
import type { GovernanceHandoff } from "../../../sdk/src/wire.js";
import { actorOf, type Caller } from "../callers.js";
import { masked } from "../mask.js";
import { Problem } from "../problem.js";
import type { CaseRow } from "./tables.js";
import { owned, type Db, type Scope, type Unit } from "./unit.js";

/** Opens a case, or counts a repeat of the open one with the same dedupe key. Answers its id. */
export async function openCase(unit: Unit, caller: Caller, handoff: GovernanceHandoff, requester: string): Promise<string> {
  const known = await unit.tx.selectFrom("governance_cases").select(["id", "repeat_count"]).where(owned(unit.scope)).where("dedupe_key", "=", handoff.dedupe_key).where("state", "<>", "resolved").executeTakeFirst();
  if (known !== undefined) {
    await unit.tx.updateTable("governance_cases").set({ repeat_count: known.repeat_count + 1 }).where(owned(unit.scope)).where("id", "=", known.id).execute();
    return known.id;
  }
  const taken = await findCase(unit.tx, unit.scope, handoff.case_id);
  const id = taken === undefined ? handoff.case_id : `${handoff.case_id.slice(0, 180)}~${unit.now}`;
  await unit.tx
    .insertInto("governance_cases")
    .values({
      id,
      tenant_id: unit.scope.tenant,
      project_id: unit.scope.project,
      rev: 1,
      state: "open",
      overdue: 0,
      detector: handoff.detector,
      dedupe_key: handoff.dedupe_key,
      detection_id: handoff.detection_id,
      owner: caller.principal,
      requester,
      handoff: JSON.stringify(masked(handoff)),
      repeat_count: 1,
      opened_at_ms: unit.now,
      acknowledged_at_ms: null,
      acknowledged_by: null,
      resolved_at_ms: null,
      resolved_by: null,
      outcome: null,
      note: null,
      until_ms: null,
    })
    .execute();
  await unit.event({ type: "governance.opened", actor: actorOf(caller), subject: { kind: "governance", id, rev: 1 }, data: { detector: handoff.detector, severity: handoff.severity, sla_minutes: handoff.sla_minutes } });
  return id;
}

export function findCase(db: Db | Unit["tx"], scope: Scope, id: string): Promise<CaseRow | undefined> {
  return db.selectFrom("governance_cases").selectAll().where(owned(scope)).where("id", "=", id).executeTakeFirst();
}

export function listCases(db: Db, scope: Scope, state: string | undefined): Promise<CaseRow[]> {
  const rows = db.selectFrom("governance_cases").selectAll().where(owned(scope));
  return (state === undefined ? rows : rows.where("state", "=", state)).orderBy("opened_at_ms", "desc").orderBy("id", "desc").limit(100).execute();
}

export interface CaseStep {
  readonly to: "acknowledged" | "resolved";
  readonly outcome: string | null;
  readonly note: string | null;
  readonly until_ms?: number | undefined;
}

/** open → acknowledged → resolved, by a person who did not cause the case; nothing closes by time. */
export async function moveCase(unit: Unit, caller: Caller, id: string, step: CaseStep): Promise<CaseRow> {
  const row = await findCase(unit.tx, unit.scope, id);
  if (row === undefined) throw new Problem("not_found", "There is no such case here.");
  if (row.owner === caller.principal || row.requester === caller.principal) throw new Problem("self_approval", "Who caused a case cannot close it. Ask somebody else.");
  if (row.state === "resolved" || (step.to === "acknowledged" && row.state !== "open")) {
    throw new Problem("illegal_transition", `The case is ${row.state} already.`, { current: { state: row.state, rev: row.rev } });
  }
  const done =
    step.to === "acknowledged"
      ? { state: "acknowledged", acknowledged_at_ms: unit.now, acknowledged_by: caller.principal }
      : { state: "resolved", resolved_at_ms: unit.now, resolved_by: caller.principal, outcome: step.outcome, note: step.note, until_ms: step.until_ms ?? null };
  const moved = await unit.tx.updateTable("governance_cases").set({ ...done, rev: row.rev + 1 }).where(owned(unit.scope)).where("id", "=", id).where("rev", "=", row.rev).executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) throw new Problem("stale_revision", "The case changed in the meantime. Read it again.");
  await unit.event({
    type: step.to === "acknowledged" ? "governance.acknowledged" : "governance.resolved",
    actor: actorOf(caller),
    subject: { kind: "governance", id, rev: row.rev + 1 },
    data: step.outcome === null ? {} : { outcome: step.outcome },
  });
  return { ...row, ...done, rev: row.rev + 1 };
}

/** A case as the API shows it. */
export function caseDocument(row: CaseRow): object {
  return {
    schema: "agentmend.governance-case/1",
    id: row.id,
    tenant: row.tenant_id,
    project: row.project_id,
    rev: row.rev,
    detection_id: row.detection_id,
    detector: row.detector,
    state: row.state,
    overdue: row.overdue === 1,
    repeats: row.repeat_count,
    handoff: JSON.parse(row.handoff) as unknown,
    acknowledged_by: row.acknowledged_by,
    acknowledged_at_ms: row.acknowledged_at_ms,
    outcome: row.outcome,
    outcome_note: row.note,
    exception_until_ms: row.until_ms,
    resolved_by: row.resolved_by,
    resolved_at_ms: row.resolved_at_ms,
    delivery: "sent",
    opened_at_ms: row.opened_at_ms,
  };
}

/** What is open now: other fixes on the same run or target wait. */
export async function listOpenHandoffs(db: Db | Unit["tx"], scope: Scope): Promise<GovernanceHandoff[]> {
  const rows = await db.selectFrom("governance_cases").select("handoff").where(owned(scope)).where("state", "<>", "resolved").orderBy("opened_at_ms", "desc").limit(1000).execute();
  return rows.map(({ handoff }) => JSON.parse(handoff) as GovernanceHandoff);
}
