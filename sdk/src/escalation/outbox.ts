import { AgentmendError } from "../errors.js";
import type { EscalationRequest } from "../wire.js";

/** An escalation on its way to the endpoint, and while it waits there for a person. Plain JSON. */
export interface OutboxItem {
  /** The idempotency key: the same for every attempt to send it. */
  readonly key: string;
  readonly run_id: string | null;
  readonly binding_hash: string;
  readonly body: EscalationRequest;
  readonly queued_at_ms: number;
  /** Not sent after this: an open card expires, which rejects it. */
  readonly expires_at_ms: number;
  readonly attempts: number;
  readonly next_at_ms: number;
  /** What the endpoint answered; null = not sent yet. */
  readonly escalation: { readonly id: string; readonly url: string | null; readonly expires_at_ms: number } | null;
}

/** Where items are kept until a person's decision was used. Each call may be asynchronous; nothing is sent before `put` is done. */
export interface OutboxStore {
  /** True when the items survive the process. */
  readonly durable: boolean;
  /** Adds an item, or replaces the one with its key. */
  put(item: OutboxItem): void | Promise<void>;
  /** Items whose `next_at_ms` is not after `nowMs`; `Infinity` gives all. */
  due(nowMs: number): readonly OutboxItem[] | Promise<readonly OutboxItem[]>;
  /** Forgets an item: decided and used, or expired. */
  done(key: string): void | Promise<void>;
  /** Takes an item out of the way that the endpoint refuses for good, and keeps it for a person to look at. */
  fail(key: string, error: { code: string; message: string }): void | Promise<void>;
}

/** The most that waits at once; a new escalation beyond it fails loudly (approval-api.md 10). */
export const mostItems = 1000;
export const mostBytes = 16 << 20;

/** Refuses what would go beyond the limits of an outbox. */
export function checkRoom(items: number, bytes: number): void {
  if (items > mostItems || bytes > mostBytes) {
    throw new AgentmendError("outbox_full", "", `${items} escalations (${bytes} bytes) wait to be sent. Is the approval endpoint reachable?`);
  }
}

/** Keeps items in memory: they are lost with the process. */
export function memoryOutbox(): OutboxStore {
  const items = new Map<string, { item: OutboxItem; bytes: number }>();
  let total = 0;
  const drop = (key: string): void => {
    total -= items.get(key)?.bytes ?? 0;
    items.delete(key);
  };
  return {
    durable: false,
    put(item) {
      const bytes = JSON.stringify(item).length;
      const known = items.get(item.key);
      if (known === undefined) checkRoom(items.size + 1, total + bytes);
      total += bytes - (known?.bytes ?? 0);
      items.set(item.key, { item, bytes });
    },
    due: (nowMs) => [...items.values()].flatMap(({ item }) => (item.next_at_ms <= nowMs ? [item] : [])),
    done: drop,
    fail: drop,
  };
}
