// One schema for every database: texts, integers (times are ms since the epoch, UTC), JSON as text.
import type { Generated } from "kysely";

interface Owned {
  tenant_id: string;
  project_id: string;
}

export interface Tables {
  tenants: { id: string; name: string; created_at_ms: number };
  projects: { id: string; tenant_id: string; name: string; decision_kid: string; decision_key: string; created_at_ms: number };
  api_keys: {
    id: string;
    tenant_id: string;
    /** null = all projects of the tenant. */
    project_id: string | null;
    name: string;
    secret_sha256: string;
    last4: string;
    principal: string;
    display: string | null;
    /** Separated by blanks. */
    scopes: string;
    redacted: number;
    created_at_ms: number;
    expires_at_ms: number | null;
    revoked_at_ms: number | null;
    last_used_at_ms: number | null;
  };
  sessions: { id_sha256: string; key_id: string; tenant_id: string; csrf: string; created_at_ms: number; used_at_ms: number };
  escalations: Owned & {
    id: string;
    rev: number;
    kind: string;
    status: string;
    binding_hash: string;
    run_id: string;
    detector: string;
    agent: string | null;
    tool: string | null;
    title: string;
    severity: string;
    requester: string;
    api_key_id: string;
    owner: string;
    case_id: string | null;
    healing_id: string | null;
    doc: string;
    allow_edit: number;
    approvals_needed: number;
    repeat_count: number;
    created_at_ms: number;
    expires_at_ms: number;
    consumed_at_ms: number | null;
    claimed_by: string | null;
    claimed_until_ms: number | null;
  };
  decisions: Owned & {
    id: string;
    escalation_id: string;
    /** Empty when nobody decided: expired, cancelled. */
    principal: string;
    display: string | null;
    auth: string;
    decision: string;
    binding_hash: string;
    doc: string;
    at_ms: number;
  };
  governance_cases: Owned & {
    id: string;
    rev: number;
    state: string;
    overdue: number;
    detector: string;
    dedupe_key: string;
    detection_id: string;
    owner: string;
    requester: string;
    handoff: string;
    repeat_count: number;
    opened_at_ms: number;
    acknowledged_at_ms: number | null;
    acknowledged_by: string | null;
    resolved_at_ms: number | null;
    resolved_by: string | null;
    outcome: string | null;
    note: string | null;
    until_ms: number | null;
  };
  idempotency: { project_id: string; tenant_id: string; route: string; key: string; body_sha256: string; status: number; response: string; created_at_ms: number };
  audit_events: Owned & { seq: number; id: string; type: string; subject_kind: string; subject_id: string; at_ms: number; doc: string };
  audit_heads: Owned & { doc: string };
  healing_records: Owned & {
    id: string;
    rev: number;
    state: string;
    detection_id: string;
    detector: string;
    fix_type: string;
    target_id: string;
    apply_key: string;
    escalation_id: string | null;
    owner: string;
    doc: string;
    lease_sha256: string | null;
    lease_until_ms: number | null;
    created_at_ms: number;
    updated_at_ms: number;
  };
  targets: Owned & { id: string; limiter: string; updated_at_ms: number };
  detections: Owned & { id: string; detector: string; run_id: string | null; at_ms: number; doc: string };
  migrations: { id: Generated<number>; name: string; at_ms: number };
}

export type Escalation = Tables["escalations"];
export type DecisionRow = Tables["decisions"];
export type CaseRow = Tables["governance_cases"];
export type KeyRow = Tables["api_keys"];
export type HealingRow = Tables["healing_records"];
