/// <reference lib="esnext.disposable" preserve="true" />
// The public surface of a mender: what goes in, what comes out.
import type { Backend } from "../../wasm/core.js";
import type { Resumed, WaitOptions } from "./escalation/desk.js";
import type { HealResult } from "./heal-result.js";
import type { InterventionAction } from "./intervention.js";
import type { Mode } from "./mode.js";
import type { SessionOptions } from "./options.js";
import type { Runs } from "./runs.js";
import type { RunSession } from "./session.js";
import type { ApprovalDecision, Detection, FixSuggestion, GovernanceCase, HealingRecord, Report, RunContext } from "./wire.js";

export interface DetectOptions {
  /** The format, when it should not be guessed. */
  readonly source?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly minConfidence?: number | undefined;
  readonly context?: RunContext | undefined;
  readonly framework?: string | undefined;
  /** Further documents that belong to the trace, such as n8n's workflow beside its execution. */
  readonly alongside?: readonly unknown[] | undefined;
  readonly runId?: string | undefined;
}

export interface DetectOneOptions {
  readonly threshold?: number | undefined;
  readonly context?: RunContext | undefined;
  readonly framework?: string | undefined;
  readonly runId?: string | undefined;
  /** Called with the detection when the detector fired. */
  readonly onDetection?: ((detection: Detection) => void) | undefined;
}

export interface SuggestOptions {
  readonly framework?: string | undefined;
  readonly config?: unknown;
  readonly context?: RunContext | undefined;
}

export interface HealNowRequest {
  /** The detector whose finding is to be healed, such as `loop`. */
  readonly detectionType: string;
  /** Its input, as for `detectOne`, or a Detection that it made. */
  readonly details: unknown;
  readonly framework?: string | undefined;
  /** The config that a patch is made for. */
  readonly config?: unknown;
  readonly target?: { readonly kind: string; readonly id: string; readonly version?: string | null } | undefined;
  readonly context?: RunContext | undefined;
  readonly runId?: string | undefined;
  /** Of everything, sending included; default 2,000, of which at most 1,500 for a ticket of the endpoint. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HealRequest {
  readonly trace: unknown;
  readonly alongside?: readonly unknown[] | undefined;
  /** `config` is never changed: the changed one is in the answer. */
  readonly target: { readonly framework: string; readonly config: unknown; readonly id?: string | undefined; readonly version?: string | null | undefined; readonly kind?: string | undefined };
  readonly source?: string | undefined;
  readonly context?: RunContext | undefined;
}

export interface HealAnswer {
  readonly records: HealingRecord[];
  /** Governance findings: for a person, never applied. */
  readonly cases: GovernanceCase[];
  readonly insights: { readonly detection: Detection; readonly reason: string }[];
  /** The config after all applied records, an own copy. */
  readonly config: unknown;
  readonly report: Report;
  /** With an approval endpoint: the cards of the governance cases. */
  readonly approvals: { readonly detectionId: string; readonly approval: NonNullable<InterventionAction["approval"]> }[];
}

export interface Mender {
  readonly backend: Backend;
  readonly mode: Mode;
  detect(trace: unknown, options?: DetectOptions): Report;
  detectOne(detector: string, input: unknown, options?: DetectOneOptions): Detection;
  suggest(detection: Detection, options?: SuggestOptions): FixSuggestion[];
  healNow(request: HealNowRequest): Promise<HealResult>;
  healNowLocal(request: HealNowRequest): HealResult;
  heal(request: HealRequest): Promise<HealAnswer>;
  rollback(record: HealingRecord, config: unknown): { record: HealingRecord; config: unknown };
  session(options?: SessionOptions): RunSession;
  /**
   * Goes on with a run where `run.snapshot()` was taken. Give the options of the run again: context, config and mode are the host's word, not
   * the snapshot's. Bytes that are damaged, of another version or another run start afresh, and `restoreError` says why. Without a
   * `snapshotKey` what the user said before counts no more as consent.
   */
  restore(snapshot: Uint8Array, options?: SessionOptions): RunSession;
  readonly runs: Runs;
  waitForDecision(id: string, options?: WaitOptions): Promise<ApprovalDecision | null>;
  resume(decision: ApprovalDecision): Promise<Resumed>;
  /** Sends what waits in the outbox; true when nothing waits any more. Default 5 s. */
  flush(timeoutMs?: number): Promise<boolean>;
  explain(name: string): Record<string, unknown>;
  dispose(): void;
  [Symbol.dispose](): void;
}
