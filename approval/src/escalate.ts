// POST /escalations: from a request to a card.
import { AgentmendError } from "../../sdk/src/errors.js";
import { bindingHash, type BindingParts } from "../../sdk/src/seal.js";
import type { EscalationRequest } from "../../sdk/src/wire.js";
import { actorOf, type Caller } from "./callers.js";
import { expireIfDue } from "./decide.js";
import { approved, open, type EscalationDoc } from "./escalation.js";
import { newId } from "./ids.js";
import { masked } from "./mask.js";
import { invalid, Problem } from "./problem.js";
import { detectorOf, riskOf, type Registry } from "./registry.js";
import { openCase } from "./store/cases.js";
import { countRepeat, findEscalation, insertEscalation, newestFor } from "./store/escalations.js";
import type { Escalation } from "./store/tables.js";
import type { Scope, Unit } from "./store/unit.js";
import { checked } from "./validate.js";
import { escalationRequest } from "#validators";

const dayS = 86_400;
const ranks = ["low", "medium", "high", "critical"] as const;
type Severity = (typeof ranks)[number];

/** A request that was checked: as it came (nothing of it rests), as it is stored, and how severe it is at least. */
export interface Readable {
  readonly request: EscalationRequest;
  readonly doc: EscalationDoc;
  readonly least: Severity;
  /** The healing record whose approval this is. */
  readonly healingId?: string;
}

/** Reads a body; what it says about risk, bucket and governance is replaced by what the registry says. */
export function readRequest(body: unknown, scope: Scope, registry: Registry): Readable {
  const loose = typeof body === "object" && body !== null ? (body as { binding?: { detector?: unknown; fix?: { fix_type?: unknown } | null } }) : {};
  // Names first: "is not a detector" says more than "must be equal to one of the allowed values".
  if (typeof loose.binding === "object" && loose.binding !== null) {
    const facts = detectorOf(registry, loose.binding.detector, "/binding/detector");
    if (typeof loose.binding.fix === "object" && loose.binding.fix !== null) riskOf(registry, facts, loose.binding.fix.fix_type, "/binding/fix/fix_type");
  }
  const request = checked<EscalationRequest>(escalationRequest, body);
  const { binding } = request;
  const facts = detectorOf(registry, binding.detector, "/binding/detector");
  if (request.detection.detector !== binding.detector) throw invalid("/detection/detector", `The binding is about ${binding.detector}.`, "differs");
  if (request.kind !== binding.kind) throw invalid("/binding/kind", `The request is of kind ${request.kind}.`, "differs");
  if (facts.governance !== (request.kind === "governance")) {
    throw invalid("/kind", facts.governance ? `${facts.name} is a governance finding: send kind "governance".` : `${facts.name} is no governance finding.`, "differs");
  }
  if (binding.tenant !== scope.tenant) throw invalid("/binding/tenant", `This key belongs to tenant "${scope.tenant}". GET /api/v1/me says where a key belongs.`, "foreign");
  if (binding.project !== scope.project) throw invalid("/binding/project", `This key belongs to project "${scope.project}". GET /api/v1/me says where a key belongs.`, "foreign");
  checkHash(request);
  const args = masked(binding.args);
  const stored: EscalationRequest = {
    ...request,
    binding: { ...binding, args },
    detection: { ...request.detection, governance: facts.governance, bucket: facts.bucket as EscalationRequest["detection"]["bucket"], evidence: masked(request.detection.evidence) as EscalationRequest["detection"]["evidence"] },
    handoff: request.handoff === null ? null : (masked(request.handoff) as EscalationRequest["handoff"]),
  };
  const risk = binding.fix === null ? null : riskOf(registry, facts, binding.fix.fix_type, "/binding/fix/fix_type");
  return { request, least: facts.governance ? facts.severity : "low", doc: { request: stored, risk, bucket: facts.bucket, args_masked: JSON.stringify(args) !== JSON.stringify(binding.args) } };
}

function checkHash(request: EscalationRequest): void {
  let hash: string;
  try {
    hash = bindingHash(request.binding as BindingParts);
  } catch (error) {
    if (error instanceof AgentmendError) throw invalid(`/binding${error.at}`, error.message, error.code);
    throw error;
  }
  if (hash === request.binding_hash) return;
  throw new Problem("binding_mismatch", "binding_hash is not the hash of binding. Make it with bindingHash() of agentmend, over exactly what is sent.", {
    status: 422,
    errors: [{ pointer: "/binding_hash", code: "binding_mismatch", message: "Not the hash of /binding." }],
  });
}

export interface Opened {
  readonly row: Escalation;
  readonly created: boolean;
}

/** The card for this binding and run: the one that is open, or was approved and not used yet, else a new one. */
export async function openEscalation(unit: Unit, caller: Caller, readable: Readable): Promise<Opened> {
  const { request } = readable;
  const runId = request.binding.run_id ?? "";
  const newest = await newestFor(unit.tx, unit.scope, request.binding_hash, runId);
  const known = newest === undefined ? undefined : await expireIfDue(unit, newest);
  if (known !== undefined && known.owner === caller.principal && (open.includes(known.status) || (approved.includes(known.status) && known.consumed_at_ms === null))) {
    await countRepeat(unit, known);
    return { row: { ...known, repeat_count: known.repeat_count + 1 }, created: false };
  }
  if (known !== undefined && open.includes(known.status)) throw new Problem("in_progress", "Another client asked for exactly this, and it is not decided yet. Wait for that decision.", { retryAfterS: 5 });
  const row = rowOf(unit, caller, readable);
  row.case_id = request.handoff === null ? null : await openCase(unit, caller, request.handoff, request.requester.principal);
  await insertEscalation(unit, row);
  await unit.event({
    type: "escalation.opened",
    actor: actorOf(caller),
    subject: { kind: "escalation", id: row.id, rev: 1 },
    data: { kind: row.kind, detector: row.detector, binding_hash: row.binding_hash, severity: row.severity, expires_at_ms: row.expires_at_ms, approvals_needed: row.approvals_needed },
  });
  const stored = await findEscalation(unit.tx, unit.scope, row.id);
  if (stored === undefined) throw new Error("The card that was just written is not there.");
  return { row: stored, created: true };
}

function rowOf(unit: Unit, caller: Caller, { request, doc, least, healingId }: Readable): Omit<Escalation, "tenant_id" | "project_id"> {
  const { binding } = request;
  const severity = ranks[Math.max(...[request.severity, request.handoff?.severity ?? ("low" as const), least].map((name: Severity) => ranks.indexOf(name)))] ?? "critical";
  return {
    id: newId("esc"),
    rev: 1,
    kind: request.kind,
    status: "pending",
    binding_hash: request.binding_hash,
    run_id: binding.run_id ?? "",
    detector: binding.detector,
    agent: binding.agent,
    tool: binding.tool,
    title: request.title,
    severity,
    requester: request.requester.principal,
    api_key_id: caller.keyId,
    owner: caller.principal,
    case_id: null,
    healing_id: healingId ?? null,
    doc: JSON.stringify(doc),
    allow_edit: request.allow_edit === true ? 1 : 0,
    approvals_needed: request.four_eyes === true ? 2 : 1,
    repeat_count: 1,
    created_at_ms: unit.now,
    expires_at_ms: unit.now + (request.expires_in_s ?? dayS) * 1000,
    consumed_at_ms: null,
    claimed_by: null,
    claimed_until_ms: null,
  };
}
