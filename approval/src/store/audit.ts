import type { AuditHead } from "../../../sdk/src/audit.js";
import type { AuditEvent } from "../../../sdk/src/wire.js";
import { owned, type Db, type Scope } from "./unit.js";

const pageSize = 500;

export async function readHeadOf(db: Db, scope: Scope): Promise<AuditHead | null> {
  const row = await db.selectFrom("audit_heads").select("doc").where(owned(scope)).executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.doc) as AuditHead);
}

/** An export, line by line (healing.md 9.4). The head is read first: events that are written meanwhile are left to the next export. */
export async function* exportLines(db: Db, scope: Scope, range: { from: number; to: number | undefined; now: number }): AsyncGenerator<string> {
  const head = await readHeadOf(db, scope);
  const last = Math.min(range.to ?? Number.MAX_SAFE_INTEGER, head?.seq ?? -1);
  yield JSON.stringify({ agentmend_audit: 1, stream: `${scope.tenant}/${scope.project}`, from: range.from, to: last, exported_at_ms: range.now });
  for (let next = range.from; next <= last; ) {
    const rows = await db.selectFrom("audit_events").select(["seq", "doc"]).where(owned(scope)).where("seq", ">=", next).where("seq", "<=", last).orderBy("seq").limit(pageSize).execute();
    for (const { doc } of rows) yield doc;
    const seen = rows.at(-1)?.seq;
    if (seen === undefined) break;
    next = seen + 1;
  }
  if (head !== null && last === head.seq) yield JSON.stringify({ head });
}

/** What happened to one card, oldest first. */
export async function historyOf(db: Db, scope: Scope, subjectId: string): Promise<{ type: string; at_ms: number; doc: string }[]> {
  return db.selectFrom("audit_events").select(["type", "at_ms", "doc"]).where(owned(scope)).where("subject_id", "=", subjectId).orderBy("seq").limit(200).execute();
}

/** Newest first. */
export async function newestEvents(db: Db, scope: Scope, limit: number): Promise<AuditEvent[]> {
  const rows = await db.selectFrom("audit_events").select("doc").where(owned(scope)).orderBy("seq", "desc").limit(limit).execute();
  return rows.map(({ doc }) => JSON.parse(doc) as AuditEvent);
}
