import { request, type Core } from "../../wasm/core.js";
import { readAnswer } from "./errors.js";
import { applyKey, baseHash, dedupeKey } from "./seal.js";
import type { Detection, GovernanceCase, HealingRecord, Policy, RunContext } from "./wire.js";

export interface TraceDocument {
  name: string;
  bytes: Uint8Array;
}

export interface HealOptions {
  documents: readonly TraceDocument[];
  /** The config that a fix may change; null = none. */
  config: unknown;
  framework: string;
  target: { kind: string; id: string; version?: string | null };
  policy?: Policy | undefined;
  context?: RunContext | undefined;
  source?: string | undefined;
  idPrefix?: string | undefined;
  now: () => number;
  /** How often this target was healed (healing rules 4.7); brought up to date by each attempt. Without it nothing is limited. */
  limiter?: Limiter | undefined;
  /** The host's own check of the changed config. */
  validate?: ((change: { before: unknown; after: unknown; record: HealingRecord }) => { ok: boolean; note?: string }) | undefined;
}

/** The core's own state of one target, kept by the host; starts as `{ state: null }`. */
export interface Limiter {
  state: unknown;
}

/** What became of one finding. */
export type Healed =
  | { kind: "record"; detection: Detection; record: HealingRecord; before: unknown; after: unknown }
  | { kind: "case"; detection: Detection; case: GovernanceCase }
  | { kind: "insight"; detection: Detection; reason: string };

interface Opened {
  kind: "record" | "case" | "insight" | "nothing_to_heal";
  findings: number;
  detection: Detection;
  record: HealingRecord;
  case: GovernanceCase;
  dedupe_body: { detector: string; run: string; agent: string; tool: string; target: unknown };
  reason: string;
  post: unknown;
  limiter?: unknown;
}

// Takes over what an answer says about the attempts at a target.
function count<Answer extends { limiter?: unknown }>(limiter: Limiter | undefined, answer: Answer): Answer {
  if (limiter !== undefined && answer.limiter !== undefined) limiter.state = answer.limiter;
  return answer;
}

/** Asks the core; an error answer is thrown. */
export function ask<T>(core: Core, operation: string, header: object, payload: readonly Uint8Array[] = []): T {
  return readAnswer<T>(core.call(operation, request(header, payload)));
}

/**
 * Goes through the findings of a run, best known first: opens a record (or a case) for each, applies what the gate lets through to
 * the config in memory, checks it, and takes it back when a check fails. Each fix is planned on the config that the one before left.
 */
export function healAll(core: Core, options: HealOptions): { healed: Healed[]; config: unknown } {
  const healed: Healed[] = [];
  let config = options.config;
  const base = {
    documents: options.documents.map(({ name, bytes }) => ({ name, bytes: bytes.length })),
    framework: options.framework,
    target: options.target,
    policy: options.policy,
    context: options.context,
    source: options.source,
    id_prefix: options.idPrefix ?? "run",
  };
  const payload = options.documents.map(({ bytes }) => bytes);
  for (let finding = 0, findings = 1; finding < findings; finding += 1) {
    const now = options.now();
    const governanceOpen = healed.some(({ kind }) => kind === "case");
    const opened = count(options.limiter, ask<Opened>(core, "heal_open", { ...base, limiter: options.limiter?.state ?? undefined, finding, config: config ?? undefined, now_ms: now, at_ms: now, governance_open: governanceOpen }, payload));
    findings = opened.findings;
    if (opened.kind === "nothing_to_heal") break;
    if (opened.kind === "insight") {
      healed.push({ kind: "insight", detection: opened.detection, reason: opened.reason });
    } else if (opened.kind === "case") {
      opened.case.handoff.dedupe_key = dedupeKey(opened.dedupe_body);
      healed.push({ kind: "case", detection: opened.detection, case: opened.case });
    } else {
      const before = config;
      const record = opened.record.state === "applying" ? carryOut(core, opened, config, base, payload, options) : opened.record;
      if (record.state === "applied") config = opened.post;
      healed.push({ kind: "record", detection: opened.detection, record, before, after: config });
    }
  }
  return { healed, config };
}

interface Stepped {
  record: HealingRecord;
  limiter?: unknown;
}

/** The write (in memory: the caller gets a new config) and everything that follows from it. */
function carryOut(core: Core, { record, post, detection }: Opened, config: unknown, base: object, payload: readonly Uint8Array[], options: HealOptions): HealingRecord {
  const hashes = {
    base_hash: baseHash(config),
    post_hash: baseHash(post),
    apply_key: applyKey({ detection_id: detection.id, fix_id: record.chosen_fix_id ?? "", target_id: options.target.id, base_hash: baseHash(config), patch: record.patch }),
  };
  const host_check = options.validate?.({ before: config, after: post, record });
  const step = (from: HealingRecord, event: object, present: unknown): HealingRecord =>
    count(options.limiter, ask<Stepped>(core, "step", { ...base, limiter: options.limiter?.state ?? undefined, finding: 0, record: from, event, config: present, now_ms: options.now() }, payload)).record;
  const written = step(record, { type: "written", hashes, host_check }, post);
  return written.state === "rolling_back" ? step(written, { type: "restored" }, config) : written;
}

/** What gives back the config from before a record; throws rollback_conflict when it was changed since where the fix had changed it. */
export function rollBack(core: Core, record: HealingRecord, config: unknown, now: () => number, limiter?: Limiter): { record: HealingRecord; config: unknown; patch: NonNullable<HealingRecord["inverse"]> } {
  const plan = ask<{ config: unknown; patch: NonNullable<HealingRecord["inverse"]> }>(core, "rollback_plan", { record, config, original_hash: baseHash(record.original_state) });
  const step = (from: HealingRecord, event: object): HealingRecord => count(limiter, ask<Stepped>(core, "step", { limiter: limiter?.state ?? undefined, record: from, event, config: plan.config, now_ms: now() })).record;
  const rolling = step(record, { type: "roll_back", actor: "client" });
  return { record: step(rolling, { type: "restored" }), config: plan.config, patch: plan.patch };
}
