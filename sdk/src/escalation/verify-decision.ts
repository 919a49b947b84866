// What a client checks itself before it uses a person's decision (healing.md 8.4).
import { AgentmendError } from "../errors.js";
import { bindingHash, decisionSignature, equalInConstantTime, keyId } from "../seal.js";
import type { ApprovalDecision, EscalationRequest, Policy } from "../wire.js";

export interface Verification {
  readonly escalationId: string;
  readonly request: EscalationRequest;
  readonly decisionKey: string | readonly string[] | undefined;
  readonly policy: Policy | undefined;
  readonly now: number;
}

const refuse = (at: string, message: string, code = "binding_mismatch"): AgentmendError => new AgentmendError(code, at, message);

/** Throws with the first thing that is wrong; returns the decision when all is as it should be. */
export function verifyDecision(value: unknown, expected: Verification): ApprovalDecision {
  const decision = readDecision(value);
  const { request } = expected;
  checkSignature(decision, expected.decisionKey);
  const { tenant, project } = request.binding;
  if (decision.escalation_id !== expected.escalationId) throw refuse("/escalation_id", "This decision is about another escalation.");
  if (decision.tenant !== tenant || decision.project !== project) throw refuse("/tenant", "This decision is of another tenant or project.");
  if (decision.binding_hash !== bindingHash(request.binding)) throw refuse("/binding_hash", "This decision is about something else than what was asked.");
  if (decision.decision === "approved" || decision.decision === "edited") {
    if (decision.expires_at_ms <= Math.max(decision.server_time_ms, expected.now)) throw refuse("/expires_at_ms", "The decision has expired. Ask again.", "expired");
    checkApprovers(decision, expected);
    checkEdit(decision, request);
  }
  return decision;
}

function readDecision(value: unknown): ApprovalDecision {
  if (typeof value !== "object" || value === null || (value as ApprovalDecision).schema !== "agentmend.approval-decision/1") {
    throw refuse("", "This is not an approval decision.", "invalid_input");
  }
  const decision = value as ApprovalDecision;
  const texts = ["id", "escalation_id", "tenant", "project", "decision", "binding_hash", "kid", "signature"] as const;
  for (const name of texts) if (typeof decision[name] !== "string") throw refuse(`/${name}`, "The decision lacks this field.", "missing_field");
  const numbers = ["decided_at_ms", "expires_at_ms", "server_time_ms"] as const;
  for (const name of numbers) if (!Number.isSafeInteger(decision[name])) throw refuse(`/${name}`, "The decision lacks this field.", "missing_field");
  if (!Array.isArray(decision.decided_by)) throw refuse("/decided_by", "The decision does not say who decided.", "missing_field");
  return decision;
}

function checkSignature(decision: ApprovalDecision, decisionKey: Verification["decisionKey"]): void {
  if (decisionKey === undefined) return; // the channel vouches: TLS or loopback, and our token
  const key = [decisionKey].flat().map(keyBytes).find((bytes) => keyId(bytes) === decision.kid);
  if (key === undefined) throw refuse("/kid", "The decision was signed with a key that is not this project's.", "bad_signature");
  if (!equalInConstantTime(decisionSignature(decision, key), decision.signature)) throw refuse("/signature", "The decision was changed after it was signed.", "bad_signature");
}

/** The bytes of `dk_…`: the key in base64url, as the endpoint shows it. */
export function keyBytes(key: string): Uint8Array {
  if (!/^dk_[A-Za-z0-9_-]{20,}$/.test(key)) throw new AgentmendError("invalid_input", "/approval/decisionKey", "A decision key starts with dk_; the endpoint shows it once, when a key is made.");
  const text = atob(key.replace(/^dk_/, "").replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function checkApprovers(decision: ApprovalDecision, { request, policy }: Verification): void {
  const principals = new Set(decision.decided_by.map(({ principal }) => principal));
  if (principals.size === 0) throw refuse("/decided_by", "Nobody is named who approved this.", "missing_field");
  if (decision.decided_by.some(({ auth }) => auth === "link-holder")) throw refuse("/decided_by", "Whoever holds a link may look, not approve.", "approver_not_allowed");
  if (principals.has(request.requester.principal)) throw refuse("/decided_by", "Who asks cannot approve.", "self_approval");
  const asked = policy?.approval?.four_eyes ?? [];
  const kind = request.kind === "governance" ? "governance" : "dangerous";
  if ((request.four_eyes === true || asked.includes("all") || asked.includes(kind)) && principals.size < 2) {
    throw refuse("/decided_by", "Two different people must approve this.", "four_eyes_missing");
  }
}

function checkEdit(decision: ApprovalDecision, request: EscalationRequest): void {
  if (decision.decision !== "edited") return;
  if (!("edited_args" in decision) || decision.edited_binding_hash !== bindingHash({ ...request.binding, args: decision.edited_args })) {
    throw refuse("/edited_binding_hash", "The edited arguments are not the ones that were approved.");
  }
}
