import type { EscalationOptions } from "./escalation/options.js";
import type { FailMode, Mode } from "./mode.js";
import type { OnDetection } from "./on-detection.js";
import type { HealingRecord, Policy, RunContext } from "./wire.js";

/** The host's own check of a changed config; `ok: false` rolls the change back. */
export type Validate = (change: { before: unknown; after: unknown; record: HealingRecord }) => { ok: boolean; note?: string };

export interface MenderOptions {
  /** Which binding of the core: the native add-on, WebAssembly, or the first that loads. Default `auto`. */
  readonly backend?: "native" | "wasm" | "auto" | undefined;
  /** A policy document (schema agentmend.policy/1). It can only make things stricter. */
  readonly policy?: Policy | undefined;
  /** The approval endpoint that escalations go to. Without one, what needs a person is blocked. */
  readonly approval?: EscalationOptions | undefined;
  /** `observe` changes nothing and holds nothing, `recommend` applies nothing, `enforce` (default) does both. */
  readonly mode?: Mode | undefined;
  /** What happens to a call when the guard itself fails. Default `open`, `closed` for destructive tools. */
  readonly failMode?: FailMode | undefined;
  /** Asked about each finding of a session. */
  readonly onDetection?: OnDetection | undefined;
  readonly validate?: Validate | undefined;
  /** Told what goes wrong outside a call, such as an escalation that an endpoint refuses. */
  readonly onError?: ((error: Error) => void) | undefined;
  /** Seals snapshots (HMAC-SHA256, 16 bytes or more): one that others wrote or changed is refused by `restore`. */
  readonly snapshotKey?: Uint8Array | undefined;
  /** `runs.of` keeps at most this many runs (default 1,000); the one that was quiet longest goes first. */
  readonly maxRuns?: number | undefined;
  /** A run of `runs.of` that is quiet for so long is disposed (default 15 minutes). */
  readonly idleMs?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Ids of runs and requests, unique for ever. Default `crypto.randomUUID`. */
  readonly newId?: (() => string) | undefined;
}

export interface SessionOptions {
  /** The host's own id of this run. An approval is bound to it: the same id after a restart finds the card again. */
  readonly runId?: string | undefined;
  /** A name such as `langgraph`; default `generic`. */
  readonly framework?: string | undefined;
  readonly agent?: string | undefined;
  readonly task?: string | undefined;
  /** The agent's config, whose limits and guards the session enforces (design.md). */
  readonly config?: unknown;
  /** What the host knows and a trace cannot say: budgets, roles, tools (schema agentmend.run-context/1). */
  readonly context?: RunContext | undefined;
  /** `none`: the host cannot wait for a person, so what needs one is blocked. Default `native`. */
  readonly pause?: "native" | "none" | undefined;
  readonly mode?: Mode | undefined;
  readonly failMode?: FailMode | undefined;
  readonly onDetection?: OnDetection | undefined;
}
