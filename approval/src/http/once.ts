// Idempotency: the same key and body get the stored answer; what is stored is written in the transaction of the change itself.
import type { Context } from "hono";

import { sha256Hex } from "../../../sdk/src/seal.js";
import type { Caller } from "../callers.js";
import { Problem } from "../problem.js";
import type { Services } from "../services.js";
import { owned, type Db, type Unit } from "../store/unit.js";
import { maxBody, readJson } from "./read-json.js";

export interface Answer {
  readonly status: 200 | 201 | 202 | 207;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const keyForm = /^[\x21-\x7e]{8,200}$/;
const keptMs = 7 * 24 * 3_600_000;

/** The text of a body; the whole of it has to fit. */
export async function bodyText(c: Context): Promise<string> {
  const type = c.req.header("Content-Type") ?? "";
  if (/^multipart\//i.test(type)) throw new Problem("unsupported_media_type", "Send the document itself as the body, not a form.");
  const length = Number(c.req.header("Content-Length") ?? "0");
  if (length > maxBody) throw new Problem("body_too_large", "A body is at most 1 MiB.");
  const reader = c.req.raw.body?.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    size += part.value.length;
    if (size > maxBody) {
      await reader?.cancel();
      throw new Problem("body_too_large", "A body is at most 1 MiB.");
    }
    parts.push(part.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Problem("bad_json", "The body is not UTF-8.");
  }
}

/** Does a change once per idempotency key. Errors are not stored: what was wrong may be right the next time. */
export async function once(services: Services, c: Context, caller: Caller, options: { required: boolean }, work: (unit: Unit, body: unknown) => Promise<Answer>): Promise<Response> {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined && options.required) throw new Problem("precondition_required", "Send an Idempotency-Key (8 to 200 visible ASCII characters): the same one when you repeat the request.");
  if (key !== undefined && !keyForm.test(key)) throw new Problem("invalid_input", "An Idempotency-Key is 8 to 200 visible ASCII characters.");
  const text = await bodyText(c);
  const route = `${c.req.method} ${new URL(c.req.url).pathname} ${caller.principal}`;
  const body = text === "" ? {} : readJson(text);
  const digest = sha256Hex(text);
  const answer = await services.store.change(caller.scope, async (unit): Promise<Answer & { replayed?: boolean }> => {
    if (key !== undefined) {
      const stored = await unit.tx.selectFrom("idempotency").selectAll().where(owned(caller.scope)).where("route", "=", route).where("key", "=", key).executeTakeFirst();
      if (stored !== undefined) {
        if (stored.body_sha256 !== digest) throw new Problem("idempotency_conflict", "This Idempotency-Key came with another body before. Use a new key for a new request.");
        return { ...(JSON.parse(stored.response) as Answer), replayed: true };
      }
    }
    const made = await work(unit, body);
    if (key !== undefined) {
      const place = { tenant_id: caller.scope.tenant, project_id: caller.scope.project };
      await unit.tx.insertInto("idempotency").values({ ...place, route, key, body_sha256: digest, status: made.status, response: JSON.stringify(made), created_at_ms: unit.now }).execute();
    }
    return made;
  });
  return c.json(answer.body, answer.status, { ...answer.headers, ...(answer.replayed === true ? { "Idempotent-Replay": "true" } : {}) });
}

/** Forgets keys that are older than seven days. */
export async function forgetKeys(db: Db, now: number): Promise<void> {
  await db.deleteFrom("idempotency").where("created_at_ms", "<", now - keptMs).execute();
}
