// Between a session and the endpoint: cards are opened, decisions fetched, checked, used once.
import { AgentmendError } from "../errors.js";
import type { InterventionAction } from "../intervention.js";
import type { ApprovalDecision, EscalationRequest, Policy } from "../wire.js";
import { readEndpoint, Unreachable, worthRetrying, type Answer, type Send } from "./http.js";
import type { EscalationOptions } from "./options.js";
import type { OutboxStore } from "./outbox.js";
import { sealRequest, type UnsealedRequest } from "./seal-request.js";
import { later, pauseMs, sendTimeoutMs, Tickets, type Ticket } from "./tickets.js";
import { verifyDecision } from "./verify-decision.js";

/** What a session sees of the desk. */
export interface CallDesk {
  /** Opens the cards that a decision asks for (`escalations` gives the core's request bodies) and tells where they are. */
  settle(action: InterventionAction, escalations: () => string): InterventionAction;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: until the card expires. */
  readonly timeoutMs?: number | undefined;
}

/** What became of a decision that was handed to `resume`. */
export interface Resumed {
  /** True: the held call may be made now, once. */
  readonly granted: boolean;
  readonly status: ApprovalDecision["decision"];
  /** Why nothing was granted: `rejected`, `already_consumed`, `expired`, `not_a_call`, `unreachable`… */
  readonly reason: string | null;
  /** The arguments that the person allowed instead; the session puts them into `patchedArgs`. */
  readonly editedArgs?: unknown;
}

export interface DeskParts {
  readonly options: EscalationOptions;
  readonly store: OutboxStore;
  readonly send: Send;
  readonly policy: Policy | undefined;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly random: () => number;
  readonly onError: (error: Error) => void;
  /** Hands an event (grant or refusal) to the run that a binding names. */
  readonly tell: (runId: string, event: Record<string, unknown>) => void;
  readonly isOpen: (runId: string) => boolean;
}

const daySeconds = 86_400;
const longestWaitS = 30;
const longestPollMs = 15_000;
const consumeForMs = 30_000;
const ending: readonly unknown[] = ["approved", "edited", "rejected", "expired", "cancelled", "superseded", "resolved"];
const outboxFailed = "The question for a person could not be kept, so the call was not made. Do not repeat it; answer with what you have.";

export class Desk implements CallDesk {
  private readonly tickets: Tickets;
  private readonly base: URL;

  constructor(private readonly parts: DeskParts) {
    this.base = readEndpoint(parts.options.endpoint);
    this.tickets = new Tickets(parts);
  }

  load(): Promise<void> {
    return this.tickets.load();
  }

  settle(action: InterventionAction, escalations: () => string): InterventionAction {
    const bodies = (JSON.parse(escalations()) as { escalations: UnsealedRequest[] }).escalations;
    let approval: InterventionAction["approval"] = null;
    for (const body of bodies) {
      try {
        const told = this.approvalOf(this.raise(body));
        approval ??= told;
      } catch (error) {
        this.parts.onError(error instanceof Error ? error : new Error(String(error)));
        if (action.decision === "allow") continue;
        return { ...action, decision: "block", message: outboxFailed, approval: { id: body.idempotency_key, url: null, expiresAtMs: this.parts.clock(), delivery: "failed" } };
      }
    }
    return approval === null ? action : { ...action, approval };
  }

  /** The card of a request: the one that is open for the same binding, else a new one. */
  raise(raw: UnsealedRequest): Ticket {
    const { options, policy, clock, newId } = this.parts;
    const body = sealRequest(raw, { options, key: newId(), ttlS: policy?.approval?.ttl_s ?? daySeconds, allowEdit: policy?.approval?.allow_edit === true });
    const known = this.tickets.find(body.binding_hash);
    if (known !== undefined) return known;
    const now = clock();
    return this.tickets.open({
      key: body.idempotency_key,
      run_id: body.binding.run_id,
      binding_hash: body.binding_hash,
      body,
      queued_at_ms: now,
      expires_at_ms: now + (body.expires_in_s ?? daySeconds) * 1000,
      attempts: 0,
      next_at_ms: 0,
      escalation: null,
    });
  }

  /** Where a card is, for a host to show. */
  approvalOf({ item, state }: Ticket): NonNullable<InterventionAction["approval"]> {
    const { escalation } = item;
    // Built here and never taken from an answer: a link to somewhere else must not reach a person.
    const url = escalation === null ? null : new URL(`a/${encodeURIComponent(escalation.id)}`, this.base).href;
    return { id: escalation?.id ?? item.key, url, expiresAtMs: item.expires_at_ms, delivery: state === "dead" ? "failed" : escalation === null ? "queued" : "sent" };
  }

  /** Waits until the ticket was sent, or the time is over. */
  async delivered(ticket: Ticket, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const wait = waiter(timeoutMs, signal);
    try {
      while (ticket.state === "queued" && !wait.over()) await wait.until((done) => this.tickets.onChange(done));
    } finally {
      wait.end();
    }
  }

  async waitForDecision(id: string, { signal, timeoutMs }: WaitOptions = {}): Promise<ApprovalDecision | null> {
    const ticket = this.tickets.byName(id);
    if (ticket === undefined) throw new AgentmendError("unknown_escalation", "/id", "There is no such card in this process. Ask for the call again: its card is found by run and binding.");
    const wait = waiter(timeoutMs ?? ticket.item.expires_at_ms - this.parts.clock(), signal);
    try {
      let failures = 0;
      while (!wait.over() && ticket.decision === null && (ticket.state === "queued" || ticket.state === "open")) {
        if (ticket.state === "queued") await wait.until((done) => this.tickets.onChange(done));
        else failures = await this.look(ticket, wait, failures);
      }
      if (ticket.state === "expired") this.refuse(ticket);
      return ticket.decision;
    } finally {
      wait.end();
      signal?.throwIfAborted();
    }
  }

  // One look at the card, and the pause that it asks for. Answers how many looks in a row brought nothing.
  private async look(ticket: Ticket, wait: Waiter, failures: number): Promise<number> {
    const id = encodeURIComponent(ticket.item.escalation?.id ?? "");
    const waitS = Math.max(0, Math.min(longestWaitS, Math.floor(wait.leftMs() / 1000)));
    const began = this.parts.clock();
    let answer: Answer | null = null;
    try {
      answer = await this.parts.send({ method: "GET", path: `/escalations/${id}?wait=${waitS}&since_rev=${ticket.rev}`, timeoutMs: waitS * 1000 + sendTimeoutMs, signal: wait.signal });
    } catch (error) {
      if (wait.over()) return failures;
      if (!(error instanceof Unreachable)) throw error;
    }
    if (answer !== null && answer.status === 200) {
      const { rev, status, decision } = answer.body;
      const news = typeof rev === "number" && rev > ticket.rev;
      if (typeof rev === "number") ticket.rev = rev;
      if (ending.includes(status)) return this.decided(ticket, decision);
      // A server that does not hold the request is asked less and less often.
      const held = news || this.parts.clock() - began >= 1000;
      if (held) return 0;
      await wait.until((done) => later(Math.min(longestPollMs, 1000 * 1.5 ** failures), done));
      return failures + 1;
    }
    if (answer?.status === 404) this.tickets.requeue(ticket);
    else if (answer !== null && !worthRetrying(answer)) this.tickets.bury(ticket, { code: String(answer.body["code"] ?? `http_${answer.status}`), message: "The approval endpoint does not tell this decision." });
    else {
      const pause = pauseMs(failures, this.parts.random, answer?.retryAfterMs ?? null);
      await wait.until((done) => later(pause, done));
    }
    return failures + 1;
  }

  private decided(ticket: Ticket, decision: unknown): number {
    if (decision === undefined || decision === null) this.tickets.expire(ticket);
    else ticket.decision = this.verify(ticket, decision);
    return 0;
  }

  // Expired and rejected are the same: the held call stays blocked in this run.
  private refuse({ item: { body } }: Ticket): void {
    const { run_id, tool } = body.binding;
    if (run_id !== null && tool !== null && this.parts.isOpen(run_id)) this.parts.tell(run_id, { type: "refusal", ...body.binding });
  }

  private verify(ticket: Ticket, decision: unknown): ApprovalDecision {
    const { options, policy, clock } = this.parts;
    return verifyDecision(decision, { escalationId: ticket.item.escalation?.id ?? "", request: ticket.item.body, decisionKey: options.decisionKey, policy, now: clock() });
  }

  /** Uses a decision: verifies it, consumes it at the endpoint, and lets the held call through, once. */
  async resume(value: ApprovalDecision): Promise<Resumed> {
    const ticket = this.tickets.byName(String((value as Partial<ApprovalDecision> | null)?.escalation_id));
    if (ticket === undefined) throw new AgentmendError("binding_mismatch", "/escalation_id", "No call of this process waits for this decision.");
    const decision = this.verify(ticket, value);
    const { binding } = ticket.item.body;
    const status = decision.decision;
    if (status !== "approved" && status !== "edited") {
      // The ticket stays until it expires: the same call of this run finds the refusal, not a new card.
      ticket.decision = decision;
      this.refuse(ticket);
      return { granted: false, status, reason: status };
    }
    if (binding.tool === null || binding.run_id === null || binding.fix !== null || binding.target !== null) return { granted: false, status, reason: "not_a_call" };
    // Before anything is used up: a grant that nobody can receive would be burnt.
    if (!this.parts.isOpen(binding.run_id)) throw new AgentmendError("unknown_run", "/run_id", `Open the session of run ${JSON.stringify(binding.run_id)} first; the approval is for a call of that run.`);
    ticket.resuming ??= this.use(ticket, decision, binding as EscalationRequest["binding"] & { run_id: string });
    return ticket.resuming as Promise<Resumed>;
  }

  private async use(ticket: Ticket, decision: ApprovalDecision, binding: EscalationRequest["binding"] & { run_id: string }): Promise<Resumed> {
    const status = decision.decision;
    const refused = (reason: string): Resumed => ({ granted: false, status, reason });
    const hash = status === "edited" ? (decision.edited_binding_hash ?? "") : decision.binding_hash;
    const answer = await this.consume(ticket, decision, hash);
    if (answer === null) {
      ticket.resuming = null; // not known; the same key may be tried again by this process
      return refused("unreachable");
    }
    this.tickets.close(ticket);
    if (answer.status !== 200) return refused(String(answer.body["code"] ?? `http_${answer.status}`));
    this.parts.tell(binding.run_id, { type: "grant", ...binding, expires_at_ms: decision.expires_at_ms, ...(status === "edited" ? { edited_args: decision.edited_args } : {}) });
    return { granted: true, status, reason: null, ...(status === "edited" ? { editedArgs: decision.edited_args } : {}) };
  }

  // Null: no answer in time. The key is this process's own, so that a restart cannot consume what was consumed.
  private async consume(ticket: Ticket, decision: ApprovalDecision, hash: string): Promise<Answer | null> {
    const path = `/escalations/${encodeURIComponent(ticket.item.escalation?.id ?? "")}/consume`;
    ticket.consumeKey ??= this.parts.newId();
    const wait = waiter(consumeForMs);
    try {
      for (let attempts = 0; !wait.over(); attempts += 1) {
        let answer: Answer | null = null;
        try {
          answer = await this.parts.send({ method: "POST", path, body: { binding_hash: hash }, idempotencyKey: ticket.consumeKey, timeoutMs: sendTimeoutMs });
        } catch (error) {
          if (!(error instanceof Unreachable)) throw error;
        }
        if (answer !== null && !worthRetrying(answer) && (answer.status >= 300 || this.wasUsed(ticket, decision, answer.body))) return answer;
        const pause = pauseMs(attempts, this.parts.random, answer?.retryAfterMs ?? null);
        await wait.until((done) => later(pause, done));
      }
      return null;
    } finally {
      wait.end();
    }
  }

  /** The run is over: what was decided about it need not be kept. What still waits does, for a run of the same id. */
  runEnded(runId: string): void {
    this.tickets.forget(runId);
  }

  // A success that is not the owner's word (of a gateway, of a cache) must not let a call through.
  private wasUsed(ticket: Ticket, { id }: ApprovalDecision, { consumed_at_ms, decision }: Answer["body"]): boolean {
    try {
      const used = this.verify(ticket, decision);
      return used.id === id && Number.isSafeInteger(consumed_at_ms) && used.consumed_at_ms === consumed_at_ms;
    } catch {
      return false;
    }
  }

  /** Tries now to send what waits; true when nothing waits any more. */
  async flush(timeoutMs: number): Promise<boolean> {
    const wait = waiter(timeoutMs);
    this.tickets.hurry();
    try {
      while (this.tickets.waiting > 0 && !wait.over()) await wait.until((done) => this.tickets.onChange(done));
    } finally {
      wait.end();
    }
    return this.tickets.waiting === 0;
  }

  dispose(): void {
    this.tickets.stop();
  }
}

interface Waiter {
  readonly signal: AbortSignal;
  over(): boolean;
  leftMs(): number;
  /** Resolves when `start` calls back, or the time is over. `start` answers how to take the callback back. */
  until(start: (done: () => void) => () => void): Promise<void>;
  end(): void;
}

// A bounded wait that keeps the process alive: somebody awaits its outcome.
function waiter(timeoutMs: number, signal?: AbortSignal): Waiter {
  const own = new AbortController();
  const endsAt = performance.now() + timeoutMs;
  const timer = setTimeout(() => own.abort(new DOMException("The time is over.", "TimeoutError")), Math.max(0, Math.min(timeoutMs, 2 ** 31 - 1)));
  const both = signal === undefined ? own.signal : AbortSignal.any([own.signal, signal]);
  return {
    signal: both,
    over: () => both.aborted,
    leftMs: () => endsAt - performance.now(),
    until: (start) =>
      new Promise((resolve) => {
        if (both.aborted) return resolve();
        const done = (): void => {
          both.removeEventListener("abort", done);
          cancel();
          resolve();
        };
        both.addEventListener("abort", done, { once: true });
        const cancel = start(done);
      }),
    end: () => clearTimeout(timer),
  };
}
