// A unit of work: everything that one request changes, its audit events included, is one transaction of one project.
import { sql, type Kysely, type RawBuilder, type Transaction } from "kysely";

import type { Core } from "../../../wasm/core.js";
import { linkEvent, type AuditEntry, type AuditHead } from "../../../sdk/src/audit.js";
import { newId } from "../ids.js";
import { Problem } from "../problem.js";
import type { Tables } from "./tables.js";

/** One project of one tenant: every query names it. */
export interface Scope {
  readonly tenant: string;
  readonly project: string;
}

export type Db = Kysely<Tables>;

/** The condition that keeps a query inside its project. */
export function owned(scope: Scope): RawBuilder<boolean> {
  return sql<boolean>`tenant_id = ${scope.tenant} AND project_id = ${scope.project}`;
}

export interface Unit {
  readonly tx: Transaction<Tables>;
  readonly scope: Scope;
  readonly now: number;
  readonly core: Core;
  /** Appends an event to the project's chain, in the same transaction. Answers its number. */
  event(entry: Omit<AuditEntry, "id" | "at_ms">): Promise<number>;
  /** Wakes those who wait for this object, once the transaction is through. */
  wake(id: string): void;
}

export interface Store {
  readonly db: Db;
  /** Does the work in a transaction; when it throws, nothing happened. */
  change<T>(scope: Scope, work: (unit: Unit) => Promise<T>): Promise<T>;
  /** Calls back after each change of the object; gives back how to stop. */
  watch(id: string, changed: () => void): () => void;
  /** Wakes all who wait, whatever for. */
  wakeAll(): void;
  close(): Promise<void>;
}

export function createStore(db: Db, options: { auditKey: Uint8Array | null; now: () => number; core: Core }): Store {
  const watchers = new Map<string, Set<() => void>>();
  return {
    db,
    async change(scope, work) {
      const woken = new Set<string>();
      const result = await db.transaction().execute((tx) => {
        const now = options.now();
        return work({ tx, scope, now, core: options.core, event: (entry) => append(tx, scope, { ...entry, id: newId("ev"), at_ms: now }, options.auditKey), wake: (id) => woken.add(id) });
      });
      for (const id of woken) for (const changed of [...(watchers.get(id) ?? [])]) changed();
      return result;
    },
    watch(id, changed) {
      const set = watchers.get(id) ?? new Set();
      watchers.set(id, set.add(changed));
      return () => {
        set.delete(changed);
        if (set.size === 0) watchers.delete(id);
      };
    },
    wakeAll() {
      for (const set of [...watchers.values()]) for (const changed of [...set]) changed();
    },
    close: () => db.destroy(),
  };
}

async function append(tx: Transaction<Tables>, scope: Scope, entry: AuditEntry, key: Uint8Array | null): Promise<number> {
  try {
    const row = await tx.selectFrom("audit_heads").select("doc").where(owned(scope)).executeTakeFirst();
    const linked = linkEvent(row === undefined ? null : (JSON.parse(row.doc) as AuditHead), scope, entry, key);
    const { event } = linked;
    const place = { tenant_id: scope.tenant, project_id: scope.project };
    await tx
      .insertInto("audit_events")
      .values({ ...place, seq: event.seq, id: event.id, type: event.type, subject_kind: event.subject.kind, subject_id: event.subject.id, at_ms: event.at_ms, doc: JSON.stringify(event) })
      .execute();
    const doc = JSON.stringify(linked.head);
    if (row === undefined) await tx.insertInto("audit_heads").values({ ...place, doc }).execute();
    else await tx.updateTable("audit_heads").set({ doc }).where(owned(scope)).execute();
    return event.seq;
  } catch (error) {
    throw new Problem("audit_unavailable", "The audit trail could not be written, so nothing was decided. Try again.", { cause: error });
  }
}
