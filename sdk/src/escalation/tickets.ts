// Escalations on their way: kept in the outbox, sent at least once with one idempotency key, found again by what they are bound to.
import { AgentmendError } from "../errors.js";
import type { ApprovalDecision } from "../wire.js";
import { Unreachable, worthRetrying, type Answer, type Send } from "./http.js";
import type { OutboxItem, OutboxStore } from "./outbox.js";

export interface Ticket {
  item: OutboxItem;
  /** `queued` not sent yet · `open` a card waits · `expired`, `dead`: no decision will come. */
  state: "queued" | "open" | "expired" | "dead";
  rev: number;
  decision: ApprovalDecision | null;
  /** Of this process only: a kill between consuming and the call must not be undone by a replay. */
  consumeKey: string | null;
  resuming: Promise<unknown> | null;
  requeued: boolean;
  /** Why it is dead. */
  error: AgentmendError | null;
}

export interface TicketParts {
  readonly send: Send;
  readonly store: OutboxStore;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly onError: (error: Error) => void;
  /** 0 to 1; the jitter of a pause. */
  readonly random: () => number;
}

export const sendTimeoutMs = 5000;
const longestPauseMs = 60_000;
const sweepFrom = 256;
const idForm = /^[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}$/;

/** The pause before attempt `attempts + 1`: full jitter, at most a minute; what the endpoint asks for wins. */
export function pauseMs(attempts: number, random: () => number, retryAfterMs: number | null = null): number {
  return retryAfterMs ?? random() * Math.min(longestPauseMs, 500 * 2 ** Math.min(attempts, 20));
}

/** A timer that lets a process end; whoever waits for an outcome keeps it alive otherwise. */
export function later(ms: number, work: () => void): () => void {
  const timer: unknown = setTimeout(work, Math.min(ms, 2 ** 31 - 1));
  if (typeof timer === "object" && timer !== null && "unref" in timer) (timer as { unref(): void }).unref();
  return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
}

interface Lane {
  readonly tickets: Ticket[];
  busy: boolean;
}

export class Tickets {
  private readonly byBinding = new Map<string, Ticket>();
  private readonly byId = new Map<string, Ticket>();
  private readonly lanes = new Map<string, Lane>();
  private readonly listeners = new Set<() => void>();
  private readonly wakers = new Set<() => void>();
  private stopped = false;

  constructor(private readonly parts: TicketParts) {}

  /** Takes up what an earlier process left behind. */
  async load(): Promise<void> {
    const now = this.parts.clock();
    for (const item of await this.parts.store.due(Number.POSITIVE_INFINITY)) {
      if (item.expires_at_ms <= now) await this.parts.store.done(item.key);
      else this.add(item);
    }
  }

  /** The ticket of a binding that still waits or was decided and not used. */
  find(bindingHash: string): Ticket | undefined {
    const ticket = this.byBinding.get(bindingHash);
    return ticket?.state === "dead" ? undefined : ticket;
  }

  byName(id: string): Ticket | undefined {
    return this.byId.get(id);
  }

  /** Keeps a new item and starts to send it. Throws `outbox_full` when there is no room. */
  open(item: OutboxItem): Ticket {
    if (this.byBinding.size >= sweepFrom) this.sweep();
    const saved = this.parts.store.put(item);
    return this.add(item, saved instanceof Promise ? saved : undefined);
  }

  /** The decision was used, or can't be any more: the next equal call is a new question. */
  close(ticket: Ticket): void {
    if (this.byBinding.get(ticket.item.binding_hash) === ticket) this.byBinding.delete(ticket.item.binding_hash);
    this.byId.delete(ticket.item.key);
    if (ticket.item.escalation !== null) this.byId.delete(ticket.item.escalation.id);
    this.keep(() => this.parts.store.done(ticket.item.key));
  }

  /** Closes what was decided or expired in a run. */
  forget(runId: string): void {
    for (const ticket of this.byBinding.values()) {
      if (ticket.item.run_id === runId && (ticket.decision !== null || ticket.state === "expired" || ticket.state === "dead")) this.close(ticket);
    }
  }

  /** The endpoint does not know its card any more (its store was lost): ask again, once. */
  requeue(ticket: Ticket): void {
    if (ticket.requeued) return this.bury(ticket, { code: "not_found", message: "The approval endpoint does not know this card." });
    ticket.requeued = true;
    this.rekey(ticket);
    ticket.state = "queued";
    this.enqueue(ticket);
  }

  bury(ticket: Ticket, error: { code: string; message: string }): void {
    ticket.state = "dead";
    ticket.error = new AgentmendError(error.code, "", error.message);
    this.keep(() => this.parts.store.fail(ticket.item.key, error));
    this.parts.onError(ticket.error);
    this.changed();
  }

  expire(ticket: Ticket): void {
    ticket.state = "expired";
    this.keep(() => this.parts.store.done(ticket.item.key));
    this.changed();
  }

  /** Calls back at the next change of any ticket; answers what takes the callback back. */
  onChange(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  get waiting(): number {
    return [...this.byBinding.values()].filter(({ state }) => state === "queued").length;
  }

  /** Sends now what waits for its next attempt. */
  hurry(): void {
    for (const wake of [...this.wakers]) wake();
  }

  stop(): void {
    this.stopped = true;
    this.hurry();
    this.changed();
  }

  private sweep(): void {
    const now = this.parts.clock();
    for (const ticket of this.byBinding.values()) if (ticket.item.expires_at_ms <= now) this.close(ticket);
  }

  private add(item: OutboxItem, saved?: Promise<void>): Ticket {
    const ticket: Ticket = { item, state: item.escalation === null ? "queued" : "open", rev: 0, decision: null, consumeKey: null, resuming: null, requeued: false, error: null };
    this.byBinding.set(item.binding_hash, ticket);
    this.byId.set(item.key, ticket);
    if (item.escalation !== null) this.byId.set(item.escalation.id, ticket);
    if (ticket.state === "queued") {
      if (saved === undefined) this.enqueue(ticket);
      else saved.then(() => this.enqueue(ticket), (error: unknown) => this.bury(ticket, { code: "outbox_failed", message: String(error) }));
    }
    return ticket;
  }

  private enqueue(ticket: Ticket): void {
    const name = ticket.item.run_id ?? "";
    let lane = this.lanes.get(name);
    if (lane === undefined) this.lanes.set(name, (lane = { tickets: [], busy: false }));
    lane.tickets.push(ticket);
    void this.drain(name, lane);
  }

  // One run's escalations go out in the order in which they came up.
  private async drain(name: string, lane: Lane): Promise<void> {
    if (lane.busy) return;
    lane.busy = true;
    for (let ticket = lane.tickets[0]; ticket !== undefined && !this.stopped; ticket = lane.tickets[0]) {
      await this.sleep(ticket.item.next_at_ms - this.parts.clock());
      if (this.stopped) break;
      if (await this.attempt(ticket)) lane.tickets.shift();
    }
    lane.busy = false;
    if (lane.tickets.length === 0) this.lanes.delete(name);
  }

  private sleep(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.wakers.delete(wake);
        resolve();
      };
      const cancel = later(ms, wake);
      this.wakers.add(wake);
    });
  }

  // True when it need not be tried again.
  private async attempt(ticket: Ticket): Promise<boolean> {
    const { item } = ticket;
    if (item.expires_at_ms <= this.parts.clock()) {
      this.expire(ticket);
      return true;
    }
    let answer: Answer | null = null;
    try {
      answer = await this.parts.send({ method: "POST", path: "/escalations", body: item.body, idempotencyKey: item.key, timeoutMs: sendTimeoutMs });
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
    if (answer !== null && answer.status < 300 && this.opened(ticket, answer.body)) return true;
    if (answer !== null && answer.status >= 300 && !worthRetrying(answer)) {
      if (answer.body["code"] === "idempotency_conflict" && !ticket.requeued) {
        ticket.requeued = true;
        this.rekey(ticket);
        return false;
      }
      const { code, detail } = answer.body;
      this.bury(ticket, { code: typeof code === "string" ? code : `http_${answer.status}`, message: typeof detail === "string" ? detail.slice(0, 400) : `The approval endpoint refused the escalation with status ${answer.status}.` });
      return true;
    }
    const pause = pauseMs(item.attempts, this.parts.random, answer?.retryAfterMs ?? null);
    this.replace(ticket, { ...item, attempts: item.attempts + 1, next_at_ms: this.parts.clock() + pause });
    return false;
  }

  // A card was opened, or is found again. What does not look like our card is an endpoint that answers nonsense.
  private opened(ticket: Ticket, body: Record<string, unknown>): boolean {
    const { id, binding_hash, expires_at_ms, rev } = body;
    if (typeof id !== "string" || !idForm.test(id) || binding_hash !== ticket.item.binding_hash) return false;
    const expires = typeof expires_at_ms === "number" && Number.isSafeInteger(expires_at_ms) ? expires_at_ms : ticket.item.expires_at_ms;
    ticket.state = "open";
    ticket.rev = typeof rev === "number" ? rev - 1 : 0; // so that the first look tells a decision that is there already
    this.byId.set(id, ticket);
    this.replace(ticket, { ...ticket.item, escalation: { id, url: null, expires_at_ms: expires }, expires_at_ms: expires });
    this.changed();
    return true;
  }

  private rekey(ticket: Ticket): void {
    const old = ticket.item;
    const key = this.parts.newId();
    this.byId.delete(old.key);
    this.byId.set(key, ticket);
    this.replace(ticket, { ...old, key, body: { ...old.body, idempotency_key: key }, escalation: null, attempts: 0, next_at_ms: 0 });
    this.keep(() => this.parts.store.done(old.key));
  }

  private replace(ticket: Ticket, item: OutboxItem): void {
    ticket.item = item;
    this.keep(() => this.parts.store.put(item));
  }

  // A store that fails after the first put loses comfort, not the escalation: it is in memory and on its way.
  private keep(work: () => void | Promise<void>): void {
    try {
      const done = work();
      if (done instanceof Promise) done.catch((error: unknown) => this.parts.onError(error instanceof Error ? error : new Error(String(error))));
    } catch (error) {
      this.parts.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
