// One card: what is stored of a request, and what is shown of it.
import { bindingHash, decisionSignature, type BindingParts } from "../../sdk/src/seal.js";
import type { ApprovalDecision, EscalationRequest } from "../../sdk/src/wire.js";
import type { Caller } from "./callers.js";
import type { DecisionRow, Escalation } from "./store/tables.js";
import type { Scope } from "./store/unit.js";

/** What the row's `doc` holds. Arguments and evidence are masked, all else is as it was sent. */
export interface EscalationDoc {
  readonly request: EscalationRequest;
  readonly risk: "safe" | "medium" | "dangerous" | null;
  readonly bucket: string;
  readonly args_masked: boolean;
}

/** What a decision row's `doc` holds. */
export interface DecisionDoc {
  readonly scope: { kind: "once"; minutes: null };
  readonly note: string | null;
  readonly outcome: string | null;
  readonly edited_args?: unknown;
  readonly edited_binding_hash: string | null;
}

export const open: readonly string[] = ["pending", "acknowledged"];
export const approved: readonly string[] = ["approved", "edited"];

export function docOf(row: Escalation): EscalationDoc {
  return JSON.parse(row.doc) as EscalationDoc;
}

export interface Signing {
  readonly kid: string;
  readonly key: Uint8Array;
}

/** The signed decision, once there is one. Made anew on each read: only `server_time_ms` differs, and it is not signed. */
export function decisionDocument(row: Escalation, decisions: readonly DecisionRow[], signing: Signing, now: number): ApprovalDecision | null {
  const deciding = decisions.filter(({ decision }) => decision === row.status);
  const last = deciding.at(-1);
  if (last === undefined) return null;
  const doc = JSON.parse(last.doc) as DecisionDoc;
  const decision: Omit<ApprovalDecision, "signature"> = {
    schema: "agentmend.approval-decision/1",
    id: last.id,
    escalation_id: row.id,
    tenant: row.tenant_id,
    project: row.project_id,
    decision: last.decision as ApprovalDecision["decision"],
    binding_hash: row.binding_hash,
    ...(doc.edited_binding_hash === null ? {} : { edited_args: doc.edited_args }),
    edited_binding_hash: doc.edited_binding_hash,
    scope: doc.scope,
    decided_by: deciding
      .filter(({ principal }) => principal !== "")
      .map(({ principal, display, auth, at_ms }) => ({ principal, ...(display === null ? {} : { display }), auth: auth as ApprovalDecision["decided_by"][number]["auth"], at_ms })),
    outcome: doc.outcome,
    note: doc.note,
    decided_at_ms: last.at_ms,
    expires_at_ms: row.expires_at_ms,
    single_use: true,
    consumed_at_ms: row.consumed_at_ms,
    server_time_ms: now,
    kid: signing.kid,
  };
  return { ...decision, signature: decisionSignature(decision, signing.key) };
}

/** The binding of an edited call: the same but for its arguments. */
export function editedHash(row: Escalation, args: unknown): string {
  return bindingHash({ ...(docOf(row).request.binding as BindingParts), args });
}

/** The state of a card, as clients read it. */
export function stateOf(row: Escalation, decisions: readonly DecisionRow[], context: { publicUrl: string; signing: Signing; now: number; caller: Caller }): Record<string, unknown> {
  const { publicUrl, signing, now, caller } = context;
  const decision = decisionDocument(row, decisions, signing, now);
  const { request, risk } = docOf(row);
  const shown = caller.redacted ? { ...request, binding: { ...request.binding, args: null }, detection: { ...request.detection, evidence: [] }, handoff: request.handoff && { ...request.handoff, evidence: [] } } : request;
  return {
    ...headOf(row, publicUrl),
    approvals: decisions.filter(({ decision: made }) => made === "approved").length,
    risk,
    severity: row.severity,
    title: row.title,
    detector: row.detector,
    agent: row.agent,
    tool: row.tool,
    run_id: row.run_id === "" ? null : row.run_id,
    case_id: row.case_id,
    consumed_at_ms: row.consumed_at_ms,
    claimed_by: (row.claimed_until_ms ?? 0) > now ? row.claimed_by : null,
    server_time_ms: now,
    request: shown,
    ...(decision === null ? {} : { decision }),
  };
}

/** The short form that `POST /escalations` answers. */
export function headOf(row: Escalation, publicUrl: string): Record<string, unknown> {
  return {
    id: row.id,
    status: row.status,
    rev: row.rev,
    kind: row.kind,
    binding_hash: row.binding_hash,
    approval_url: cardUrl(publicUrl, row.id),
    created_at_ms: row.created_at_ms,
    expires_at_ms: row.expires_at_ms,
    repeat_count: row.repeat_count,
    approvals_needed: row.approvals_needed,
    poll_after_ms: 1000,
  };
}

export function cardUrl(publicUrl: string, id: string): string {
  return `${publicUrl}/a/${id}`;
}

export function scopeOf(row: { tenant_id: string; project_id: string }): Scope {
  return { tenant: row.tenant_id, project: row.project_id };
}
