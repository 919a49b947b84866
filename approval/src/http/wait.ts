// Long polls: an answer as soon as a card changes, at the latest when the wait is over.
import type { Caller } from "../callers.js";
import { expireIfDue } from "../decide.js";
import { open } from "../escalation.js";
import { Problem } from "../problem.js";
import type { Services } from "../services.js";
import { findEscalation } from "../store/escalations.js";
import type { Escalation } from "../store/tables.js";
import type { Unit } from "../store/unit.js";

const storePollMs = 2_000; // another process on the same database may decide
const mostPolls = 20;
const polls = new WeakMap<Services, Map<string, number>>();

/** The card as this caller may see it, expired when its time is up; 404 else. */
export async function readCard(services: Services, caller: Caller, id: string, unit?: Unit): Promise<Escalation> {
  const row = await findEscalation(unit?.tx ?? services.store.db, caller.scope, id);
  if (row === undefined || !(caller.scopes.includes("read") || row.owner === caller.principal)) throw new Problem("not_found", "There is no such card here.");
  if (unit !== undefined || !open.includes(row.status) || services.now() < row.expires_at_ms) return row;
  return services.store.change(caller.scope, async (unit) => {
    const fresh = await findEscalation(unit.tx, unit.scope, id);
    return fresh === undefined ? row : expireIfDue(unit, fresh);
  });
}

/** Answers when the card's revision is past `sinceRev`, or it is closed, or after `waitMs`. */
export async function waitForCard(services: Services, caller: Caller, id: string, sinceRev: number, waitMs: number, signal: AbortSignal): Promise<Escalation> {
  const open = polls.get(services) ?? new Map<string, number>();
  polls.set(services, open);
  const held = open.get(caller.keyId) ?? 0;
  if (held >= mostPolls) throw new Problem("rate_limited", `At most ${mostPolls} open waits for one key. Close one.`, { retryAfterS: 1 });
  open.set(caller.keyId, held + 1);
  try {
    return await changed(services, caller, id, sinceRev, waitMs, signal);
  } finally {
    const left = (open.get(caller.keyId) ?? 1) - 1;
    if (left > 0) open.set(caller.keyId, left);
    else open.delete(caller.keyId);
  }
}

async function changed(services: Services, caller: Caller, id: string, sinceRev: number, waitMs: number, signal: AbortSignal): Promise<Escalation> {
  const until = services.now() + waitMs;
  for (;;) {
    const nudge = waiter(services, id, signal);
    try {
      const row = await readCard(services, caller, id);
      const left = until - services.now();
      if (row.rev > sinceRev || !open.includes(row.status) || left <= 0 || signal.aborted || services.stopping.aborted) return row;
      await nudge.wait(Math.min(left, storePollMs, Math.max(1, row.expires_at_ms - services.now())));
    } finally {
      nudge.stop();
    }
  }
}

// Listens from before the read on, so that a change between read and wait is not missed.
function waiter(services: Services, id: string, signal: AbortSignal): { wait(ms: number): Promise<void>; stop(): void } {
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const unwatch = services.store.watch(id, wake);
  signal.addEventListener("abort", wake);
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    wait(ms) {
      timer = setTimeout(wake, ms);
      return woken;
    },
    stop() {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", wake);
    },
  };
}
