// API keys: stored as a digest, shown once.
import { sha256Hex } from "../../../sdk/src/seal.js";
import { newId, newSecret } from "../ids.js";
import { invalid } from "../problem.js";
import type { KeyRow } from "./tables.js";
import type { Db, Scope, Unit } from "./unit.js";

export const scopes = ["read", "escalate", "approve", "admin"] as const;
export type KeyScope = (typeof scopes)[number];

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly principal: string;
  readonly display?: string | undefined;
  readonly expires_at_ms?: number | undefined;
  /** false: a key for all projects of the tenant. */
  readonly one_project?: boolean;
  readonly redacted?: boolean;
}

/** Makes a key. An agent's key must never be able to decide, so escalate and approve do not go together. */
export async function createKey(unit: Unit, key: NewKey, by: { kind: "person" | "client" | "system"; id: string; auth: "none" | "api-key" | "session" }): Promise<{ key_id: string; secret: string }> {
  if (key.scopes.includes("escalate") && key.scopes.includes("approve")) {
    throw invalid("/scopes", "A key that asks must not be able to decide. Make two keys: one with escalate, one with approve.", "escalate_and_approve");
  }
  if (key.scopes.includes("approve") && !/^(user:.+|[a-z]+:.+)$/.test(key.principal)) throw invalid("/principal", "Name who decides with this key, e.g. user:dana@acme.example.");
  if (key.scopes.includes("approve") && /^(svc|agent):/.test(key.principal)) throw invalid("/principal", "A service or an agent cannot decide. Name a person, e.g. user:dana@acme.example.");
  const id = newId("key");
  const secret = newSecret();
  await unit.tx
    .insertInto("api_keys")
    .values({
      id,
      tenant_id: unit.scope.tenant,
      project_id: key.one_project === false ? null : unit.scope.project,
      name: key.name,
      secret_sha256: sha256Hex(secret),
      last4: secret.slice(-4),
      principal: key.principal,
      display: key.display ?? null,
      scopes: key.scopes.join(" "),
      redacted: key.redacted === true ? 1 : 0,
      created_at_ms: unit.now,
      expires_at_ms: key.expires_at_ms ?? null,
      revoked_at_ms: null,
      last_used_at_ms: null,
    })
    .execute();
  await unit.event({ type: "key.created", actor: by, subject: { kind: "key", id }, data: { scopes: [...key.scopes], principal: key.principal } });
  return { key_id: id, secret: `amk_${id.slice(4)}_${secret}` };
}

/** The row of a key by its id; keys are looked up before their tenant is known. */
export function findKey(db: Db, id: string): Promise<KeyRow | undefined> {
  return db.selectFrom("api_keys").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Minute grain: one write a minute and key at most. */
export async function noteUse(db: Db, row: KeyRow, now: number): Promise<void> {
  if (row.last_used_at_ms !== null && now - row.last_used_at_ms < 60_000) return;
  await db.updateTable("api_keys").set({ last_used_at_ms: now }).where("id", "=", row.id).execute();
}

export async function listKeys(db: Db, scope: Scope): Promise<Omit<KeyRow, "secret_sha256">[]> {
  const rows = await db.selectFrom("api_keys").selectAll().where("tenant_id", "=", scope.tenant).where((eb) => eb.or([eb("project_id", "=", scope.project), eb("project_id", "is", null)])).orderBy("id", "desc").execute();
  return rows.map(({ secret_sha256: _, ...row }) => row);
}

/** True when there was such a key, in use. */
export async function revokeKey(unit: Unit, id: string, by: string): Promise<boolean> {
  const done = await unit.tx.updateTable("api_keys").set({ revoked_at_ms: unit.now }).where("id", "=", id).where("tenant_id", "=", unit.scope.tenant).where("revoked_at_ms", "is", null).executeTakeFirst();
  if (done.numUpdatedRows !== 1n) return false;
  await unit.event({ type: "key.revoked", actor: { kind: "person", id: by, auth: "api-key" }, subject: { kind: "key", id }, data: {} });
  return true;
}
