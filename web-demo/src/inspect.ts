// The whole look at what was given: findings, their places, what becomes of each, the changed document, and the way back.
import { editText, formatOf, parseConfig, unifiedDiff, type ConfigFormat } from "../../sdk/src/edit/index.js";
import { AgentmendError } from "../../sdk/src/errors.js";
import { ask, healAll, rollBack, type Healed } from "../../sdk/src/heal.js";
import { canonicalExact } from "../../sdk/src/seal.js";
import type { Detection, DetectorsList, HealingRecord, PatchOperation, Report } from "../../sdk/src/wire.js";
import type { Core } from "../../wasm/core.js";
import { FileError, readGiven, type Document } from "./files.js";
import { passageAtLine, passagesOf, type Source } from "./passage.js";
import type { Answer, Failure, Found, Given, Item, Place, RolledBack } from "./protocol.js";

interface Config {
  name: string;
  format: ConfigFormat;
  text: string;
  value: unknown;
}

/** What was looked at last: a roll-back works on it. */
export interface Looked {
  found: Found;
  original: Config | null;
  config: Config | null;
}

type Step = Extract<Answer, { type: "step" }>["step"];

// An execution carries the workflow that ran; without the workflow's own file, that one is mended.
const parseBelow = 16 * 1024 * 1024;

function carriedWorkflow(runs: readonly Document[]): { name: string; text: string } | null {
  const [run] = runs;
  if (run === undefined || runs.length !== 1 || run.bytes.length > parseBelow) return null;
  try {
    const { workflowData } = JSON.parse(run.text) as { workflowData?: { nodes?: unknown } };
    return Array.isArray(workflowData?.nodes) ? { name: "workflow.json", text: `${JSON.stringify(workflowData, null, 2)}\n` } : null;
  } catch {
    return null; // not an execution as the API gives it
  }
}

function configOf(documents: readonly Document[], isN8n: boolean): Config | null {
  const given = documents.find(({ role }) => role !== "run") ?? (isN8n ? carriedWorkflow(documents) : null);
  if (given === null) return null;
  const format = /\.ya?ml$/i.test(given.name) ? "yaml" : formatOf(given.text);
  return inFile(given.name, given.text, () => ({ name: given.name, format, text: given.text, value: parseConfig(given.text, format) }));
}

function inFile<T>(name: string, text: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AgentmendError && !(error instanceof FileError)) throw new FileError(name, error, text);
    throw error;
  }
}

function valueText(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** The places of each finding. One pass over each source for all of them. */
function placesOf(detections: readonly Detection[], sources: readonly Source[]): Place[][] {
  const wanted: Place[] = [];
  const all = detections.map(({ evidence }) => {
    const places = new Map<string, Place>();
    for (const { kind, text, value, source, path } of evidence) {
      const pointer = source ?? path;
      const place = places.get(pointer) ?? { pointer, said: [], passage: null };
      // Without a source the pointer is one into the finding itself.
      if (!places.has(pointer) && source !== undefined) wanted.push(place);
      place.said.push({ kind, text: text ?? "", value: valueText(value) });
      places.set(pointer, place);
    }
    return [...places.values()];
  });
  const passages = passagesOf(sources, wanted.map(({ pointer, said }) => ({ pointer, words: said.map(({ text }) => text) })));
  wanted.forEach((place, index) => (place.passage = passages[index] ?? null));
  return all;
}

/** A diff of what a patch does to the config; of a patch that does not fit, or without a config, the operations are shown. */
function proposal(config: Config | null, patch: readonly PatchOperation[]): { diff: string; after: string } {
  if (config === null || patch.length === 0) return { diff: "", after: config?.text ?? "" };
  try {
    const after = editText(config.text, patch, config.format);
    return { diff: unifiedDiff(config.text, after, config.name), after };
  } catch (error) {
    if (error instanceof AgentmendError) return { diff: "", after: config.text };
    throw error;
  }
}

/** The items in order; `config` moves on with each fix that was applied. */
function itemsOf(healed: readonly Healed[], sources: readonly Source[], titles: ReadonlyMap<string, string>, original: Config | null): { items: Item[]; text: string } {
  let config = original;
  const places = placesOf(healed.map(({ detection }) => detection), sources);
  const items = healed.map((one, index): Item => {
    const { detection } = one;
    const shared = { title: titles.get(detection.detector) ?? detection.detector, detection, places: places[index] ?? [] };
    if (one.kind === "insight") return { ...shared, outcome: { kind: "insight", reason: one.reason } };
    if (one.kind === "case") return { ...shared, outcome: { kind: "case", case: one.case } };
    const { record } = one;
    const chosen = record.suggestions.find(({ id }) => id === record.chosen_fix_id);
    const patch = record.patch ?? chosen?.patch ?? [];
    const { diff, after } = proposal(config, patch);
    if (record.state === "applied" && config !== null) {
      if (after === config.text && patch.length > 0) throw new AgentmendError("edit_not_faithful", "", "The fix could not be written into the text of this file.");
      config = { ...config, text: after };
    }
    return { ...shared, outcome: { kind: "record", record, diff, patch: patch.length === 0 ? "" : JSON.stringify(patch, null, 2) } };
  });
  return { items, text: config?.text ?? "" };
}

/** Looks at what was given; `told` hears which step begins. Throws an AgentmendError, a FileError where one file is to blame. */
export async function look(core: Core, given: readonly Given[], told: (step: Step) => void): Promise<Looked> {
  told("reading");
  const documents = await readGiven(core, given);
  const feed = [...documents.filter(({ role }) => role === "workflow"), ...documents.filter(({ role }) => role === "run")];
  const names = feed.map(({ name }) => name).join(" + ");
  told("finding");
  const header = { documents: feed.map(({ name, bytes }) => ({ name, bytes: bytes.length })), id_prefix: "run", at_ms: Date.now() };
  const text = feed.length === 1 ? (feed[0]?.text ?? "") : "";
  const report = inFile(names, text, () => ask<Report>(core, "detect", header, feed.map(({ bytes }) => bytes)));
  const isN8n = report.source.format.startsWith("n8n");
  const original = configOf(documents, isN8n);
  told("healing");
  const { healed, config: value } = inFile(names, text, () =>
    healAll(core, {
      documents: feed,
      config: original?.value ?? null,
      framework: isN8n ? "n8n" : "generic",
      target: { kind: isN8n ? "workflow" : "config", id: original?.name ?? "run", version: null },
      now: Date.now,
    }),
  );
  told("placing");
  const { detectors } = ask<DetectorsList>(core, "detectors", {});
  const titles = new Map(detectors.map(({ name, title }) => [name, title ?? name]));
  const { items, text: after } = itemsOf(healed, feed, titles, original);
  const config = original === null ? null : { ...original, text: after, value };
  return {
    found: {
      files: documents.map(({ name, bytes, role }) => ({ name, bytes: bytes.length, role })),
      report,
      asked: detectors.length - report.skipped.length,
      items,
      config: original === null ? null : { name: original.name, diff: unifiedDiff(original.text, after, original.name), text: after },
    },
    original,
    config,
  };
}

/** Takes one applied fix back; later ones stay. Throws rollback_conflict where a later fix changed the same place. */
export function takeBack(core: Core, looked: Looked, item: number): RolledBack {
  const { config, original } = looked;
  const outcome = looked.found.items[item]?.outcome;
  if (config === null || original === null || outcome?.kind !== "record" || outcome.record.state !== "applied") {
    throw new AgentmendError("illegal_transition", "", "There is no applied fix here to take back.");
  }
  const undone: { record: HealingRecord; config: unknown; patch: PatchOperation[] } = rollBack(core, outcome.record, config.value, Date.now);
  const text = editText(config.text, undone.patch, config.format);
  const value = parseConfig(text, config.format);
  const canonical = canonicalExact(value) === canonicalExact(original.value);
  const answer: RolledBack = {
    item,
    state: undone.record.state,
    diff: unifiedDiff(config.text, text, config.name),
    text,
    same: text === original.text ? "bytes" : canonical ? "canonical" : "no",
  };
  outcome.record = undone.record;
  looked.config = { ...config, text, value };
  return answer;
}

/** An error as the page shows it, with the lines it is about where they can be found. */
export function failureOf(error: AgentmendError): Failure {
  const file = error instanceof FileError ? error.file : "";
  const source = { name: file, text: error instanceof FileError ? error.text : "" };
  const named = / at line (\d+), column (\d+)/.exec(error.message);
  const passage = source.text === "" || named === null ? null : passageAtLine(source, Number(named[1]), Number(named[2]));
  return { code: error.code, at: error.at, message: error.message, file, passage };
}
