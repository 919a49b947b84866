// Works off the records of an approval endpoint that are ready: leases one, checks it with our own core, writes, checks again, reports,
// and takes back what does not hold. What the endpoint says is not believed: risk, bounds, hashes and decisions are looked at here.
import type { Core } from "../../wasm/core.js";
import { applyOperation, type Json } from "./edit/patch.js";
import { AgentmendError } from "./errors.js";
import type { Send } from "./escalation/http.js";
import { verifyDecision, type Verification } from "./escalation/verify-decision.js";
import { ask } from "./heal.js";
import { baseHash, canonicalExact } from "./seal.js";
import type { Target } from "./targets/target.js";
import type { EscalationRequest, HealingRecord } from "./wire.js";

export interface FollowParts {
  readonly core: Core;
  readonly send: Send;
  readonly target: Target;
  /** The name under which records are about this target. */
  readonly targetId: string;
  readonly decisionKey: Verification["decisionKey"];
  /** The host's own check of the changed target; false takes the change back. */
  readonly check?: ((change: { before: unknown; after: unknown; record: HealingRecord }) => Promise<{ ok: boolean; note?: string }>) | undefined;
  readonly now: () => number;
}

/** What became of one record in one go. */
export interface Followed {
  readonly healing_id: string;
  /** The state at the endpoint afterwards; `refused` when it was not touched. */
  readonly state: string;
  readonly fix_type: string | null;
  readonly message: string;
}

interface Work {
  readonly parts: FollowParts;
  readonly record: HealingRecord;
  readonly token: string;
  readonly base: string;
  readonly post: Json;
  readonly postHash: string;
}

const timeoutMs = 10_000;

/** One pass over what is ready for this target, oldest first. */
export async function followOnce(parts: FollowParts): Promise<Followed[]> {
  const listed = await parts.send({ method: "GET", path: `/healing?state=leasable&target=${encodeURIComponent(parts.targetId)}`, timeoutMs });
  if (listed.status !== 200) throw endpointError(listed);
  const followed: Followed[] = [];
  for (const item of listed.body["items"] as { healing_id: string }[]) {
    const done = await followOne(parts, String(item.healing_id));
    if (done !== null) followed.push(done);
  }
  return followed;
}

function endpointError({ status, body }: { status: number; body: Record<string, unknown> }): AgentmendError {
  return new AgentmendError(String(body["code"] ?? `http_${status}`), "", String(body["detail"] ?? `The endpoint answered ${status}.`));
}

// Null: somebody else works on it.
async function followOne(parts: FollowParts, id: string): Promise<Followed | null> {
  const leased = await parts.send({ method: "POST", path: `/healing/${encodeURIComponent(id)}/lease`, body: {}, timeoutMs });
  if (leased.status === 409 && leased.body["code"] === "in_progress") return null;
  const result = (state: string, message: string, record?: HealingRecord): Followed => ({ healing_id: id, state, fix_type: record?.fix_type ?? null, message });
  if (leased.status !== 200) return result("refused", endpointError(leased).message);
  const record = leased.body["record"] as HealingRecord;
  try {
    const work = prepare(parts, record, leased.body);
    const { state, message } = record.state === "rolling_back" ? await restore(work) : await apply(work);
    return result(state, message, record);
  } catch (error) {
    if (!(error instanceof AgentmendError)) throw error;
    return result("refused", `${error.code}: ${error.message}`, record);
  }
}

/** Everything that has to hold before the target is touched. */
function prepare(parts: FollowParts, record: HealingRecord, leased: Record<string, unknown>): Work {
  const refuse = (at: string, message: string): AgentmendError => new AgentmendError("binding_mismatch", at, message);
  if (record.target?.id !== parts.targetId) throw refuse("/target/id", "The record is about another target.");
  if (record.patch === null || record.original_state === null) throw refuse("/patch", "The record changes nothing.");
  // Any step makes our core look at the whole record: a detector that may be healed, a fix of its, a patch inside its bounds, its inverse.
  if (record.state !== "approved") ask(parts.core, "step", { record, event: { type: record.state === "applying" ? "write_failed" : "restore_failed" }, now_ms: parts.now() });
  else ask(parts.core, "step", { record, event: { type: "target_changed" }, now_ms: parts.now() });
  const original = record.original_state as Json;
  const base = baseHash(original);
  const post = record.patch.reduce<Json>((config, operation) => applyOperation(config, operation), original);
  // Taking back needs no approval; everything else that is not SAFE by our own table does.
  if (record.state !== "rolling_back" && riskOf(parts.core, record.fix_type) !== "safe") checkDecision(parts, record, leased, base);
  return { parts, record, token: String((leased["lease"] as { token?: unknown } | undefined)?.token), base, post, postHash: baseHash(post) };
}

function riskOf(core: Core, fixType: string | null): string {
  const { fix_types } = ask<{ fix_types: { fix_type: string; risk: string }[] }>(core, "fix_types", {});
  return fix_types.find(({ fix_type }) => fix_type === fixType)?.risk ?? "dangerous";
}

function checkDecision(parts: FollowParts, record: HealingRecord, leased: Record<string, unknown>, base: string): void {
  const request = leased["request"] as EscalationRequest | null | undefined;
  const decision = leased["decision"] as { escalation_id?: unknown; decision?: unknown } | null | undefined;
  if (request == null || decision == null || decision.decision !== "approved") throw new AgentmendError("approval_missing", "/decision", "This fix needs a person's approval, and there is none.");
  const { fix, target, detector } = request.binding;
  const same = fix !== null && fix.fix_type === record.fix_type && canonicalExact(fix.patch) === canonicalExact(record.patch) && detector === record.detector;
  if (!same || target?.id !== parts.targetId || target.base_hash !== base) throw new AgentmendError("binding_mismatch", "/request/binding", "The approval is for another change than the record makes.");
  verifyDecision(decision, { escalationId: String(decision.escalation_id), request, decisionKey: parts.decisionKey, policy: undefined, now: parts.now() });
}

interface Outcome {
  readonly state: string;
  readonly message: string;
}

async function report({ parts, record, token }: Work, event: object): Promise<{ state: string }> {
  const answer = await parts.send({ method: "POST", path: `/healing/${encodeURIComponent(record.id)}/report`, body: { lease: token, ...event }, timeoutMs });
  if (answer.status !== 200) throw endpointError(answer);
  return { state: String(answer.body["state"]) };
}

async function apply(work: Work): Promise<Outcome> {
  const { parts, record, base, postHash } = work;
  const { config, version } = await parts.target.read();
  const found = baseHash(config);
  // Ours from before a crash: the write is not done twice.
  if (found !== postHash) {
    if (found !== base) return { ...(await report(work, { event: "superseded", error: { code: "target_changed" } })), message: "The target was changed since the fix was planned. Nothing was written." };
    if (record.state === "approved") await report(work, { event: "apply_started", base_hash: base });
    const failed = await write(work, work.post, version, record.patch ?? []);
    if (failed !== null) return failed;
  } else if (record.state === "approved") await report(work, { event: "apply_started", base_hash: base });
  return validate(work);
}

// Null: the target holds what was written, read back equal.
async function write(work: Work, wanted: Json, version: string | null, patch: NonNullable<HealingRecord["patch"]>): Promise<Outcome | null> {
  const { parts, base, postHash } = work;
  let error: AgentmendError | null = null;
  try {
    await parts.target.write(wanted, { ifVersion: version, patch });
  } catch (thrown) {
    error = thrown instanceof AgentmendError ? thrown : new AgentmendError("write_failed", "", String(thrown));
  }
  const now = baseHash((await parts.target.read()).config);
  if (now === postHash) return null;
  const code = error?.code ?? "write_not_faithful";
  if (now === base) return { ...(await report(work, { event: "failed", error: { code } })), message: `Nothing was written: ${error?.message ?? "the target did not take the change"}` };
  return { ...(await report(work, { event: code === "version_conflict" ? "superseded" : "conflict", error: { code } })), message: "The target was changed by somebody else at the same time. It was left as it is." };
}

async function validate(work: Work): Promise<Outcome> {
  const { parts, record, base, post, postHash } = work;
  const checked = await parts.check?.({ before: record.original_state, after: post, record });
  const { state } = await report(work, { event: "validated", base_hash: base, post_hash: postHash, ...(checked === undefined ? {} : { host_check: { ok: checked.ok, note: (checked.note ?? "").slice(0, 400) } }) });
  if (state !== "rolling_back") return { state, message: "Applied and checked." };
  const restored = await restore(work);
  return { ...restored, message: `The check failed${checked?.ok === false && checked.note !== undefined ? ` (${checked.note})` : ""}. ${restored.message}` };
}

/** Gives back the original; a target that somebody changed since is left alone, and a person is asked. */
async function restore(work: Work): Promise<Outcome> {
  const { parts, record, base, postHash } = work;
  const { config, version } = await parts.target.read();
  const found = baseHash(config);
  if (found === postHash && postHash !== base) {
    try {
      await parts.target.write(record.original_state, { ifVersion: version, patch: record.inverse ?? [] });
    } catch (error) {
      const { code, message } = error instanceof AgentmendError ? error : new AgentmendError("write_failed", "", String(error));
      return { ...(await report(work, { event: "rollback_failed", error: { code } })), message: `It could not be taken back: ${message}` };
    }
  } else if (found !== base) return { ...(await report(work, { event: "rollback_failed", error: { code: "rollback_conflict" } })), message: "The target was changed since. It was left as it is: take the fix back by hand." };
  const now = baseHash((await parts.target.read()).config);
  if (now !== base) return { ...(await report(work, { event: "rollback_failed", error: { code: "write_not_faithful" } })), message: "The original could not be restored exactly. Look at the target." };
  return { ...(await report(work, { event: "rolled_back", base_hash: base })), message: "Taken back: the target is as it was." };
}
