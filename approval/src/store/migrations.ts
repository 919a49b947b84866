// The one list of migrations. A migration is never changed once it was released: add another.
import { sql, type Kysely, type Transaction } from "kysely";

import type { Tables } from "./tables.js";

interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

const owned = "tenant_id TEXT NOT NULL, project_id TEXT NOT NULL";

const migrations: readonly Migration[] = [
  {
    name: "0001_first",
    statements: [
      "CREATE TABLE tenants (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at_ms BIGINT NOT NULL)",
      `CREATE TABLE projects (id TEXT NOT NULL, tenant_id TEXT NOT NULL, name TEXT NOT NULL, decision_kid TEXT NOT NULL, decision_key TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL, PRIMARY KEY (tenant_id, id))`,
      `CREATE TABLE api_keys (id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, project_id TEXT, name TEXT NOT NULL, secret_sha256 TEXT NOT NULL UNIQUE, last4 TEXT NOT NULL,
        principal TEXT NOT NULL, display TEXT, scopes TEXT NOT NULL, redacted INTEGER NOT NULL, created_at_ms BIGINT NOT NULL, expires_at_ms BIGINT, revoked_at_ms BIGINT, last_used_at_ms BIGINT)`,
      "CREATE TABLE sessions (id_sha256 TEXT PRIMARY KEY, key_id TEXT NOT NULL, tenant_id TEXT NOT NULL, csrf TEXT NOT NULL, created_at_ms BIGINT NOT NULL, used_at_ms BIGINT NOT NULL)",
      `CREATE TABLE escalations (id TEXT PRIMARY KEY, ${owned}, rev BIGINT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, binding_hash TEXT NOT NULL, run_id TEXT NOT NULL,
        detector TEXT NOT NULL, agent TEXT, tool TEXT, title TEXT NOT NULL, severity TEXT NOT NULL, requester TEXT NOT NULL, api_key_id TEXT NOT NULL, owner TEXT NOT NULL,
        case_id TEXT, healing_id TEXT, doc TEXT NOT NULL, allow_edit INTEGER NOT NULL, approvals_needed INTEGER NOT NULL, repeat_count BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL, expires_at_ms BIGINT NOT NULL, consumed_at_ms BIGINT)`,
      "CREATE INDEX escalations_status ON escalations (project_id, status, expires_at_ms)",
      "CREATE INDEX escalations_newest ON escalations (project_id, created_at_ms, id)",
      "CREATE UNIQUE INDEX escalations_open ON escalations (tenant_id, project_id, binding_hash, run_id) WHERE status IN ('pending', 'acknowledged')",
      `CREATE TABLE decisions (id TEXT PRIMARY KEY, ${owned}, escalation_id TEXT NOT NULL, principal TEXT NOT NULL, display TEXT, auth TEXT NOT NULL, decision TEXT NOT NULL,
        binding_hash TEXT NOT NULL, doc TEXT NOT NULL, at_ms BIGINT NOT NULL, UNIQUE (escalation_id, principal, decision))`,
      `CREATE TABLE governance_cases (id TEXT NOT NULL, ${owned}, rev BIGINT NOT NULL, state TEXT NOT NULL, overdue INTEGER NOT NULL, detector TEXT NOT NULL, dedupe_key TEXT NOT NULL,
        detection_id TEXT NOT NULL, owner TEXT NOT NULL, requester TEXT NOT NULL, handoff TEXT NOT NULL, repeat_count BIGINT NOT NULL, opened_at_ms BIGINT NOT NULL,
        acknowledged_at_ms BIGINT, acknowledged_by TEXT, resolved_at_ms BIGINT, resolved_by TEXT, outcome TEXT, note TEXT, until_ms BIGINT, PRIMARY KEY (tenant_id, project_id, id))`,
      "CREATE UNIQUE INDEX governance_open ON governance_cases (tenant_id, project_id, dedupe_key) WHERE state <> 'resolved'",
      `CREATE TABLE idempotency (${owned}, route TEXT NOT NULL, key TEXT NOT NULL, body_sha256 TEXT NOT NULL, status INTEGER NOT NULL, response TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL, PRIMARY KEY (tenant_id, project_id, route, key))`,
      "CREATE INDEX idempotency_age ON idempotency (created_at_ms)",
      `CREATE TABLE audit_events (${owned}, seq BIGINT NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL, at_ms BIGINT NOT NULL,
        doc TEXT NOT NULL, PRIMARY KEY (tenant_id, project_id, seq))`,
      "CREATE INDEX audit_subject ON audit_events (project_id, subject_id)",
      `CREATE TABLE audit_heads (${owned}, doc TEXT NOT NULL, PRIMARY KEY (tenant_id, project_id))`,
      `CREATE TABLE healing_records (id TEXT NOT NULL, ${owned}, rev BIGINT NOT NULL, state TEXT NOT NULL, detection_id TEXT NOT NULL, detector TEXT NOT NULL, fix_type TEXT NOT NULL,
        target_id TEXT NOT NULL, apply_key TEXT NOT NULL, escalation_id TEXT, owner TEXT NOT NULL, doc TEXT NOT NULL, lease_sha256 TEXT, lease_until_ms BIGINT,
        created_at_ms BIGINT NOT NULL, updated_at_ms BIGINT NOT NULL, PRIMARY KEY (tenant_id, project_id, id))`,
      "CREATE UNIQUE INDEX healing_apply_key ON healing_records (tenant_id, project_id, apply_key)",
      "CREATE INDEX healing_state ON healing_records (project_id, state, created_at_ms)",
    ],
  },
  {
    name: "0002_detections",
    statements: [
      `CREATE TABLE detections (id TEXT NOT NULL, ${owned}, detector TEXT NOT NULL, run_id TEXT, at_ms BIGINT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (tenant_id, project_id, id))`,
      "CREATE INDEX detections_newest ON detections (project_id, at_ms)",
      "CREATE INDEX healing_target ON healing_records (project_id, target_id, created_at_ms)",
    ],
  },
  {
    name: "0003_claims",
    statements: ["ALTER TABLE escalations ADD COLUMN claimed_by TEXT", "ALTER TABLE escalations ADD COLUMN claimed_until_ms BIGINT"],
  },
  {
    name: "0004_targets",
    statements: [`CREATE TABLE targets (id TEXT NOT NULL, ${owned}, limiter TEXT NOT NULL, updated_at_ms BIGINT NOT NULL, PRIMARY KEY (tenant_id, project_id, id))`],
  },
];

/** Brings a database up to date. Each migration and its mark are one transaction, so that a crash leaves no half of one. */
export async function migrate(db: Kysely<Tables>, now: number): Promise<void> {
  await sql`CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at_ms BIGINT NOT NULL)`.execute(db);
  for (const migration of migrations) {
    await db.transaction().execute(async (tx) => {
      const done = await tx.selectFrom("migrations").select("id").where("name", "=", migration.name).executeTakeFirst();
      if (done === undefined) await run(tx, migration, now);
    });
  }
}

async function run(tx: Transaction<Tables>, migration: Migration, now: number): Promise<void> {
  for (const statement of migration.statements) await sql.raw(statement).execute(tx);
  await tx.insertInto("migrations").values({ name: migration.name, at_ms: now }).execute();
}
