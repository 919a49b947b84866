import { newId } from "../ids.js";
import type { DecisionRow, Escalation } from "./tables.js";
import { owned, type Db, type Scope, type Unit } from "./unit.js";

type Reader = Db | Unit["tx"];

export function findEscalation(db: Reader, scope: Scope, id: string): Promise<Escalation | undefined> {
  return db.selectFrom("escalations").selectAll().where(owned(scope)).where("id", "=", id).executeTakeFirst();
}

/** The project of a card, for a page that was opened with its address alone: within one tenant. */
export async function projectOfEscalation(db: Db, tenant: string, id: string): Promise<string | undefined> {
  return (await db.selectFrom("escalations").select("project_id").where("tenant_id", "=", tenant).where("id", "=", id).executeTakeFirst())?.project_id;
}

/** The newest card for exactly this call or fix, in this run. */
export function newestFor(db: Reader, scope: Scope, bindingHash: string, runId: string): Promise<Escalation | undefined> {
  return db.selectFrom("escalations").selectAll().where(owned(scope)).where("binding_hash", "=", bindingHash).where("run_id", "=", runId).orderBy("created_at_ms", "desc").orderBy("id", "desc").limit(1).executeTakeFirst();
}

/** The newest other card for exactly this call or fix, in this run, whose approval was used. */
export function usedBefore(db: Reader, scope: Scope, { id, binding_hash, run_id }: Escalation): Promise<Escalation | undefined> {
  return db.selectFrom("escalations").selectAll().where(owned(scope)).where("binding_hash", "=", binding_hash).where("run_id", "=", run_id).where("id", "!=", id).where("consumed_at_ms", "is not", null).orderBy("consumed_at_ms", "desc").limit(1).executeTakeFirst();
}

export async function insertEscalation(unit: Unit, row: Omit<Escalation, "tenant_id" | "project_id">): Promise<void> {
  await unit.tx.insertInto("escalations").values({ ...row, tenant_id: unit.scope.tenant, project_id: unit.scope.project }).execute();
}

/** Compare-and-set: true when the row was still as it was read. The one way in which a card's status changes. */
export async function moveEscalation(unit: Unit, row: Escalation, to: Partial<Pick<Escalation, "status" | "consumed_at_ms" | "healing_id">>): Promise<boolean> {
  const done = await unit.tx
    .updateTable("escalations")
    .set({ ...to, rev: row.rev + 1 })
    .where(owned(unit.scope))
    .where("id", "=", row.id)
    .where("rev", "=", row.rev)
    .where("status", "=", row.status)
    .executeTakeFirst();
  unit.wake(row.id);
  return done.numUpdatedRows === 1n;
}

/** Says who looks at a card; blocks nobody. */
export async function claimEscalation(unit: Unit, id: string, by: string, untilMs: number): Promise<void> {
  await unit.tx.updateTable("escalations").set({ claimed_by: by, claimed_until_ms: untilMs }).where(owned(unit.scope)).where("id", "=", id).execute();
}

export async function countRepeat(unit: Unit, row: Escalation): Promise<void> {
  await unit.tx.updateTable("escalations").set({ repeat_count: row.repeat_count + 1 }).where(owned(unit.scope)).where("id", "=", row.id).execute();
}

export async function insertDecision(unit: Unit, row: Omit<DecisionRow, "id" | "tenant_id" | "project_id" | "at_ms">): Promise<string> {
  const id = newId("dec");
  await unit.tx.insertInto("decisions").values({ ...row, id, at_ms: unit.now, tenant_id: unit.scope.tenant, project_id: unit.scope.project }).execute();
  return id;
}

/** Oldest first. */
export function decisionsOf(db: Reader, scope: Scope, escalationId: string): Promise<DecisionRow[]> {
  return db.selectFrom("decisions").selectAll().where(owned(scope)).where("escalation_id", "=", escalationId).orderBy("at_ms").orderBy("id").execute();
}

/** Cards whose time is up; of all projects. */
export function overdueEscalations(db: Db, now: number): Promise<Pick<Escalation, "id" | "tenant_id" | "project_id">[]> {
  return db.selectFrom("escalations").select(["id", "tenant_id", "project_id"]).where("status", "in", ["pending", "acknowledged"]).where("expires_at_ms", "<=", now).limit(500).execute();
}

export interface ListQuery {
  readonly status?: string | undefined;
  readonly severity?: string | undefined;
  readonly kind?: string | undefined;
  readonly detector?: string | undefined;
  readonly agent?: string | undefined;
  readonly due_before_ms?: number | undefined;
  readonly owner?: string | undefined;
  readonly after?: { created_at_ms: number; id: string } | undefined;
  readonly limit: number;
}

/** Newest first; one more than the limit is read to know whether there is a next page. */
export function listEscalations(db: Db, scope: Scope, query: ListQuery): Promise<Escalation[]> {
  let rows = db.selectFrom("escalations").selectAll().where(owned(scope));
  for (const column of ["status", "severity", "kind", "detector", "agent", "owner"] as const) {
    const wanted = query[column];
    if (wanted !== undefined) rows = rows.where(column, "=", wanted);
  }
  const { after, due_before_ms } = query;
  if (due_before_ms !== undefined) rows = rows.where("expires_at_ms", "<", due_before_ms);
  if (after !== undefined) rows = rows.where((eb) => eb.or([eb("created_at_ms", "<", after.created_at_ms), eb.and([eb("created_at_ms", "=", after.created_at_ms), eb("id", "<", after.id)])]));
  return rows.orderBy("created_at_ms", "desc").orderBy("id", "desc").limit(query.limit + 1).execute();
}
