// Healing records: opened from a stored detection by the core's own gate, approved on a card, applied by the client that holds the
// target. Nothing here writes a target.
import { applyOperation, type Json } from "../../sdk/src/edit/patch.js";
import { AgentmendError } from "../../sdk/src/errors.js";
import { applyKey, baseHash, bindingHash, dedupeKey, sha256Hex, equalInConstantTime, type BindingParts, type DedupeParts } from "../../sdk/src/seal.js";
import type { AuditEntry } from "../../sdk/src/audit.js";
import type { Detection, EscalationRequest, GovernanceCase, HealingRecord } from "../../sdk/src/wire.js";
import { actorOf, type Caller } from "./callers.js";
import { openEscalation, readRequest, type Opened } from "./escalate.js";
import { approved as approvedStates } from "./escalation.js";
import { askCore, recordOf, stepRecord } from "./healing-steps.js";
import { newId, newSecret } from "./ids.js";
import { invalid, Problem } from "./problem.js";
import type { Registry } from "./registry.js";
import { listOpenHandoffs } from "./store/cases.js";
import { findEscalation, moveEscalation } from "./store/escalations.js";
import { findRecord, insertRecord, readLimiter, recordByApplyKey, saveLimiter, takeLease } from "./store/healing.js";
import type { HealingRow } from "./store/tables.js";
import type { Unit } from "./store/unit.js";

export interface TriggerInput {
  readonly approval_required?: boolean;
  readonly target: { readonly kind: string; readonly id: string; readonly version?: string | null; readonly framework?: string; readonly config: unknown };
}

interface HealOpened {
  readonly kind: "record" | "case" | "insight" | "nothing_to_heal";
  readonly detection: Detection;
  readonly record: HealingRecord;
  readonly case: GovernanceCase;
  readonly dedupe_body: DedupeParts;
  readonly limiter?: object;
  readonly audit: readonly Pick<AuditEntry, "type" | "actor" | "subject" | "data">[];
}

export type Triggered = { kind: "record"; row: HealingRow; created: boolean; card: Opened | null } | { kind: "case"; card: Opened; handoff: GovernanceCase["handoff"] };

/** Opens a record for a detection and runs the gate. What it may only do with a person gets a card. */
export async function trigger(unit: Unit, caller: Caller, registry: Registry, detection: Detection, input: TriggerInput): Promise<Triggered> {
  const { config, framework, ...target } = input.target;
  const header = {
    detection,
    config,
    framework: framework ?? detection.framework,
    target: { ...target, version: target.version ?? null },
    approval_required: input.approval_required === true,
    governance_open: await governanceOpen(unit, detection, target.id),
    run_id: detection.run_id ?? undefined,
    record_id: newId("heal"),
    tenant: unit.scope.tenant,
    project: unit.scope.project,
    now_ms: unit.now,
    at_ms: unit.now,
  };
  const limiter = await readLimiter(unit.tx, unit.scope, target.id);
  if ((limiter as { halted?: boolean } | null)?.halted === true) throw new Problem("target_halted", "Fixes of this target kept failing, so no more are tried until a person has looked: POST /api/v1/targets/{id}/reset.");
  const opened = askCore<HealOpened>(unit, "heal_open", { ...header, ...(limiter === null ? {} : { limiter }) });
  if (opened.kind === "case") return openGovernance(unit, caller, registry, opened);
  if (opened.kind !== "record" || opened.record.state === "no_remediation") throw new Problem("no_remediation_path", `${detection.detector} has no fix that could be applied here.`);
  return openRecord(unit, caller, registry, opened, input);
}

// Healing must not erase the scene (healing.md 8.2).
async function governanceOpen(unit: Unit, detection: Detection, targetId: string): Promise<boolean> {
  const handoffs = await listOpenHandoffs(unit.tx, unit.scope);
  return handoffs.some(({ run_id, target }) => (run_id !== null && run_id === detection.run_id) || target?.id === targetId);
}

async function openGovernance(unit: Unit, caller: Caller, registry: Registry, opened: HealOpened): Promise<Triggered> {
  const handoff = { ...opened.case.handoff, dedupe_key: dedupeKey(opened.dedupe_body) };
  const request = cardRequest(unit, caller, opened.detection, { kind: "governance", title: handoff.title, severity: handoff.severity, handoff });
  return { kind: "case", card: await openEscalation(unit, caller, readRequest(request, unit.scope, registry)), handoff };
}

async function openRecord(unit: Unit, caller: Caller, registry: Registry, opened: HealOpened, input: TriggerInput): Promise<Triggered> {
  const { record } = opened;
  const base = hashOf(input.target.config);
  const key = applyKey({ detection_id: record.detection_id, fix_id: record.chosen_fix_id ?? "", target_id: input.target.id, base_hash: base, patch: record.patch });
  const known = await recordByApplyKey(unit.tx, unit.scope, key);
  if (known !== undefined) return { kind: "record", row: known, created: false, card: null };
  let card: Opened | null = null;
  if (record.state === "awaiting_approval") {
    const chosen = record.suggestions.find(({ id }) => id === record.chosen_fix_id);
    if (chosen === undefined || record.patch === null) throw new Problem("no_remediation_path", "The fix changes nothing in this config; there is nothing to approve.");
    const fix = { fix_type: chosen.fix_type, parameters: chosen.parameters, patch: record.patch } as EscalationRequest["binding"]["fix"];
    const request = cardRequest(unit, caller, opened.detection, { kind: "fix", title: chosen.title, severity: opened.detection.severity, fix, suggestion: chosen, target: { id: input.target.id, version: input.target.version ?? null, base_hash: base } });
    card = await openEscalation(unit, caller, { ...readRequest(request, unit.scope, registry), healingId: record.id });
  }
  if (opened.limiter !== undefined) await saveLimiter(unit, input.target.id, opened.limiter);
  const seqs: number[] = [];
  for (const { type, actor, subject, data } of opened.audit) seqs.push(await unit.event({ type, actor, subject, data }));
  const stored: HealingRecord = { ...record, audit: { stream: `${unit.scope.tenant}/${unit.scope.project}`, from_seq: seqs[0] ?? 0, to_seq: seqs.at(-1) ?? 0, mode: "durable" } };
  await insertRecord(unit, stored, { applyKey: key, escalationId: card?.row.id ?? null, owner: caller.principal });
  const row = await findRecord(unit.tx, unit.scope, record.id);
  if (row === undefined) throw new Error("The record that was just written is not there.");
  return { kind: "record", row, created: true, card };
}

function hashOf(config: unknown): string {
  try {
    return baseHash(config);
  } catch (error) {
    if (error instanceof AgentmendError) throw invalid(`/target/config${error.at}`, error.message, error.code);
    throw error;
  }
}

interface CardParts {
  readonly kind: "fix" | "governance";
  readonly title: string;
  readonly severity: EscalationRequest["severity"];
  readonly handoff?: EscalationRequest["handoff"];
  readonly suggestion?: EscalationRequest["suggestion"];
  readonly fix?: EscalationRequest["binding"]["fix"];
  readonly target?: EscalationRequest["binding"]["target"];
}

/** The card that the endpoint itself asks for; checked like any other. */
function cardRequest(unit: Unit, caller: Caller, detection: Detection, parts: CardParts): EscalationRequest {
  const binding: EscalationRequest["binding"] = {
    v: 1,
    tenant: unit.scope.tenant,
    project: unit.scope.project,
    kind: parts.kind,
    detector: detection.detector,
    tool: null,
    args: null,
    fix: parts.fix ?? null,
    target: parts.target ?? null,
    agent: detection.agent ?? null,
    run_id: detection.run_id ?? null,
    policy_rev: "default",
  };
  return {
    schema: "agentmend.escalation-request/1",
    kind: parts.kind,
    idempotency_key: `heal:${detection.id}`.padEnd(8, ".").slice(0, 200),
    binding_hash: bindingHash(binding as BindingParts),
    binding,
    detection,
    suggestion: parts.suggestion ?? null,
    handoff: parts.handoff ?? null,
    title: parts.title,
    severity: parts.severity,
    requester: { principal: caller.principal, host: detection.framework ?? "generic" },
    occurred_at_ms: detection.at_ms ?? unit.now,
  };
}

export const leaseMs = 60_000;
/** States in which a client has something to do. */
export const leasable: readonly string[] = ["applying", "approved", "rolling_back"];

export interface Leased {
  readonly row: HealingRow;
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Lets one client work on a record for a minute. A lease that ran out can be taken over: what was written is told by its hash. */
export async function lease(unit: Unit, id: string): Promise<Leased> {
  const row = await expectRecord(unit, id);
  if (!leasable.includes(row.state)) throw new Problem("illegal_transition", `The record is ${row.state.replaceAll("_", " ")}: there is nothing to do.`, { current: { state: row.state, rev: row.rev } });
  if (row.state === "approved") await refuseLate(unit, row);
  const token = newSecret();
  const expiresAtMs = unit.now + leaseMs;
  if (!(await takeLease(unit, id, sha256Hex(token), expiresAtMs))) throw new Problem("in_progress", "Another client works on this record.", { retryAfterS: Math.max(1, Math.ceil(((row.lease_until_ms ?? unit.now) - unit.now) / 1000)) });
  return { row, token, expiresAtMs };
}

async function expectRecord(unit: Unit, id: string): Promise<HealingRow> {
  const row = await findRecord(unit.tx, unit.scope, id);
  if (row === undefined) throw new Problem("not_found", "There is no such record here.");
  return row;
}

// An approval that was not used in time is none.
async function refuseLate(unit: Unit, row: HealingRow): Promise<void> {
  const card = row.escalation_id === null ? undefined : await findEscalation(unit.tx, unit.scope, row.escalation_id);
  if (card === undefined || !approvedStates.includes(card.status) || unit.now >= card.expires_at_ms) throw new Problem("expired", "The approval was not used in time. Trigger the detection again.");
}

export interface ReportInput {
  readonly lease: string;
  readonly event: "apply_started" | "applied" | "validated" | "failed" | "superseded" | "conflict" | "rolled_back" | "rollback_failed";
  readonly base_hash?: string;
  readonly post_hash?: string;
  readonly host_check?: { readonly ok: boolean; readonly note?: string };
  readonly error?: { readonly code: string; readonly message?: string };
}

/** What the client says it did. Hashes are checked against the plan, steps against the core's table. */
export async function report(unit: Unit, caller: Caller, id: string, input: ReportInput): Promise<HealingRow> {
  const row = await expectRecord(unit, id);
  const held = row.lease_sha256 !== null && equalInConstantTime(sha256Hex(input.lease), row.lease_sha256) && unit.now < (row.lease_until_ms ?? 0);
  if (!held) throw new Problem("in_progress", "The lease is over, or somebody else's. Take one before you do anything.");
  const actor = actorOf(caller);
  switch (input.event) {
    case "apply_started":
      return startApplying(unit, caller, row);
    case "applied":
    case "validated":
      return written(unit, caller, row, input);
    case "rolled_back":
      checkHash("/base_hash", input.base_hash, baseHash(recordOf(row).original_state));
      return stepRecord(unit, row, { type: "restored" }, { actor, config: recordOf(row).original_state });
    default: {
      const type = { failed: "write_failed", superseded: row.state === "applying" ? "write_failed" : "target_changed", conflict: "unknown_outcome", rollback_failed: "restore_failed" }[input.event];
      return stepRecord(unit, row, { type, error: input.error }, { actor });
    }
  }
}

// The moment at which an approval is used: exactly once, before anything is written.
async function startApplying(unit: Unit, caller: Caller, row: HealingRow): Promise<HealingRow> {
  if (row.state === "applying") return row;
  if (row.state !== "approved") throw new Problem("illegal_transition", `The record is ${row.state.replaceAll("_", " ")}.`, { current: { state: row.state, rev: row.rev } });
  await refuseLate(unit, row);
  const card = await findEscalation(unit.tx, unit.scope, row.escalation_id ?? "");
  if (card === undefined || card.consumed_at_ms !== null || !(await moveEscalation(unit, card, { consumed_at_ms: unit.now }))) throw new Problem("already_consumed", "This approval was used already.");
  await unit.event({ type: "escalation.consumed", actor: actorOf(caller), subject: { kind: "escalation", id: card.id, rev: card.rev + 1 }, data: { binding_hash: card.binding_hash } });
  return stepRecord(unit, row, { type: "consume", actor: caller.principal }, { actor: actorOf(caller), keepLease: true });
}

async function written(unit: Unit, caller: Caller, row: HealingRow, input: ReportInput): Promise<HealingRow> {
  const record = recordOf(row);
  const original = record.original_state as Json;
  const post = (record.patch ?? []).reduce<Json>((config, operation) => applyOperation(config, operation), original);
  const hashes = { base_hash: baseHash(original), post_hash: baseHash(post), apply_key: row.apply_key };
  checkHash("/base_hash", input.base_hash, hashes.base_hash);
  checkHash("/post_hash", input.post_hash, hashes.post_hash);
  const stepped = await stepRecord(unit, row, { type: "written", hashes, host_check: input.host_check }, { actor: actorOf(caller), config: post, keepLease: true });
  return stepped;
}

function checkHash(pointer: string, given: string | undefined, planned: string): void {
  if (given === undefined) throw invalid(pointer, "Say what is in the target now.", "required");
  if (given !== planned) throw new Problem("binding_mismatch", `${pointer} is not what was planned. Put the target back and report failed or conflict.`, { errors: [{ pointer, code: "binding_mismatch", message: "Not the hash of the plan." }] });
}

/** A person looked at a target whose fixes kept failing: they may be tried again. */
export async function resetTarget(unit: Unit, caller: Caller, target: string, reason: string): Promise<void> {
  const limiter = await readLimiter(unit.tx, unit.scope, target);
  if (limiter === null) throw new Problem("not_found", "No fix was ever tried on such a target.");
  const made = askCore<{ limiter: object; audit: HealOpened["audit"] }>(unit, "limiter_reset", { limiter, actor: { kind: "person", id: caller.principal }, reason, target_id: target, now_ms: unit.now });
  await saveLimiter(unit, target, made.limiter);
  for (const { type, subject, data } of made.audit) await unit.event({ type, actor: { kind: "person", id: caller.principal, auth: caller.auth }, subject, data });
}

/** Asks for the original back: the client that holds the target executes it. */
export async function rollBack(unit: Unit, caller: Caller, id: string): Promise<{ row: HealingRow; before: string }> {
  const row = await expectRecord(unit, id);
  const may = caller.scopes.includes("approve") || caller.scopes.includes("admin") || row.owner === caller.principal;
  if (!may) throw new Problem("not_found", "There is no such record of yours here.");
  return { row: await stepRecord(unit, row, { type: "roll_back", actor: caller.principal }, { actor: actorOf(caller) }), before: row.state };
}
