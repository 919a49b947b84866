import type { Context } from "hono";

import { equalInConstantTime, sha256Hex } from "../../../sdk/src/seal.js";
import type { Caller } from "../callers.js";
import { Problem } from "../problem.js";
import type { Services } from "../services.js";
import { findKey, noteUse, type KeyScope } from "../store/keys.js";
import type { KeyRow } from "../store/tables.js";

const keyForm = /^amk_([0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/;

/** Where a request came from; behind a proxy this is the proxy. */
export function addressOf(c: Context): string {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return env?.incoming?.socket?.remoteAddress ?? "unknown";
}

/** No key in an address, ever: addresses end up in logs and histories. */
export function refuseCredentialInUrl(c: Context): void {
  for (const [name, value] of new URL(c.req.url).searchParams) {
    if (/^(key|api_?key|token|access_token|authorization|bearer|secret)$/i.test(name) || value.includes("amk_")) {
      throw new Problem("credential_in_url", "A key does not belong into an address. Send it as Authorization: Bearer, and make a new one: this one may be in a log.");
    }
  }
}

/** The row of a key that may be used now; the same words and time whatever is wrong with it. */
export async function keyRow(services: Services, text: string, address: string): Promise<KeyRow> {
  services.rates.peek("failed", address);
  const form = keyForm.exec(text.trim());
  const row = form === null ? undefined : await findKey(services.store.db, `key_${form[1]}`);
  const given = sha256Hex(form?.[2] ?? "");
  if (row === undefined || !equalInConstantTime(given, row.secret_sha256)) {
    services.rates.take("failed", address);
    throw new Problem("unauthenticated", "This key is not known here.");
  }
  if (row.revoked_at_ms !== null) throw new Problem("key_revoked", "This key was revoked. Ask an admin for another.");
  if (row.expires_at_ms !== null && row.expires_at_ms <= services.now()) throw new Problem("key_expired", "This key is past its time. Ask an admin for another.");
  return row;
}

export async function authenticate(services: Services, c: Context): Promise<Caller> {
  const header = c.req.header("Authorization");
  const bearer = /^Bearer (.+)$/i.exec(header ?? "")?.[1];
  if (bearer === undefined) throw new Problem("unauthenticated", "Send Authorization: Bearer amk_…");
  const row = await keyRow(services, bearer, addressOf(c));
  await noteUse(services.store.db, row, services.now());
  const wanted = c.req.header("AgentMend-Project");
  const project = row.project_id ?? wanted;
  if (project === undefined) throw new Problem("project_required", "This key is for several projects. Say which one in the header AgentMend-Project.");
  if (wanted !== undefined && wanted !== project) throw new Problem("not_found", "There is no such project here.");
  return callerOf(row, project, "api-key");
}

export function callerOf(row: KeyRow, project: string, auth: "api-key" | "session"): Caller {
  const held = row.scopes.split(" ") as KeyScope[];
  const scopes: KeyScope[] = held.includes("approve") || held.includes("admin") ? [...new Set<KeyScope>([...held, "read"])] : held;
  return { scope: { tenant: row.tenant_id, project }, keyId: row.id, principal: row.principal, display: row.display, scopes, auth, redacted: row.redacted === 1 };
}

export function requireScope(caller: Caller, ...anyOf: KeyScope[]): void {
  if (anyOf.some((scope) => caller.scopes.includes(scope))) return;
  throw new Problem("missing_scope", `This key holds ${caller.scopes.join(", ")}; this needs ${anyOf.join(" or ")}.`);
}
