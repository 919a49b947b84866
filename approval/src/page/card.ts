// The card: what would happen, who asks, why it needs a person, and the two ways to answer.
import { html } from "hono/html";

import type { ApprovalDecision, EscalationRequest } from "../../../sdk/src/wire.js";
import { docOf, open } from "../escalation.js";
import type { Escalation } from "../store/tables.js";
import { page, type Viewer } from "./layout.js";
import { asText, block, nothing, time, until, visible, type Html } from "./text.js";

export interface CardView {
  readonly row: Escalation;
  readonly decision: ApprovalDecision | null;
  /** Who approved so far, when two are needed. */
  readonly approvers: readonly string[];
  /** A card for exactly this whose approval was used: it is asked for a second time. */
  readonly used: Escalation | null;
  readonly history: readonly { type: string; at_ms: number; who: string }[];
  readonly viewer: Viewer;
  readonly now: number;
  /** What the last attempt to decide said. */
  readonly error: string | null;
}

const severityText: Record<string, string> = { low: "Low severity", medium: "Medium severity", high: "High severity", critical: "Critical" };

export function cardPage(view: CardView): Html {
  const { row, viewer, error } = view;
  const { request, risk } = docOf(row);
  return page(
    "Decide",
    viewer,
    html`<article>
<p class="tags"><span class="tag ${row.severity}">${severityText[row.severity] ?? row.severity}</span> ${risk === null ? nothing : html`<span class="tag">${risk.toUpperCase()} fix</span>`} <span class="tag">${statusText(row)}</span></p>
<h1>${visible(row.title)}</h1>
<p class="lead">${sentence(request)}</p>
${error === null ? nothing : html`<p class="error" role="alert">${error}</p>`}
${answered(view)}
${what(row, request)}
<h2>Why it needs a person</h2>
<p>${visible(request.detection.summary)} ${(request.suggestion?.recommendation_source ?? "template") !== "template" ? html`<span class="tag">Worded by a language model</span>` : nothing}</p>
${evidence(row, request)}
<h2>Who asks</h2>
<dl>
<dt>Agent</dt><dd>${visible(row.agent ?? "not said")}</dd>
<dt>Asked by</dt><dd>${visible(row.requester)} (key of ${visible(row.owner)}, from ${request.requester.host})</dd>
<dt>Run</dt><dd>${visible(row.run_id === "" ? "not said" : row.run_id)}</dd>
<dt>Asked at</dt><dd>${time(row.created_at_ms)}${row.repeat_count > 1 ? html`, ${row.repeat_count} times` : nothing}</dd>
<dt>Detector</dt><dd>${row.detector}</dd>
</dl>
${undo(request)}
${form(view, request)}
<h2>History</h2>
<ol class="history">${view.history.map(({ type, at_ms, who }) => html`<li>${time(at_ms)} ${type.replace(".", " ").replaceAll("_", " ")} <span class="note">${visible(who)}</span></li>`)}</ol>
<p class="note">Bound to <code>${row.binding_hash}</code>. A decision is for exactly this; if an argument changes, it is another card. <a href="/a/${row.id}/request">The whole request as plain text</a></p>
</article>`,
  );
}

/** The state in words; colour alone says nothing. */
export function statusText(row: Pick<Escalation, "status" | "consumed_at_ms">): string {
  if (row.status === "pending") return "Waits for a decision";
  if (row.status === "expired") return "Expired: rejected";
  if (row.status === "edited") return row.consumed_at_ms === null ? "Approved with changes" : "Approved with changes, used";
  if (row.status === "approved") return row.consumed_at_ms === null ? "Approved" : "Approved and used";
  return row.status.charAt(0).toUpperCase() + row.status.slice(1);
}

function sentence(request: EscalationRequest): Html {
  const { binding } = request;
  const agent = binding.agent === null ? html`An agent` : html`Agent <strong>${visible(binding.agent)}</strong>`;
  if (binding.tool !== null) return html`${agent} wants to call <strong>${visible(binding.tool)}</strong> with the arguments below. The call is held until you decide.`;
  if (binding.fix !== null && binding.target !== null) return html`Change <strong>${visible(binding.target.id)}</strong>${binding.target.version === null ? nothing : html` (version ${visible(binding.target.version)})`} with the fix <strong>${binding.fix.fix_type}</strong>.`;
  return html`${agent} broke a rule that only a person may judge. Nothing is held and nothing will be changed.`;
}

function answered(view: CardView): Html {
  const { row, decision, approvers, used, now } = view;
  if (open.includes(row.status)) {
    return html`${used === null ? nothing : html`<p class="notice"><strong>Exactly this was approved before and used</strong> at ${time(used.consumed_at_ms ?? 0)} (<a href="/a/${used.id}">that card</a>), and is asked for again. The agent may have been stopped before it happened, or after. Find out which before you approve it a second time.</p>`}
${approvers.length > 0 ? html`<p class="notice">Approved by ${visible(approvers.join(", "))}. A second person has to agree.</p>` : nothing}
<p>Without an answer it is rejected <strong data-until="${row.expires_at_ms}">${until(row.expires_at_ms, now)}</strong> (${time(row.expires_at_ms)}).</p>`;
  }
  const who = decision?.decided_by.map(({ principal, display }) => display ?? principal.replace(/^user:/, "")).join(" and ") ?? "";
  return html`<p class="notice" role="status"><strong>${statusText(row)}</strong>${who === "" ? nothing : html` by ${visible(who)}`}${decision === null ? nothing : html` at ${time(decision.decided_at_ms)}`}.
${decision?.note === null || decision?.note === undefined ? nothing : html`<br>Note: ${visible(decision.note)}`}</p>
${decision?.edited_binding_hash == null ? nothing : html`<h2>Approved with these arguments instead</h2>${block(asText(decision.edited_args), `/a/${row.id}/request`)}`}`;
}

function what(row: Escalation, request: EscalationRequest): Html {
  const { binding } = request;
  const whole = `/a/${row.id}/request`;
  if (binding.tool !== null) {
    return html`<section id="what" aria-label="What would happen"><h2>Exact arguments of ${visible(binding.tool)}</h2>
${block(asText(binding.args), whole)}
${docOf(row).args_masked ? html`<p class="note">•••• stands for something that looks like a secret. The decision is bound to the exact value.</p>` : nothing}</section>`;
  }
  if (binding.fix === null) return nothing;
  const rows = changes(binding.fix.patch ?? []);
  return html`<section id="what" aria-label="What would change"><h2>What would change</h2>
<dl><dt>Target</dt><dd>${visible(binding.target?.id ?? "")}</dd><dt>Version</dt><dd>${visible(binding.target?.version ?? "not said")}</dd></dl>
<table><thead><tr><th scope="col">Place</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
<tbody>${rows.map((change) => html`<tr><th scope="row"><code>${visible(change.path)}</code></th><td>${change.before === undefined ? "–" : block(asText(change.before), whole)}</td><td>${change.after === undefined ? "removed" : block(asText(change.after), whole)}</td></tr>`)}</tbody></table></section>`;
}

interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

// A replace or remove is preceded by a test of the old value (healing.md 4.2): that is the left column.
function changes(patch: NonNullable<NonNullable<EscalationRequest["binding"]["fix"]>["patch"]>): Change[] {
  const tested = new Map<string, unknown>();
  const made: Change[] = [];
  for (const { op, path, value } of patch) {
    if (op === "test") tested.set(path, value);
    else made.push({ path, before: tested.get(path), after: op === "remove" ? undefined : value });
  }
  return made;
}

function evidence(row: Escalation, request: EscalationRequest): Html {
  const items = request.handoff === null ? request.detection.evidence.map(({ kind, path, text, value }) => ({ kind, path, text: text ?? (value === undefined ? "" : asText(value)) })) : request.handoff.evidence.map(({ kind, pointer, text, expected, observed }) => ({ kind, path: pointer, text: text ?? (observed === undefined ? "" : `expected ${asText(expected)}, observed ${asText(observed)}`) }));
  if (items.length === 0) return nothing;
  return html`<h2>Evidence</h2><ul class="evidence">${items.slice(0, 20).map(({ kind, path, text }) => html`<li><strong>${visible(kind.replaceAll("_", " "))}</strong> <code>${visible(path)}</code>${text === "" ? nothing : block(text, `/a/${row.id}/request`)}</li>`)}</ul>`;
}

function undo(request: EscalationRequest): Html {
  const steps = request.handoff?.recommended_rollback ?? [];
  if (steps.length > 0) return html`<h2>If it went wrong already</h2><ol>${steps.map(({ step, target }) => html`<li>${visible(step)}${target == null ? nothing : html` <code>${visible(target)}</code>`}</li>`)}</ol>`;
  if (request.binding.fix === null) return nothing;
  return html`<h2>Taking it back</h2><p>${request.suggestion?.reversible === false ? "This fix cannot be taken back by itself." : "The client keeps the original and can restore it."}</p>`;
}

/** What has to be typed to approve something critical: the name of the tool, or of the target. */
export function wordToType(row: Escalation): string | null {
  return row.severity === "critical" ? (row.tool ?? docOf(row).request.binding.target?.id ?? null) : null;
}

function form(view: CardView, request: EscalationRequest): Html {
  const { row, viewer } = view;
  if (!open.includes(row.status)) return nothing;
  const governance = row.kind === "governance";
  const held = !governance || row.tool !== null;
  const word = wordToType(row);
  return html`<form method="post" action="/a/${row.id}/decision" class="decide stack" aria-label="Decision">
<input type="hidden" name="csrf" value="${viewer.csrf}">
<input type="hidden" name="binding_hash" value="${row.binding_hash}">
<input type="hidden" name="rev" value="${row.rev}">
<label for="note">Note${governance ? "" : " (optional)"}</label>
<textarea id="note" name="note" rows="2" maxlength="2000"></textarea>
${held && word !== null ? html`<label for="confirm">To approve, type <code>${visible(word)}</code></label><input id="confirm" name="confirm" autocomplete="off" spellcheck="false">` : nothing}
${row.allow_edit === 1 && row.tool !== null ? html`<details><summary>Approve with other arguments</summary><label for="edited_args">Arguments (JSON)</label><textarea id="edited_args" name="edited_args" rows="8" spellcheck="false">${asText(request.binding.args)}</textarea><button type="submit" name="decision" value="edited" class="approve">Approve with these arguments</button></details>` : nothing}
<p class="actions">
${held ? html`<button type="submit" name="decision" value="rejected" class="reject">Reject</button> <button type="submit" name="decision" value="approved" class="approve"${row.severity === "critical" ? html` data-after="what"` : nothing}>Approve this once</button>` : nothing}
${governance && row.status === "pending" ? html`<button type="submit" name="decision" value="acknowledged">Acknowledge</button>` : nothing}
</p>
${governance ? html`<fieldset><legend>Close the case</legend><label for="outcome">Outcome</label><select id="outcome" name="outcome"><option value="">choose</option><option value="confirmed_violation">Confirmed violation</option><option value="false_alarm">False alarm</option><option value="accepted_exception">Accepted exception</option></select> <button type="submit" name="decision" value="resolved">Resolve</button><p class="note">Needs a note. A held call is not let through by this.</p></fieldset>` : nothing}
</form>`;
}
