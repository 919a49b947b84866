/// <reference lib="esnext.disposable" preserve="true" />
// The face of agentmend on a core that is loaded already; each entry point loads its own (native, WebAssembly, a worker's module).
import type { Backend, Core } from "../../wasm/core.js";
import { AgentmendError, readAnswer } from "./errors.js";
import type { Desk, Resumed, WaitOptions } from "./escalation/desk.js";
import { makeDesk } from "./escalation/make-desk.js";
import type { OutboxStore } from "./escalation/outbox.js";
import { aboutConfig, caseRequest } from "./escalation/case-request.js";
import type { UnsealedRequest } from "./escalation/seal-request.js";
import { ask, healAll, rollBack, type Healed, type Limiter } from "./heal.js";
import { failedResult, healResultOf, type HealResult } from "./heal-result.js";
import { failModes, least, modes, readWord, type Mode } from "./mode.js";
import type { MenderOptions, SessionOptions } from "./options.js";
import { makeRuns, type Runs } from "./runs.js";
import { dedupeKey, plainCopy } from "./seal.js";
import { openSession, type RunSession } from "./session.js";
import { readSnapshot, type Snapshot, type SnapshotError } from "./snapshot.js";
import type { DetectOneOptions, DetectOptions, HealAnswer, HealNowRequest, HealRequest, Mender, SuggestOptions } from "./surface.js";
import { traceDocuments } from "./trace-documents.js";
import type { ApprovalDecision, Detection, FixSuggestion, HealingRecord, HealResult as WireHealResult, Policy, Report } from "./wire.js";

export type { DetectOneOptions, DetectOptions, HealAnswer, HealNowRequest, HealRequest, Mender, SuggestOptions } from "./surface.js";

/** What an entry point brings beside the core. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An outbox in a folder, where there are files. */
  readonly folderOutbox?: ((folder: string) => OutboxStore) | undefined;
}

const healNowBudgetMs = 2000;
const ticketBudgetMs = 1500;
const defaultDeadlineMs = 50;
const nameless = "config"; // the id of a target that was given none
const mostTargets = 1000;

/** Makes a mender on a loaded core. Throws AgentmendError for options that cannot be meant. */
export async function makeMender(core: Core, options: MenderOptions, host: Host): Promise<Mender> {
  const policy = readPolicy(core, options.policy);
  const envMode = readWord(host.env["AGENTMEND_MODE"], modes, "/env/AGENTMEND_MODE");
  const ownMode = readWord(options.mode, modes, "/mode");
  readWord(options.failMode, failModes, "/failMode");
  const mode = least(policy?.mode, ownMode, envMode);
  const clock = options.clock ?? Date.now;
  const newId = options.newId ?? (() => globalThis.crypto.randomUUID());
  const open = new Map<string, RunSession>();
  let desk: Desk | null = null;
  if (options.approval !== undefined) {
    desk = await makeDesk(options.approval, host, { policy, clock, newId, open, onError: (error) => options.onError?.(error) });
  }
  const { snapshotKey } = options;
  if (snapshotKey !== undefined && (!(snapshotKey instanceof Uint8Array) || snapshotKey.length < 16)) throw new AgentmendError("invalid_input", "/snapshotKey", "A snapshot key is a Uint8Array of 16 bytes or more.");
  // A copy: what a caller does to its array later does not change the key.
  return new MenderFace({ core, options, policy, mode, ownMode, envMode, clock, newId, open, desk, snapshotKey: snapshotKey?.slice() });
}

function readPolicy(core: Core, given: Policy | undefined): Policy | undefined {
  if (given === undefined) return undefined;
  // A copy: what is changed in the caller's object later must not change a policy in force.
  const policy = plainCopy(given) as unknown as Policy;
  ask(core, "coverage", { policy });
  return policy;
}

interface Parts {
  readonly core: Core;
  readonly options: MenderOptions;
  readonly policy: Policy | undefined;
  readonly mode: Mode;
  readonly ownMode: Mode | undefined;
  readonly envMode: Mode | undefined;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly open: Map<string, RunSession>;
  readonly desk: Desk | null;
  readonly snapshotKey: Uint8Array | undefined;
}

class MenderFace implements Mender {
  readonly runs: Runs;
  private disposed = false;
  private readonly limiters = new Map<string, Limiter>();

  constructor(private readonly parts: Parts) {
    const { options, clock } = parts;
    this.runs = makeRuns({ open: (given) => this.session(given), clock, maxRuns: options.maxRuns ?? 1000, idleMs: options.idleMs ?? 900_000 });
  }

  get backend(): Backend {
    return this.core.backend;
  }

  get mode(): Mode {
    return this.parts.mode;
  }

  private get core(): Core {
    if (this.disposed) throw new AgentmendError("disposed", "", "This mender is disposed. Make a new one.");
    return this.parts.core;
  }

  // What is applied follows the lowest mode of policy, caller and environment.
  private get applyingPolicy(): Policy | undefined {
    const { policy, mode } = this.parts;
    if (mode === "enforce") return policy;
    return { schema: "agentmend.policy/1", rev: "default", ...policy, mode };
  }

  detect(trace: unknown, options: DetectOptions = {}): Report {
    const { core } = this;
    try {
      const documents = traceDocuments(trace, options.alongside);
      const header = {
        documents: documents.map(({ name, bytes }) => ({ name, bytes: bytes.length })),
        source: options.source,
        only: options.only,
        min_confidence: options.minConfidence,
        context: options.context,
        framework: options.framework,
        run_id: options.runId,
        id_prefix: options.runId ?? "run",
        at_ms: this.parts.clock(),
      };
      return ask<Report>(core, "detect", header, documents.map(({ bytes }) => bytes));
    } catch (error) {
      return { schema: "agentmend.report/1", source: { format: "unknown", confidence: 0 }, trace_id: null, detections: [], skipped: [], losses: [], truncated: null, error: asData(error) };
    }
  }

  detectOne(detector: string, input: unknown, options: DetectOneOptions = {}): Detection {
    const { threshold, context, framework, runId } = options;
    const header = { detector, threshold, context, framework, run_id: runId, id_prefix: runId, at_ms: this.parts.clock() };
    let text: string;
    try {
      text = JSON.stringify({ ...header, input: input ?? null });
    } catch {
      text = JSON.stringify({ ...header, input: null }); // not JSON: the detector says that it has no input
    }
    const detection = readAnswer<Detection>(this.core.call("detect_one", new TextEncoder().encode(text)));
    if (detection.detected) options.onDetection?.(detection);
    return detection;
  }

  suggest(detection: Detection, { framework, config, context }: SuggestOptions = {}): FixSuggestion[] {
    return ask<{ suggestions: FixSuggestion[] }>(this.core, "suggest", { detection, framework: framework ?? detection.framework, config: config === undefined ? undefined : plainCopy(config), context }).suggestions;
  }

  healNowLocal(given: HealNowRequest): HealResult {
    return this.healOnce(given).result;
  }

  // The result, and the question for a person that goes with it when there is an endpoint to ask at.
  private healOnce(given: HealNowRequest): { result: HealResult; question: UnsealedRequest | null } {
    const { core } = this;
    const began = performance.now();
    const { detectionType, details, framework, target, context, runId } = given;
    const { options, desk, clock, newId } = this.parts;
    try {
      const config = given.config === undefined ? undefined : plainCopy(given.config);
      const header = {
        detector: detectionType,
        ...(isDetection(details) ? { detection: details } : { input: plainJson(details, "/details") }),
        framework,
        target,
        config,
        context,
        policy: this.applyingPolicy,
        run_id: runId,
        id_prefix: runId ?? newId(),
        limiter: this.limiterOf(target?.id)?.state ?? undefined,
        approval: desk !== null,
        tenant: options.approval?.tenant ?? "default",
        project: options.approval?.project ?? "default",
        at_ms: clock(),
        now_ms: clock(),
      };
      const { escalation, ...wire } = ask<WireHealResult & { escalation?: UnsealedRequest | null }>(core, "heal_now", header);
      const { handoff, detection } = wire;
      if (handoff !== null) handoff.dedupe_key = dedupeKey({ detector: handoff.detector, run: runId ?? null, agent: detection?.agent ?? null, tool: null, target: target ?? null });
      return { result: healResultOf(wire, since(began)), question: escalation == null ? null : aboutConfig(escalation, config) };
    } catch (error) {
      return { result: failedResult(asData(error), since(began)), question: null };
    }
  }

  async healNow(given: HealNowRequest): Promise<HealResult> {
    const began = performance.now();
    const { result, question } = this.healOnce(given);
    const { desk } = this.parts;
    if (desk === null || question === null) return result;
    try {
      const ticket = desk.raise(question);
      const left = Math.min(given.timeoutMs ?? healNowBudgetMs, healNowBudgetMs) - (performance.now() - began);
      await desk.delivered(ticket, Math.max(0, Math.min(left, ticketBudgetMs)), given.signal);
      const { id, url, delivery } = desk.approvalOf(ticket);
      return { ...result, approvalId: id, approvalUrl: url, delivery, elapsedMs: since(began) };
    } catch (error) {
      this.parts.options.onError?.(error instanceof Error ? error : new Error(String(error)));
      return { ...result, delivery: "failed", elapsedMs: since(began) };
    }
  }

  async heal({ trace, alongside, target, source, context }: HealRequest): Promise<HealAnswer> {
    const { core } = this;
    const report = this.detect(trace, { source, context, alongside, framework: target.framework });
    if (report.error !== null && report.error !== undefined) return { records: [], cases: [], insights: [], config: target.config, report, approvals: [] };
    const { healed, config } = healAll(core, {
      documents: traceDocuments(trace, alongside),
      config: target.config === undefined || target.config === null ? null : plainCopy(target.config),
      framework: target.framework,
      target: { kind: target.kind ?? (target.framework === "n8n" ? "workflow" : "config"), id: target.id ?? nameless, version: target.version ?? null },
      policy: this.applyingPolicy,
      context,
      source,
      now: this.parts.clock,
      limiter: this.limiterOf(target.id),
      validate: this.parts.options.validate,
    });
    return { ...sorted(healed), config, report, approvals: this.openCases(healed, target) };
  }

  // A governance case is a question for a person; what becomes of a record is for whoever holds its target.
  private openCases(healed: readonly Healed[], target: HealRequest["target"]): HealAnswer["approvals"] {
    const { desk, options, policy, clock } = this.parts;
    if (desk === null) return [];
    return healed.flatMap((item) => {
      if (item.kind !== "case") return [];
      const { detection } = item;
      try {
        const ticket = desk.raise(
          caseRequest({
            detection,
            handoff: item.case.handoff,
            target: { id: target.id ?? nameless, version: target.version ?? null },
            runId: detection.run_id ?? null,
            tenant: options.approval?.tenant ?? "default",
            project: options.approval?.project ?? "default",
            policyRev: policy?.rev ?? "default",
            nowMs: clock(),
          }),
        );
        return [{ detectionId: detection.id, approval: desk.approvalOf(ticket) }];
      } catch (error) {
        options.onError?.(error instanceof Error ? error : new Error(String(error)));
        return [];
      }
    });
  }

  // Attempts are counted for a target that has a name; the ones without are strangers to each other.
  private limiterOf(target: string | undefined): Limiter | undefined {
    if (target === undefined || target === nameless) return undefined;
    const known = this.limiters.get(target);
    if (known !== undefined) return known;
    if (this.limiters.size >= mostTargets) this.limiters.delete(this.limiters.keys().next().value ?? "");
    const limiter: Limiter = { state: null };
    this.limiters.set(target, limiter);
    return limiter;
  }

  rollback(record: HealingRecord, config: unknown): { record: HealingRecord; config: unknown } {
    const undone = rollBack(this.core, record, plainCopy(config), this.parts.clock, this.limiterOf(record.target?.id));
    return { record: undone.record, config: undone.config };
  }

  session(given: SessionOptions = {}): RunSession {
    return this.openRun(given, undefined);
  }

  restore(snapshot: Uint8Array, given: SessionOptions = {}): RunSession {
    const from = readSnapshot(snapshot, this.parts.snapshotKey);
    const runId = given.runId ?? ("code" in from ? undefined : from.runId);
    return this.openRun(runId === undefined ? given : { ...given, runId }, from);
  }

  private openRun(given: SessionOptions, from: Snapshot | SnapshotError | undefined): RunSession {
    const { core } = this;
    const { options, policy, open, desk, clock, newId, snapshotKey } = this.parts;
    const runId = given.runId ?? newId();
    if (typeof runId !== "string" || runId === "" || runId.length > 200) throw new AgentmendError("invalid_input", "/runId", "A run's id is a text of 1 to 200 characters.");
    const mode = least(this.parts.mode, readWord(given.mode, modes, "/mode"));
    const failMode = [readWord(given.failMode, failModes, "/failMode"), options.failMode, policy?.in_loop?.fail_mode].includes("closed") ? "closed" : "open";
    const tools = given.context?.tools;
    const destructive = new Set(policy?.in_loop?.destructive_tools ?? []);
    const session = openSession({
      core,
      runId,
      agent: given.agent ?? null,
      failMode,
      isDestructive: (tool) => destructive.has(tool) || tools?.[tool]?.destructive === true || tools?.[tool]?.class === "destroy",
      deadlineMs: policy?.in_loop?.deadline_ms ?? defaultDeadlineMs,
      onDetection: given.onDetection ?? options.onDetection,
      desk: given.pause === "none" && desk === null ? null : desk,
      clock,
      snapshotKey,
      from,
      onClose: (ended) => {
        if (ended) desk?.runEnded(runId);
        if (open.get(runId) === session) open.delete(runId);
      },
      coreOptions: {
        run_id: runId,
        id_prefix: runId,
        framework: given.framework,
        agent: given.agent,
        task: given.task,
        config: given.config === undefined ? undefined : plainCopy(given.config),
        context: given.context,
        policy: this.sessionPolicy,
        mode,
        fail_mode: failMode,
        approval: desk !== null && given.pause !== "none",
        tenant: options.approval?.tenant ?? "default",
        project: options.approval?.project ?? "default",
        at_ms: clock(),
      },
    });
    const { error } = session.report();
    if (error !== null && error !== undefined) {
      session.dispose();
      const { code, at, message } = error as { code: string; at: string; message: string };
      throw new AgentmendError(code, at, message);
    }
    open.set(runId, session);
    return session;
  }

  // The maker of a mender sets its mode like a policy does. A session or the environment can only ask for less; whether they may stop
  // holding calls is for the policy to say (in_loop.allow_observe), and the core checks it.
  private get sessionPolicy(): Policy | undefined {
    const { policy, ownMode } = this.parts;
    if (ownMode === undefined || policy?.mode !== undefined) return policy;
    return { schema: "agentmend.policy/1", rev: "default", ...policy, mode: ownMode };
  }

  waitForDecision(id: string, options?: WaitOptions): Promise<ApprovalDecision | null> {
    return this.needDesk().waitForDecision(id, options);
  }

  resume(decision: ApprovalDecision): Promise<Resumed> {
    return this.needDesk().resume(decision);
  }

  private needDesk(): Desk {
    const { desk } = this.parts;
    if (desk === null || this.disposed) throw new AgentmendError(this.disposed ? "disposed" : "not_configured", "/approval", "This mender has no approval endpoint. Give one to createMender.");
    return desk;
  }

  async flush(timeoutMs = 5000): Promise<boolean> {
    return this.parts.desk === null ? true : this.parts.desk.flush(timeoutMs);
  }

  explain(name: string): Record<string, unknown> {
    return ask<{ detector: Record<string, unknown> }>(this.core, "explain", { name }).detector;
  }

  dispose(): void {
    for (const session of [...this.parts.open.values()]) session.dispose();
    this.parts.desk?.dispose();
    this.disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function since(began: number): number {
  return Math.round((performance.now() - began) * 1000) / 1000;
}

// What JSON cannot hold is the caller's data, told with its place.
function plainJson(value: unknown, at: string): unknown {
  try {
    JSON.stringify(value);
    return value ?? null;
  } catch (error) {
    throw new AgentmendError("unsupported_value", at, `This cannot be written as JSON (${error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown reason"}). Pass plain data.`);
  }
}

function isDetection(details: unknown): details is Detection {
  return typeof details === "object" && details !== null && (details as Partial<Detection>).schema === "agentmend.detection/1";
}

function sorted(healed: readonly Healed[]): Pick<HealAnswer, "records" | "cases" | "insights"> {
  return {
    records: healed.flatMap((item) => (item.kind === "record" ? [item.record] : [])),
    cases: healed.flatMap((item) => (item.kind === "case" ? [item.case] : [])),
    insights: healed.flatMap((item) => (item.kind === "insight" ? [{ detection: item.detection, reason: item.reason }] : [])),
  };
}

// What was wrong with a caller's data, told; what was wrong with the call (a name that is none, a foreign option) is thrown.
function asData(error: unknown): { code: string; at: string; message: string } {
  const thrown = ["unknown_detector", "planned_detector", "unknown_fix_type", "policy_invalid", "disposed"];
  if (!(error instanceof AgentmendError) || thrown.includes(error.code)) throw error;
  return { code: error.code, at: error.at, message: error.message };
}

