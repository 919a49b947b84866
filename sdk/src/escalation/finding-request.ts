// The question for a person about a finding that holds no call: a fix that waits, or a governance case.
import { baseHash } from "../seal.js";
import type { Detection, FixSuggestion, GovernanceHandoff } from "../wire.js";
import type { UnsealedRequest } from "./seal-request.js";

export interface FindingParts {
  readonly detection: Detection;
  readonly fix: FixSuggestion | null;
  readonly handoff: GovernanceHandoff | null;
  readonly target: { readonly id: string; readonly version?: string | null | undefined } | undefined;
  /** The config that the fix was made for; undefined = none. */
  readonly config: unknown;
  readonly runId: string | null;
  readonly tenant: string;
  readonly project: string;
  readonly policyRev: string;
  readonly nowMs: number;
}

const hostName = /^[a-z0-9_]{1,40}$/;

/** The request's body, still to be sealed. */
export function findingRequest(parts: FindingParts): UnsealedRequest {
  const { detection, handoff, target, config } = parts;
  const kind = handoff !== null ? "governance" : parts.fix === null ? "tool_call" : "fix";
  // There is no fix of a governance finding, whatever was suggested.
  const fix = kind === "fix" ? parts.fix : null;
  const agent = detection.agent ?? null;
  return {
    schema: "agentmend.escalation-request/1",
    kind,
    idempotency_key: "made-when-sealed",
    binding: {
      v: 1,
      tenant: parts.tenant,
      project: parts.project,
      kind,
      detector: detection.detector,
      tool: null,
      args: null,
      fix: fix === null ? null : { fix_type: fix.fix_type, parameters: fix.parameters, patch: fix.patch },
      target: target === undefined && fix === null ? null : { id: target?.id ?? "agent", version: target?.version ?? null, base_hash: config === undefined || config === null ? null : baseHash(config) },
      agent,
      run_id: parts.runId,
      policy_rev: parts.policyRev,
    },
    detection,
    suggestion: fix,
    handoff,
    title: (handoff?.title ?? fix?.title ?? detection.summary).slice(0, 120) || detection.detector,
    severity: handoff?.severity ?? detection.severity,
    requester: { principal: `agent:${(agent ?? "main").slice(0, 180)}`, host: hostName.test(detection.framework) ? detection.framework : "generic" },
    occurred_at_ms: parts.nowMs,
  };
}
