import type { Detection, HealingRecord } from "../../../sdk/src/wire.js";
import type { HealingRow } from "./tables.js";
import { owned, type Db, type Scope, type Unit } from "./unit.js";

type Reader = Db | Unit["tx"];

/** Stores a detection; false when its id is known already (what was stored first stays). */
export async function insertDetection(unit: Unit, detection: Detection): Promise<boolean> {
  if ((await findDetection(unit.tx, unit.scope, detection.id)) !== undefined) return false;
  await unit.tx
    .insertInto("detections")
    .values({ id: detection.id, tenant_id: unit.scope.tenant, project_id: unit.scope.project, detector: detection.detector, run_id: detection.run_id ?? null, at_ms: unit.now, doc: JSON.stringify(detection) })
    .execute();
  return true;
}

export async function findDetection(db: Reader, scope: Scope, id: string): Promise<Detection | undefined> {
  const row = await db.selectFrom("detections").select("doc").where(owned(scope)).where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.doc) as Detection);
}

export function findRecord(db: Reader, scope: Scope, id: string): Promise<HealingRow | undefined> {
  return db.selectFrom("healing_records").selectAll().where(owned(scope)).where("id", "=", id).executeTakeFirst();
}

export function recordByApplyKey(db: Reader, scope: Scope, applyKey: string): Promise<HealingRow | undefined> {
  return db.selectFrom("healing_records").selectAll().where(owned(scope)).where("apply_key", "=", applyKey).executeTakeFirst();
}

export async function insertRecord(unit: Unit, record: HealingRecord, parts: { applyKey: string; escalationId: string | null; owner: string }): Promise<void> {
  await unit.tx
    .insertInto("healing_records")
    .values({
      id: record.id,
      tenant_id: unit.scope.tenant,
      project_id: unit.scope.project,
      rev: record.rev,
      state: record.state,
      detection_id: record.detection_id,
      detector: record.detector,
      fix_type: record.fix_type ?? "",
      target_id: record.target?.id ?? "",
      apply_key: parts.applyKey,
      escalation_id: parts.escalationId,
      owner: parts.owner,
      doc: JSON.stringify(record),
      lease_sha256: null,
      lease_until_ms: null,
      created_at_ms: unit.now,
      updated_at_ms: unit.now,
    })
    .execute();
}

/** Compare-and-set on the revision: true when the row was as it was read. */
export async function saveRecord(unit: Unit, row: HealingRow, record: HealingRecord, keepLease: boolean): Promise<boolean> {
  const done = await unit.tx
    .updateTable("healing_records")
    .set({ rev: record.rev, state: record.state, doc: JSON.stringify(record), updated_at_ms: unit.now, ...(keepLease ? {} : { lease_sha256: null, lease_until_ms: null }) })
    .where(owned(unit.scope))
    .where("id", "=", row.id)
    .where("rev", "=", row.rev)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** Takes the lease when nobody holds it; true when it was taken. */
export async function takeLease(unit: Unit, id: string, tokenSha256: string, untilMs: number): Promise<boolean> {
  const done = await unit.tx
    .updateTable("healing_records")
    .set({ lease_sha256: tokenSha256, lease_until_ms: untilMs })
    .where(owned(unit.scope))
    .where("id", "=", id)
    .where((eb) => eb.or([eb("lease_until_ms", "is", null), eb("lease_until_ms", "<=", unit.now)]))
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

export interface RecordQuery {
  readonly states: readonly string[];
  readonly target?: string | undefined;
  readonly detector?: string | undefined;
  readonly limit: number;
}

/** Oldest first when states are asked for (that is a queue), else newest first. */
export function listRecords(db: Db, scope: Scope, query: RecordQuery): Promise<HealingRow[]> {
  let rows = db.selectFrom("healing_records").selectAll().where(owned(scope));
  if (query.states.length > 0) rows = rows.where("state", "in", [...query.states]);
  if (query.target !== undefined) rows = rows.where("target_id", "=", query.target);
  if (query.detector !== undefined) rows = rows.where("detector", "=", query.detector);
  const order = query.states.length > 0 ? "asc" : "desc";
  return rows.orderBy("created_at_ms", order).orderBy("id", order).limit(query.limit).execute();
}

/** What the core's limiter knows of a target; null = nothing yet. A document of the core's, only kept here. */
export async function readLimiter(db: Reader, scope: Scope, target: string): Promise<object | null> {
  const row = await db.selectFrom("targets").select("limiter").where(owned(scope)).where("id", "=", target).executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.limiter) as object);
}

export async function saveLimiter(unit: Unit, target: string, limiter: object): Promise<void> {
  const values = { limiter: JSON.stringify(limiter), updated_at_ms: unit.now };
  const known = await unit.tx.updateTable("targets").set(values).where(owned(unit.scope)).where("id", "=", target).executeTakeFirst();
  if (known.numUpdatedRows === 0n) await unit.tx.insertInto("targets").values({ ...values, id: target, tenant_id: unit.scope.tenant, project_id: unit.scope.project }).execute();
}
