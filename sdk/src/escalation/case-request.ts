// Questions for a person about findings that hold no call.
import { baseHash } from "../seal.js";
import type { Detection, GovernanceHandoff } from "../wire.js";
import type { UnsealedRequest } from "./seal-request.js";

/** A request about a fix, with the digest of the config that the fix was made for: the core makes no digest. */
export function aboutConfig(request: UnsealedRequest, config: unknown): UnsealedRequest {
  const { target } = request.binding;
  if (target === null || config === undefined || config === null) return request;
  return { ...request, binding: { ...request.binding, target: { ...target, base_hash: baseHash(config) } } };
}

export interface CaseParts {
  readonly detection: Detection;
  readonly handoff: GovernanceHandoff;
  readonly target: { readonly id: string; readonly version: string | null };
  readonly runId: string | null;
  readonly tenant: string;
  readonly project: string;
  readonly policyRev: string;
  readonly nowMs: number;
}

const hostName = /^[a-z0-9_]{1,40}$/;

/** The card of a governance case of a finished run, still to be sealed. There is nothing in it to apply. */
export function caseRequest({ detection, handoff, target, runId, tenant, project, policyRev, nowMs }: CaseParts): UnsealedRequest {
  const agent = detection.agent ?? null;
  return {
    schema: "agentmend.escalation-request/1",
    kind: "governance",
    idempotency_key: "made-when-sealed",
    binding: { v: 1, tenant, project, kind: "governance", detector: detection.detector, tool: null, args: null, fix: null, target: { ...target, base_hash: null }, agent, run_id: runId, policy_rev: policyRev },
    detection,
    suggestion: null,
    handoff,
    title: handoff.title.slice(0, 120),
    severity: handoff.severity,
    requester: { principal: `agent:${(agent ?? "main").slice(0, 180)}`, host: hostName.test(detection.framework) ? detection.framework : "generic" },
    occurred_at_ms: nowMs,
  };
}
