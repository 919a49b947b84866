import { html } from "hono/html";

import type { CaseRow, Escalation } from "../store/tables.js";
import { statusText } from "./card.js";
import { page, type Viewer } from "./layout.js";
import { nothing, time, until, visible, type Html } from "./text.js";

export function inboxPage(waiting: readonly Escalation[], done: readonly Escalation[], viewer: Viewer, now: number): Html {
  return page(
    waiting.length === 0 ? "Inbox" : `Inbox (${waiting.length})`,
    viewer,
    html`<h1>Inbox</h1>
${waiting.length === 0 ? html`<p class="empty">Nothing waits for you. When an agent needs a person, its card appears here.</p>` : html`<ul class="cards">${waiting.map((row) => item(row, html`rejected ${until(row.expires_at_ms, now)} without an answer`))}</ul>`}
${done.length === 0 ? nothing : html`<h2>Decided lately</h2><ul class="cards done">${done.map((row) => item(row, html`${statusText(row)}`))}</ul>`}`,
  );
}

function item(row: Escalation, state: Html): Html {
  return html`<li><a href="/a/${row.id}"><span class="tag ${row.severity}">${row.severity}</span> <strong>${visible(row.title)}</strong></a>
<p class="note">${visible(row.agent ?? row.requester)}${row.tool === null ? nothing : html` · <code>${visible(row.tool)}</code>`} · ${time(row.created_at_ms)}${row.repeat_count > 1 ? html` · ${row.repeat_count} times` : nothing} · ${state}</p></li>`;
}

export function governancePage(cases: readonly CaseRow[], viewer: Viewer): Html {
  return page(
    "Governance",
    viewer,
    html`<h1>Governance cases</h1>
<p>An agent broke a rule that only a person may judge. Nothing here is ever changed automatically.</p>
${cases.length === 0 ? html`<p class="empty">No cases.</p>` : html`<ul class="cards">${cases.map((row) => html`<li><span class="tag">${row.state}</span> <strong>${visible((JSON.parse(row.handoff) as { title: string }).title)}</strong>
<p>${visible((JSON.parse(row.handoff) as { summary: string }).summary)}</p>
<p class="note">${row.detector} · ${time(row.opened_at_ms)}${row.repeat_count > 1 ? html` · ${row.repeat_count} times` : nothing}${row.outcome === null ? nothing : html` · ${row.outcome.replaceAll("_", " ")}`}</p></li>`)}</ul>`}`,
  );
}

export interface TrailLine {
  readonly seq: number;
  readonly at_ms: number;
  readonly type: string;
  readonly subject: string;
  readonly who: string;
}

export function auditPage(lines: readonly TrailLine[], hash: string | null, keyed: boolean, viewer: Viewer): Html {
  return page(
    "Audit",
    viewer,
    html`<h1>Audit trail</h1>
<p>${keyed ? "Each event carries the hash of the one before, made with a key: an edit, a gap or a cut end shows." : "Each event carries the hash of the one before. No key protects it: set AGENTMEND_AUDIT_KEY to keep out whoever can write to the database."}</p>
${hash === null ? nothing : html`<p class="note">Newest hash: <code>${hash}</code>. Check an export with <code>agentmend audit verify FILE</code>.</p>`}
<table><thead><tr><th scope="col">No.</th><th scope="col">When</th><th scope="col">What</th><th scope="col">Of</th><th scope="col">Who</th></tr></thead>
<tbody>${lines.map((line) => html`<tr><td>${line.seq}</td><td>${time(line.at_ms)}</td><td>${line.type.replaceAll("_", " ")}</td><td><code>${visible(line.subject)}</code></td><td>${visible(line.who)}</td></tr>`)}</tbody></table>`,
  );
}
