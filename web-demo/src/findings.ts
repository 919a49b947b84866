// What was found, as elements.
import type { GovernanceCase, HealingRecord } from "../../sdk/src/wire.js";
import { button, el, save, type Child } from "./dom.js";
import type { Failure, Found, Item, Passage, Place, RolledBack } from "./protocol.js";
import { decisionWords, fileWords, plain, proofWords, riskWords, roleWords } from "./words.js";

function section(title: string, ...children: Child[]): HTMLElement {
  return el("section", { class: "part" }, el("h4", {}, title), ...children);
}

function copyButton(label: string, text: string): HTMLButtonElement {
  const element = button(label, () => {
    navigator.clipboard.writeText(text).then(
      () => (element.textContent = "Copied"),
      () => (element.textContent = "Could not copy: select the text instead"),
    );
  });
  return element;
}

/** The lines of a file around a place, with line numbers; the place and its very words are marked. */
export function passageElement({ file, line, column, rows }: Passage): HTMLElement {
  const lines = rows.map(({ number, parts }) =>
    el(
      "span",
      { class: "row", "data-line": String(number) },
      el("span", { class: "number", "aria-hidden": "true" }, number === 0 ? "⋯" : String(number)),
      el("span", { class: "code" }, ...parts.map(({ text, mark }) => (mark === 0 ? text : el("mark", { "data-mark": String(mark) }, text)))),
    ),
  );
  const place = `${file}, line ${line}, column ${column}`;
  return el("figure", { class: "passage" }, el("figcaption", {}, place), el("pre", { tabindex: "0", role: "region", "aria-label": place, dir: "ltr" }, ...lines));
}

/** A unified diff. Added and removed lines are told by their sign as well as by colour. */
export function diffElement(diff: string, label: string): HTMLElement {
  const lines = diff
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      const kind = line.startsWith("@@") ? "hunk" : line.startsWith("+++") || line.startsWith("---") ? "name" : line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
      return el("span", { class: `row ${kind}` }, line);
    });
  return el("pre", { class: "diff", tabindex: "0", role: "region", "aria-label": label, dir: "ltr" }, ...lines);
}

function placeElement({ pointer, said, passage }: Place): HTMLElement {
  const lines = said.map(({ kind, text, value }) =>
    el("li", {}, el("strong", {}, plain(kind)), text === "" ? null : el("q", { dir: "auto" }, text), value === "" || value === text ? null : el("code", {}, value)),
  );
  return el("li", {}, el("code", { class: "pointer" }, pointer), el("ul", { class: "said" }, ...lines), passage === null ? null : passageElement(passage));
}

const placesAtOnce = 4;

function placesElement(places: readonly Place[]): HTMLElement {
  const list = places.map(placeElement);
  const rest = list.slice(placesAtOnce);
  const all = el("ol", { class: "places" }, ...list.slice(0, placesAtOnce));
  return rest.length === 0 ? all : el("div", {}, all, el("details", {}, el("summary", {}, `${rest.length} more`), el("ul", { class: "places" }, ...rest)));
}

function fixSection(record: HealingRecord): HTMLElement {
  const chosen = record.suggestions.find(({ id }) => id === record.chosen_fix_id) ?? record.suggestions[0];
  if (chosen === undefined) return section("The fix", el("p", {}, "No fix is known for this."));
  const risk = riskWords[chosen.risk] ?? { name: chosen.risk, says: "" };
  const others = record.suggestions.filter((one) => one !== chosen);
  return section(
    "The fix",
    el("p", {}, el("strong", {}, chosen.title), " ", el("code", {}, chosen.fix_type)),
    el("p", {}, chosen.description),
    el("p", {}, chosen.expected_effect),
    el("p", { class: "risk", "data-risk": chosen.risk }, el("span", { class: "badge" }, risk.name), ` ${risk.says}`),
    others.length === 0 ? null : el("details", {}, el("summary", {}, `${others.length} other ${others.length === 1 ? "way" : "ways"}`), el("ul", {}, ...others.map(({ title, fix_type, risk: level }) => el("li", {}, `${title} (${fix_type}, ${level})`)))),
  );
}

function proofSection(record: HealingRecord): HTMLElement | null {
  const results = record.validation?.results ?? [];
  const verdict = record.verification;
  if (results.length === 0 && verdict === null) return null;
  const lines = results.map(({ kind, ok, detail }) => {
    const [sign, said] = ok === true ? ["✓", proofWords[kind] ?? plain(kind)] : ok === false ? ["✗", `Not so: ${proofWords[kind] ?? plain(kind)}`] : ["–", `Could not be asked: ${proofWords[kind] ?? plain(kind)}`];
    return el("li", { class: ok === true ? "yes" : ok === false ? "no" : "open" }, el("span", { class: "sign", "aria-hidden": "true" }, sign), el("span", {}, detail === undefined || detail === "" ? said : `${said}: ${detail}`));
  });
  const replay = verdict === null ? null : el("p", {}, `Replay on the recording: ${plain(verdict.verdict)} (${verdict.before} before${verdict.after === null ? "" : `, ${verdict.after} after`}). ${plain(verdict.reason)}`);
  return section(record.state === "applied" ? "The proof, after the fix" : "The proof", replay, el("ul", { class: "proof" }, ...lines));
}

function changeSection(item: Extract<Item["outcome"], { kind: "record" }>, name: string | null): HTMLElement | null {
  if (item.patch === "") return null;
  const applied = item.record.state === "applied";
  const title = applied ? "The change" : "The change that is proposed, not applied";
  if (item.diff === "") {
    const hint = name === null ? "Add the workflow, or the agent's configuration (JSON or YAML), and the change is shown in its text." : "It does not fit this document, so it is shown as a patch.";
    return section(title, el("p", {}, hint), el("details", {}, el("summary", {}, "The patch (RFC 6902)"), el("pre", { class: "diff", tabindex: "0", role: "region", "aria-label": "The patch", dir: "ltr" }, item.patch)));
  }
  return section(title, diffElement(item.diff, `Change of ${name ?? "the document"}`), el("p", { class: "tools" }, copyButton("Copy this diff", item.diff)));
}

function backSection(index: number, takeBack: (index: number) => void): HTMLElement {
  const act = button("Take it back", () => {
    act.disabled = true;
    takeBack(index);
  }, { class: "back" });
  return section("The way back", el("p", {}, "The inverse was computed and tested before the fix was applied."), el("p", { class: "tools" }, act), el("div", { class: "taken-back", role: "status" }));
}

/** Puts the outcome of a roll-back under its button. */
export function showRolledBack(card: Element, { diff, same, state }: RolledBack): void {
  const said = {
    bytes: "The document is the original again, byte for byte.",
    canonical: "The document is the original again, equal as canonical JSON (RFC 8785).",
    no: "This fix is out again; other fixes on this page stay applied.",
  }[same];
  card.querySelector(".taken-back")?.replaceChildren(el("p", {}, el("strong", {}, `${plain(state)}. `), said), diff === "" ? "" : diffElement(diff, "What the roll-back changed"));
}

export function showNotRolledBack(card: Element, { code, message }: Failure): void {
  card.querySelector(".taken-back")?.replaceChildren(el("p", { class: "no" }, el("strong", {}, "Not taken back. "), `${message} (${code})`));
}

function listed(title: string, lines: readonly string[]): HTMLElement | null {
  return lines.length === 0 ? null : el("div", {}, el("h5", {}, title), el("ul", {}, ...lines.map((line) => el("li", {}, line))));
}

function caseSection({ handoff }: GovernanceCase): HTMLElement {
  const people = handoff.page.map(({ role, reason }) => `${roleWords[role] ?? plain(role)}: ${reason}`);
  return section(
    "Handed to a person",
    el("p", { class: "risk", "data-risk": "dangerous" }, el("span", { class: "badge" }, "PERSON"), " A governance finding is never changed automatically. There is nothing on this page that could apply a change."),
    el("p", {}, el("strong", {}, `${handoff.title}. `), `A person should look within ${handoff.sla_minutes} minutes.`),
    el(
      "div",
      { class: "columns" },
      listed("Who", people),
      listed("What they should ask", handoff.questions),
      listed("What can hold it meanwhile (not done)", handoff.containment.map(({ action, effect }) => `${plain(action)}: ${effect}`)),
      listed("How it could be undone, by hand", handoff.recommended_rollback.map(({ step }) => step)),
    ),
  );
}

/** One finding and what became of it. */
function itemElement(item: Item, index: number, config: string | null, takeBack: (index: number) => void): HTMLElement {
  const { detection, outcome } = item;
  const id = `finding-${index}`;
  const sub = detection.subtype === null ? "" : `, ${plain(detection.subtype)}`;
  const card = el(
    "article",
    { class: "finding", "aria-labelledby": id, "data-severity": detection.severity },
    el("p", { class: "meta" }, el("span", { class: "badge" }, detection.severity), ` ${Math.round(detection.confidence * 100)} % sure${sub} · `, el("code", {}, detection.detector)),
    el("h3", { id }, item.title),
    el("p", { class: "summary", dir: "auto" }, detection.summary),
    section("What failed, and where", placesElement(item.places)),
  );
  if (outcome.kind === "case") card.append(caseSection(outcome.case));
  else if (outcome.kind === "insight") card.append(section("The fix", el("p", {}, "Shown so that you know; there is no fix to apply.")));
  else {
    const { record } = outcome;
    const decision = record.gate === null ? null : section("The decision", el("p", { class: `decision ${record.state}` }, decisionWords(record.state, record.gate.reason, record.gate.ceiling_by)));
    card.append(...[fixSection(record), decision, changeSection(outcome, config), proofSection(record), record.state === "applied" ? backSection(index, takeBack) : null].filter((part) => part !== null));
  }
  return card;
}

function asked({ report }: Found): HTMLElement {
  const planned = report.skipped.filter(({ reason }) => reason === "planned").length;
  const unfed = report.skipped.filter(({ reason }) => reason !== "planned").map(({ detector }) => detector);
  const lines = [
    unfed.length === 0 ? "" : `Had nothing to look at in this input: ${unfed.join(", ")}.`,
    `Catalogued, but without an algorithm yet: ${planned}.`,
    ...report.losses.map(({ code, count, at }) => `Lost in reading: ${plain(code)}, ${count} times${at === undefined ? "" : `, first at ${at}`}.`),
    report.truncated === null ? "" : `Cut: ${report.truncated.what}, kept ${report.truncated.kept} of ${report.truncated.seen}.`,
  ].filter((line) => line !== "");
  return el("details", { class: "asked" }, el("summary", {}, "What was asked, and what was not"), el("ul", {}, ...lines.map((line) => el("li", {}, line))));
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

function documentOf({ outcome, detection }: Item): object {
  if (outcome.kind === "record") return outcome.record;
  return outcome.kind === "case" ? outcome.case : detection;
}

/** Everything that was found. */
export function foundElements(found: Found, current: () => string, takeBack: (index: number) => void): HTMLElement[] {
  const { report, items, files, config } = found;
  const counts = report.counts ?? {};
  const heading = el("h2", { tabindex: "-1", id: "found" }, found.asked === 0 ? "Nothing to look at" : items.length === 0 ? "Nothing found" : count(items.length, "finding"));
  const read = `Read as ${report.source.format}: ${count(counts.spans ?? 0, "step")}, ${count(counts.tool_calls ?? 0, "tool call")}, ${count(counts.errors ?? 0, "error")}.`;
  const names = el("ul", { class: "files" }, ...files.map(({ name, role }) => el("li", {}, el("strong", {}, name), ` ${fileWords[role] ?? role}`)));
  const head = el("div", { class: "found-head" }, heading, names, el("p", {}, read));
  if (items.length === 0) {
    head.append(el("p", {}, found.asked === 0 ? "There is no run in this: it only says what would be done. Give the recording of a run." : "None of the detectors that could look at this run fired."));
  }
  const cards = items.map((item, index) => itemElement(item, index, config?.name ?? null, takeBack));
  const tools = el("p", { class: "tools" });
  if (config !== null && config.diff !== "") {
    tools.append(button("Save the mended file", () => save(config.name, current())), copyButton("Copy the whole diff", config.diff));
  }
  tools.append(button("Save the report (JSON)", () => save("agentmend-report.json", `${JSON.stringify({ report, outcomes: items.map(documentOf) }, null, 2)}\n`)));
  return [head, ...cards, asked(found), tools];
}

/** What could not be read, with the place when it is known. */
export function failureElement({ code, at, message, file, passage }: Failure): HTMLElement {
  const place = at.length > 160 ? `${at.slice(0, 157)}…` : at;
  return el(
    "div",
    { class: "failure", role: "alert" },
    el("h2", { tabindex: "-1", id: "found" }, "This could not be read"),
    el("p", {}, file === "" ? null : el("strong", {}, `${file}: `), message),
    el("p", {}, el("code", {}, code), place === "" ? null : " at ", place === "" ? null : el("code", { class: "pointer" }, place)),
    passage === null ? null : passageElement(passage),
  );
}
