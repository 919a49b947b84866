// The one map from a host's run to its session: every adapter finds its session here.
import type { SessionOptions } from "./options.js";
import type { RunSession } from "./session.js";

export interface Runs {
  /**
   * The session of a host's run; opened at the first call, with `options`. The key is whatever names the run on that host: its id, or
   * the object that lives as long as the run. A session leaves the map when it ends, when it was quiet too long, or when the map is full.
   */
  of(key: unknown, options?: SessionOptions): RunSession;
  /** The session of a run, when there is one. */
  find(key: unknown): RunSession | undefined;
  /** Ends the run of a key: releases its memory and forgets it. */
  end(key: unknown): void;
  readonly size: number;
}

export interface RunsParts {
  readonly open: (options: SessionOptions) => RunSession;
  readonly clock: () => number;
  readonly maxRuns: number;
  readonly idleMs: number;
}

/** Makes the map. Nothing runs in the background: idle runs go when the map is next asked. */
export function makeRuns({ open, clock, maxRuns, idleMs }: RunsParts): Runs {
  // In the order of last use: the oldest is the first.
  const entries = new Map<unknown, { session: RunSession; usedAt: number }>();

  function drop(key: unknown): void {
    const entry = entries.get(key);
    entries.delete(key);
    entry?.session.dispose();
  }

  function sweep(now: number): void {
    for (const [key, { session, usedAt }] of entries) {
      if (entries.size <= maxRuns && now - usedAt <= idleMs && session.open) return;
      drop(key);
    }
  }

  function find(key: unknown): RunSession | undefined {
    const now = clock();
    const entry = entries.get(key);
    if (entry === undefined || !entry.session.open || now - entry.usedAt > idleMs) {
      if (entry !== undefined) drop(key);
      return undefined;
    }
    entries.delete(key);
    entries.set(key, { session: entry.session, usedAt: now });
    return entry.session;
  }

  return {
    find,
    of(key, options = {}) {
      const known = find(key);
      if (known !== undefined) return known;
      const runId = options.runId ?? (typeof key === "string" ? key : undefined);
      const session = open(runId === undefined ? options : { ...options, runId });
      entries.set(key, { session, usedAt: clock() });
      sweep(clock());
      return session;
    },
    end: drop,
    get size() {
      return entries.size;
    },
  };
}
