import { bindingHash, dedupeKey, type BindingParts } from "../seal.js";
import type { EscalationRequest } from "../wire.js";
import type { EscalationOptions } from "./options.js";

/** A request as the core emits it: whole but for its digests. */
export type UnsealedRequest = Omit<EscalationRequest, "binding_hash">;

export interface Sealing {
  readonly options: EscalationOptions;
  readonly key: string;
  readonly ttlS: number;
  readonly allowEdit: boolean;
}

/** Stamps what only the host can: digests, the idempotency key, who asks, how long. */
export function sealRequest(raw: UnsealedRequest, { options, key, ttlS, allowEdit }: Sealing): EscalationRequest {
  const binding = raw.binding as EscalationRequest["binding"] & BindingParts;
  const { handoff } = raw;
  return {
    ...raw,
    idempotency_key: key,
    binding_hash: bindingHash(binding),
    handoff: handoff === null ? null : { ...handoff, dedupe_key: dedupeKey({ detector: binding.detector, run: binding.run_id, agent: binding.agent, tool: binding.tool, target: binding.target }) },
    expires_in_s: Math.min(Math.max(Math.trunc(raw.expires_in_s ?? options.expiresInS ?? ttlS), 30), 86_400),
    ...(allowEdit && binding.tool !== null ? { allow_edit: true } : {}),
    requester: options.principal === undefined ? raw.requester : { ...raw.requester, principal: options.principal },
  };
}
