// A record takes a step: the core's reducer says where to, the row and its audit events are written in one transaction.
import { request } from "../../wasm/core.js";
import type { AuditEntry } from "../../sdk/src/audit.js";
import { AgentmendError, readAnswer } from "../../sdk/src/errors.js";
import type { HealingRecord } from "../../sdk/src/wire.js";
import { actorOf, type Caller } from "./callers.js";
import { Problem } from "./problem.js";
import { findRecord, readLimiter, saveLimiter, saveRecord } from "./store/healing.js";
import type { Escalation, HealingRow } from "./store/tables.js";
import type { Unit } from "./store/unit.js";

interface Stepped {
  readonly record: HealingRecord;
  readonly audit: readonly Pick<AuditEntry, "type" | "actor" | "subject" | "data">[];
  readonly limiter?: object;
}

export function recordOf(row: HealingRow): HealingRecord {
  return JSON.parse(row.doc) as HealingRecord;
}

/** Asks the core; what it refuses is a problem with the core's words. */
export function askCore<T>(unit: Pick<Unit, "core">, operation: string, header: object): T {
  try {
    return readAnswer<T>(unit.core.call(operation, request(header)));
  } catch (error) {
    if (!(error instanceof AgentmendError)) throw error;
    if (error.code === "illegal_transition") throw new Problem("illegal_transition", error.message);
    if (error.code === "binding_mismatch") throw new Problem("binding_mismatch", error.message);
    throw new Problem("invalid_input", error.message, { errors: [{ pointer: error.at, code: error.code, message: error.message }] });
  }
}

/** Moves a record by one event of the core's `step`. Answers the record as it is afterwards. */
export async function stepRecord(unit: Unit, row: HealingRow, event: object, options: { actor: AuditEntry["actor"]; config?: unknown; keepLease?: boolean }): Promise<HealingRow> {
  const before = recordOf(row);
  const known = await readLimiter(unit.tx, unit.scope, row.target_id);
  const { record, audit, limiter } = askCore<Stepped>(unit, "step", { record: before, event, config: options.config, now_ms: unit.now, rev: before.rev, ...(known === null ? {} : { limiter: known }) });
  if (limiter !== undefined) await saveLimiter(unit, row.target_id, limiter);
  const seqs: number[] = [];
  for (const { type, actor, subject, data } of audit) seqs.push(await unit.event({ type, actor: actor.kind === "core" ? actor : options.actor, subject, data }));
  const kept: HealingRecord = { ...record, audit: { stream: `${unit.scope.tenant}/${unit.scope.project}`, from_seq: before.audit.from_seq, to_seq: seqs.at(-1) ?? before.audit.to_seq, mode: "durable" } };
  if (!(await saveRecord(unit, row, kept, options.keepLease === true))) throw new Problem("stale_revision", "The record changed in the meantime. Read it again.");
  unit.wake(row.id);
  return { ...row, rev: kept.rev, state: kept.state, doc: JSON.stringify(kept) };
}

/** What a decision on a card means for its record. */
export async function decideRecord(unit: Unit, caller: Caller, card: Escalation, made: { decision: "approved" | "rejected"; decisionId: string }): Promise<void> {
  const row = card.healing_id === null ? undefined : await findRecord(unit.tx, unit.scope, card.healing_id);
  if (row === undefined) return;
  const event = {
    type: "decision",
    decision: made.decision,
    binding_hash: card.binding_hash,
    expected_binding_hash: card.binding_hash,
    approver: caller.principal,
    escalation_id: card.id,
    decision_id: made.decisionId,
    expires_at_ms: card.expires_at_ms,
  };
  await stepRecord(unit, row, event, { actor: actorOf(caller) });
}

/** A card that ended without a person's word ends its record too. */
export async function endRecord(unit: Unit, card: Escalation, type: "expire" | "cancel"): Promise<void> {
  const row = card.healing_id === null ? undefined : await findRecord(unit.tx, unit.scope, card.healing_id);
  if (row?.state === "awaiting_approval") await stepRecord(unit, row, { type }, { actor: { kind: "timer", id: type, auth: "none" } });
}
