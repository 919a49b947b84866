import type { Intervention } from "./wire.js";

/** What a session answers to an event; the host acts on it. */
export interface InterventionAction {
  /** `allow`: go on. `retry_with_fix`: do not run it, give `message` to the model. `block`: do not run it. `escalate`: a person decides. */
  readonly decision: "allow" | "block" | "retry_with_fix" | "escalate";
  /** The host should end the run after telling the model. */
  readonly endRun: boolean;
  /** For the model: what is wrong and what to do instead; at most 600 characters, never text of a trace. */
  readonly message: string | null;
  /** For the person, the page or the log. */
  readonly userNote: string | null;
  /** Text for the next model call only. */
  readonly promptPatch: string | null;
  /** Arguments to call the tool with instead; only with `allow`. */
  readonly patchedArgs?: unknown;
  /** Output to hand to the model instead (afterTool only). */
  readonly patchedOutput?: unknown;
  readonly retryable: boolean;
  readonly detector: string | null;
  readonly fixType: string | null;
  readonly risk: "safe" | "medium" | "dangerous" | null;
  readonly confidence: number | null;
  /** The ids of the detections behind the decision. */
  readonly findings: readonly string[];
  /** The card that waits for a person. `id` is what `mender.waitForDecision` takes. */
  readonly approval: { readonly id: string; readonly url: string | null; readonly expiresAtMs: number; readonly delivery: "sent" | "queued" | "not_configured" | "failed" } | null;
  /** In observe mode: the decision that would have been taken. */
  readonly would: InterventionAction["decision"] | null;
  /** The guard failed; the decision follows from `failMode`. */
  readonly degraded: boolean;
}

/** Nothing to say: the answer to nearly every event, made once. */
export const carryOn: InterventionAction = Object.freeze({
  decision: "allow",
  endRun: false,
  message: null,
  userNote: null,
  promptPatch: null,
  retryable: false,
  detector: null,
  fixType: null,
  risk: null,
  confidence: null,
  findings: Object.freeze([]),
  approval: null,
  would: null,
  degraded: false,
});

/** The facade's names for the wire's document. */
export function actionOf(wire: Intervention): InterventionAction {
  return {
    decision: wire.decision,
    endRun: wire.end_run,
    message: wire.message ?? null,
    userNote: wire.user_note ?? null,
    promptPatch: wire.prompt_patch ?? null,
    ...("patched_args" in wire ? { patchedArgs: wire.patched_args } : {}),
    ...("patched_output" in wire ? { patchedOutput: wire.patched_output } : {}),
    retryable: wire.retryable ?? wire.decision === "retry_with_fix",
    detector: wire.detector ?? null,
    fixType: wire.fix_type ?? null,
    risk: wire.risk ?? null,
    confidence: wire.confidence ?? null,
    findings: wire.findings,
    approval:
      wire.approval === null || wire.approval === undefined
        ? null
        : { id: wire.approval.id, url: wire.approval.url, expiresAtMs: wire.approval.expires_at_ms, delivery: wire.approval.delivery },
    would: wire.would ?? null,
    degraded: wire.degraded,
  };
}

const strictness = (action: Pick<InterventionAction, "decision" | "endRun">): number =>
  action.endRun ? 4 : { allow: 0, retry_with_fix: 1, block: 2, escalate: 3 }[action.decision];

/** True when `one` holds the call more firmly than `other` (healing.md 6.3). */
export function stricter(one: Pick<InterventionAction, "decision" | "endRun">, other: Pick<InterventionAction, "decision" | "endRun">): boolean {
  return strictness(one) > strictness(other);
}
