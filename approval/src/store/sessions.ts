import { sha256Hex } from "../../../sdk/src/seal.js";
import { newSecret } from "../ids.js";
import type { KeyRow, Tables } from "./tables.js";
import type { Db } from "./unit.js";

const idleMs = 8 * 3_600_000;
const absoluteMs = 24 * 3_600_000;

export type Session = Tables["sessions"];

/** A new session for whoever holds this key; the id goes to the browser, its digest here. */
export async function openSession(db: Db, key: KeyRow, now: number): Promise<string> {
  const id = newSecret();
  await db.insertInto("sessions").values({ id_sha256: sha256Hex(id), key_id: key.id, tenant_id: key.tenant_id, csrf: newSecret(), created_at_ms: now, used_at_ms: now }).execute();
  return id;
}

/** The session, when it is neither idle for 8 hours nor older than a day. */
export async function findSession(db: Db, id: string, now: number): Promise<Session | undefined> {
  const row = await db.selectFrom("sessions").selectAll().where("id_sha256", "=", sha256Hex(id)).executeTakeFirst();
  if (row === undefined || now - row.used_at_ms >= idleMs || now - row.created_at_ms >= absoluteMs) return undefined;
  if (now - row.used_at_ms >= 60_000) await db.updateTable("sessions").set({ used_at_ms: now }).where("id_sha256", "=", row.id_sha256).execute();
  return row;
}

export async function endSession(db: Db, id: string): Promise<void> {
  await db.deleteFrom("sessions").where("id_sha256", "=", sha256Hex(id)).execute();
}

export async function forgetSessions(db: Db, now: number): Promise<void> {
  await db.deleteFrom("sessions").where((eb) => eb.or([eb("created_at_ms", "<", now - absoluteMs), eb("used_at_ms", "<", now - idleMs)])).execute();
}
