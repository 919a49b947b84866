import type { Detection, FixSuggestion, GovernanceHandoff, HealResult as WireHealResult, PatchOperation } from "./wire.js";

/** What `healNow` answers. When neither `applied` nor `escalated`: nothing usable, take your own way out. */
export interface HealResult {
  readonly status: WireHealResult["status"];
  readonly detection: Detection | null;
  /** A fix is in this result and may be used now: `promptPatch` for the next model call, `patch` for the config that was given. */
  readonly applied: boolean;
  /** The fix waits for a person. */
  readonly escalated: boolean;
  readonly riskLevel: WireHealResult["risk_level"];
  readonly fix: FixSuggestion | null;
  readonly promptPatch: string | null;
  readonly patch: PatchOperation[] | null;
  readonly approvalId: string | null;
  readonly approvalUrl: string | null;
  readonly delivery: WireHealResult["delivery"];
  readonly handoff: GovernanceHandoff | null;
  readonly verificationPassed: boolean | null;
  readonly verificationReason: string | null;
  readonly blockedBy: string | null;
  /** One sentence for a person. */
  readonly message: string;
  readonly degraded: boolean;
  readonly elapsedMs: number;
  readonly error: { readonly code: string; readonly at: string; readonly message: string } | null;
}

/** The facade's names for the wire's document. */
export function healResultOf(wire: WireHealResult, elapsedMs: number): HealResult {
  return {
    status: wire.status,
    detection: wire.detection,
    applied: wire.applied,
    escalated: wire.escalated,
    riskLevel: wire.risk_level,
    fix: wire.fix,
    promptPatch: wire.prompt_patch,
    patch: wire.patch,
    approvalId: wire.approval_id,
    approvalUrl: wire.approval_url,
    delivery: wire.delivery,
    handoff: wire.handoff,
    verificationPassed: wire.verification_passed,
    verificationReason: wire.verification_reason,
    blockedBy: wire.blocked_by,
    message: wire.message,
    degraded: wire.degraded,
    elapsedMs,
    error: wire.error,
  };
}

/** The result when nothing could be asked: bad data, or a broken guard. */
export function failedResult(error: { code: string; at: string; message: string }, elapsedMs: number): HealResult {
  return {
    status: "error",
    detection: null,
    applied: false,
    escalated: false,
    riskLevel: "unknown",
    fix: null,
    promptPatch: null,
    patch: null,
    approvalId: null,
    approvalUrl: null,
    delivery: "none",
    handoff: null,
    verificationPassed: null,
    verificationReason: null,
    blockedBy: null,
    message: error.message.slice(0, 400),
    degraded: error.code === "internal",
    elapsedMs,
    error,
  };
}
