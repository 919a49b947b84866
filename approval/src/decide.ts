// The one function over one row that decides; the API and the page both come here.
import { actorOf, atLeast, type Auth, type Caller } from "./callers.js";
import { approved, decisionDocument, docOf, editedHash, open, type DecisionDoc, type Signing } from "./escalation.js";
import { invalid, Problem } from "./problem.js";
import { decideRecord, endRecord } from "./healing-steps.js";
import { moveCase } from "./store/cases.js";
import { decisionsOf, findEscalation, insertDecision, moveEscalation } from "./store/escalations.js";
import type { Escalation } from "./store/tables.js";
import type { Unit } from "./store/unit.js";

export interface DecisionInput {
  readonly decision: "approved" | "rejected" | "edited" | "acknowledged" | "resolved";
  readonly binding_hash?: string | undefined;
  /** The revision that was seen (If-Match), when no hash is given. */
  readonly rev?: number | undefined;
  readonly note?: string | null | undefined;
  readonly outcome?: string | null | undefined;
  readonly edited_args?: unknown;
  readonly approver_id?: string | undefined;
  readonly scope?: { kind: string } | undefined;
}

/** The weakest sign-in that may decide a card of this severity. */
export type LeastAuth = Readonly<Record<string, Auth>>;
export const defaultLeastAuth: LeastAuth = { low: "api-key", medium: "api-key", high: "api-key", critical: "session" };

/** Past its time, an open card is expired, which is a rejection. Reading it is enough. Answers the row as it is afterwards. */
export async function expireIfDue(unit: Unit, row: Escalation): Promise<Escalation> {
  if (!open.includes(row.status) || unit.now < row.expires_at_ms) return row;
  if (!(await moveEscalation(unit, row, { status: "expired" }))) return row;
  await insertDecision(unit, { escalation_id: row.id, principal: "", display: null, auth: "none", decision: "expired", binding_hash: row.binding_hash, doc: JSON.stringify(plainDoc(null)) });
  await endRecord(unit, row, "expire");
  await unit.event({ type: "escalation.expired", actor: { kind: "timer", id: "expire", auth: "none" }, subject: { kind: "escalation", id: row.id, rev: row.rev + 1 }, data: { binding_hash: row.binding_hash } });
  return { ...row, status: "expired", rev: row.rev + 1 };
}

/** Decides a card. Throws the reason when it is not decided; then nothing was changed. */
export async function decide(unit: Unit, caller: Caller, id: string, input: DecisionInput, leastAuth: LeastAuth): Promise<Escalation> {
  const found = await findEscalation(unit.tx, unit.scope, id);
  if (found === undefined) throw new Problem("not_found", "There is no such card here.");
  if (unit.now >= found.expires_at_ms && (open.includes(found.status) || found.status === "expired")) throw new Problem("expired", "The time for this decision is over; it counts as rejected. Nothing was changed.");
  const current = { status: found.status, rev: found.rev };
  if (!open.includes(found.status)) throw new Problem("already_decided", await decidedText(unit, found), { current });
  checkSeen(found, input, current);
  checkPerson(found, caller, input, leastAuth);
  checkKind(found, input);
  return record(unit, caller, found, input);
}

function checkSeen(row: Escalation, input: DecisionInput, current: object): void {
  if (input.binding_hash === undefined && input.rev === undefined) throw new Problem("precondition_required", "Send the binding_hash that was shown, or If-Match with the revision.");
  if (input.binding_hash !== undefined && input.binding_hash !== row.binding_hash) throw new Problem("binding_mismatch", "The card is about something else than what was shown. Look at it again. Nothing was changed.", { current });
  if (input.rev !== undefined && input.rev !== row.rev) throw new Problem("stale_revision", "The card changed since it was read. Look at it again. Nothing was changed.", { current });
}

function checkPerson(row: Escalation, caller: Caller, input: DecisionInput, leastAuth: LeastAuth): void {
  if (input.approver_id !== undefined && input.approver_id !== caller.principal) throw invalid("/approver_id", "Who decides is who holds the key; a body cannot name somebody else.", "differs");
  if (caller.principal === row.requester || caller.principal === row.owner) throw new Problem("self_approval", "Nobody decides what they asked for themselves. Ask somebody else.");
  if (input.decision !== "approved" && input.decision !== "edited") return;
  const wanted = leastAuth[row.severity] ?? "session";
  if (caller.auth === "link-holder" || !atLeast(caller.auth, wanted)) {
    throw new Problem("approver_not_allowed", `A card of severity ${row.severity} needs a ${wanted} sign-in, this is ${caller.auth}. Open its page and approve there.`);
  }
}

function checkKind(row: Escalation, input: DecisionInput): void {
  const governance = row.kind === "governance";
  const { decision } = input;
  if (input.scope !== undefined && input.scope.kind !== "once") throw invalid("/scope/kind", "This endpoint decides for one use (once).", "unsupported");
  if ((decision === "acknowledged" || decision === "resolved") && !governance) throw invalid("/decision", "Only a governance card is acknowledged and resolved. Approve or reject this one.");
  if (decision === "acknowledged" && row.status === "acknowledged") throw new Problem("illegal_transition", "The card is acknowledged already.");
  if (decision === "resolved" && (input.outcome === undefined || input.outcome === null)) throw invalid("/outcome", "Say the outcome: confirmed_violation, false_alarm or accepted_exception.", "required");
  if (decision === "resolved" && (input.note ?? "") === "") throw invalid("/note", "Say why, in a sentence.", "required");
  if (decision === "approved" && governance && row.tool === null) throw new Problem("governance_has_no_apply", "This governance card holds no call: there is nothing to approve. Acknowledge and resolve it.");
  if (decision === "edited") {
    if (row.allow_edit !== 1) throw invalid("/decision", "The client does not take edited arguments for this call.", "edit_not_allowed");
    if (row.tool === null) throw invalid("/decision", "Only the arguments of a call can be edited.", "edit_not_allowed");
    if (row.approvals_needed > 1) throw invalid("/decision", "A card for two people is approved or rejected as it is.", "edit_not_allowed");
    if (input.edited_args === undefined) throw invalid("/edited_args", "Send the arguments to call with instead.", "required");
  } else if (input.edited_args !== undefined) throw invalid("/edited_args", 'Only with decision "edited".');
}

async function record(unit: Unit, caller: Caller, row: Escalation, input: DecisionInput): Promise<Escalation> {
  const { decision } = input;
  const doc: DecisionDoc = {
    ...plainDoc(input.note ?? null),
    outcome: decision === "resolved" ? (input.outcome ?? null) : null,
    ...(decision === "edited" ? { edited_args: input.edited_args, edited_binding_hash: editedHash(row, input.edited_args) } : {}),
  };
  const before = await decisionsOf(unit.tx, unit.scope, row.id);
  if (before.some((made) => made.decision === decision && made.principal === caller.principal)) {
    throw new Problem("four_eyes_same_principal", "You approved this already. It needs a second person.");
  }
  const decisionId = await insertDecision(unit, { escalation_id: row.id, principal: caller.principal, display: caller.display, auth: caller.auth, decision, binding_hash: row.binding_hash, doc: JSON.stringify(doc) });
  const approvals = before.filter((made) => made.decision === "approved").length + 1;
  const status = decision === "approved" && approvals < row.approvals_needed ? row.status : decision;
  if (!(await moveEscalation(unit, row, { status }))) throw new Problem("stale_revision", "The card changed since it was read. Look at it again. Nothing was changed.");
  await unit.event({
    type: decision === "acknowledged" ? "escalation.acknowledged" : "escalation.decided",
    actor: actorOf(caller),
    subject: { kind: "escalation", id: row.id, rev: row.rev + 1 },
    data: { decision, status, binding_hash: row.binding_hash, ...(doc.edited_binding_hash === null ? {} : { edited_binding_hash: doc.edited_binding_hash }), approvals: decision === "approved" ? approvals : 0 },
  });
  await moveCaseToo(unit, caller, row, input);
  if (status === "approved" || status === "rejected") await decideRecord(unit, caller, row, { decision: status, decisionId });
  return { ...row, status, rev: row.rev + 1 };
}

// Acknowledging or resolving a card is said of its case; approving the held call leaves the case open.
async function moveCaseToo(unit: Unit, caller: Caller, row: Escalation, input: DecisionInput): Promise<void> {
  if (row.case_id === null || (input.decision !== "acknowledged" && input.decision !== "resolved")) return;
  try {
    await moveCase(unit, caller, row.case_id, { to: input.decision, outcome: input.outcome ?? null, note: input.note ?? null });
  } catch (error) {
    // Another card of the same case was there first: the case is as far as this step takes it.
    if (!(error instanceof Problem && error.code === "illegal_transition")) throw error;
  }
}

function plainDoc(note: string | null): DecisionDoc {
  return { scope: { kind: "once", minutes: null }, note, outcome: null, edited_binding_hash: null };
}

/** Who decided, and when, in a sentence. */
export async function decidedText(unit: Pick<Unit, "tx" | "scope">, row: Escalation): Promise<string> {
  const last = (await decisionsOf(unit.tx, unit.scope, row.id)).filter(({ decision }) => decision === row.status).at(-1);
  if (last === undefined) return `It is ${row.status} already. Nothing was changed.`;
  const who = last.principal === "" ? "" : ` by ${last.principal.replace(/^user:/, "")}`;
  const status = row.status.charAt(0).toUpperCase() + row.status.slice(1);
  return `${status}${who} at ${new Date(last.at_ms).toISOString().replace(/\.\d+Z$/, "Z")}. Nothing was changed.`;
}

/** Uses an approval: exactly once. What is used is the call that was approved, or the edited one in its place. */
export async function consume(unit: Unit, caller: Caller, id: string, bindingHash: string, signing: Signing): Promise<{ consumed_at_ms: number; decision: object | null }> {
  const row = await ownCard(unit, caller, id);
  if (row.consumed_at_ms !== null) throw new Problem("already_consumed", "This approval was used already; it is for one call. Ask again.", { current: { status: row.status, rev: row.rev, consumed_at_ms: row.consumed_at_ms } });
  if (unit.now >= row.expires_at_ms) throw new Problem("expired", "The approval was not used in time. Ask again.");
  if (!approved.includes(row.status)) throw new Problem("illegal_transition", `The card is ${row.status}: there is no approval to use.`, { current: { status: row.status, rev: row.rev } });
  const decisions = await decisionsOf(unit.tx, unit.scope, id);
  // A status alone is no approval: the people who gave it stand behind it, for this very binding.
  const given = decisions.filter(({ decision, principal, binding_hash }) => decision === row.status && principal !== "" && binding_hash === row.binding_hash);
  if (new Set(given.map(({ principal }) => principal)).size < row.approvals_needed) throw new Problem("illegal_transition", "Nobody's decision stands behind this approval. Ask again.");
  const doc = JSON.parse(given.at(-1)?.doc ?? "{}") as Partial<DecisionDoc>;
  const wanted = row.status === "edited" ? doc.edited_binding_hash : row.binding_hash;
  if (bindingHash !== wanted) {
    throw new Problem("binding_mismatch", row.status === "edited" ? "The call was approved with other arguments: send edited_binding_hash and call with edited_args." : "The approval is for something else.", { current: { status: row.status, rev: row.rev } });
  }
  if (!(await moveEscalation(unit, row, { consumed_at_ms: unit.now }))) throw new Problem("already_consumed", "This approval was used already; it is for one call. Ask again.");
  await unit.event({ type: "escalation.consumed", actor: actorOf(caller), subject: { kind: "escalation", id, rev: row.rev + 1 }, data: { binding_hash: bindingHash, run: row.run_id !== "" } });
  const consumed = { ...row, rev: row.rev + 1, consumed_at_ms: unit.now };
  return { consumed_at_ms: unit.now, decision: decisionDocument(consumed, decisions, signing, unit.now) };
}

/** Takes a request back: by who asked, or an admin. */
export async function cancel(unit: Unit, caller: Caller, id: string, reason: string | undefined): Promise<Escalation> {
  const row = await ownCard(unit, caller, id);
  if (!open.includes(row.status)) throw new Problem("already_decided", await decidedText(unit, row), { current: { status: row.status, rev: row.rev } });
  if (!(await moveEscalation(unit, row, { status: "cancelled" }))) throw new Problem("stale_revision", "The card changed in the meantime. Read it again.");
  await insertDecision(unit, { escalation_id: id, principal: "", display: null, auth: "none", decision: "cancelled", binding_hash: row.binding_hash, doc: JSON.stringify(plainDoc(reason ?? null)) });
  await endRecord(unit, row, "cancel");
  await unit.event({ type: "escalation.cancelled", actor: actorOf(caller), subject: { kind: "escalation", id, rev: row.rev + 1 }, data: { binding_hash: row.binding_hash } });
  return { ...row, status: "cancelled", rev: row.rev + 1 };
}

async function ownCard(unit: Unit, caller: Caller, id: string): Promise<Escalation> {
  const row = await findEscalation(unit.tx, unit.scope, id);
  const may = row !== undefined && (row.owner === caller.principal || caller.scopes.includes("admin"));
  if (!may) throw new Problem("not_found", "There is no such card of yours here.");
  return expireIfDue(unit, row);
}

/** True when a card hides some of its arguments. */
export function hidesArguments(row: Escalation): boolean {
  return docOf(row).args_masked;
}
