import { existsSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

import { editText, formatOf, parseConfig, unifiedDiff, type ConfigFormat } from "../../sdk/src/edit/index.js";
import { healAll, type Healed, type TraceDocument } from "../../sdk/src/heal.js";
import type { HealingRecord, Policy, RunContext } from "../../sdk/src/wire.js";
import type { Context } from "./context.js";
import { Failure, inFile } from "./failure.js";
import { safe } from "./paint.js";
import { readInput, type InputFile } from "./read-input.js";
import { readRun } from "./run-file.js";

export interface HealCommandOptions {
  target?: string | undefined;
  framework?: string | undefined;
  policy?: string | undefined;
  context?: string | undefined;
  source?: string | undefined;
  diff: boolean;
  json: boolean;
  write: boolean;
}

/** What `heal --write` leaves beside a config, and `rollback` reads. */
export interface RecordFile {
  config: string;
  records: HealingRecord[];
}

export interface ConfigFile extends InputFile {
  text: string;
  format: ConfigFormat;
  value: unknown;
}

export function readText(name: string): InputFile & { text: string } {
  const file = readInput(name);
  try {
    return { ...file, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file.bytes) };
  } catch {
    throw new Failure("utf8_invalid", "", "This file is not UTF-8.", name);
  }
}

export function readConfig(name: string): ConfigFile {
  const file = readText(name);
  const format = /\.ya?ml$/i.test(name) ? "yaml" : formatOf(file.text);
  return { ...file, format, value: inFile(name, () => parseConfig(file.text, format)) };
}

function readDocument<T>(name: string | undefined): T | undefined {
  return name === undefined ? undefined : (readConfig(name).value as T);
}

/** Writes beside the file and renames, so that a reader never sees half of it. */
export function writeWhole(name: string, text: string): void {
  const beside = `${name}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { flag: "wx" });
    renameSync(beside, name);
  } catch (error) {
    throw new Failure("file_unwritable", "", error instanceof Error ? error.message : String(error), name);
  }
}

export interface HealRun {
  healed: Healed[];
  config: ConfigFile | null;
  /** The text of the config after all applied records. */
  after: string;
}

/** The whole heal of a run, in memory: nothing is written. */
export function runHeal(context: Context, names: readonly string[], options: HealCommandOptions): HealRun {
  const framework = options.framework ?? "generic";
  if (framework !== "n8n" && framework !== "generic") {
    throw new Failure("usage", "", `--framework ${safe(framework, 40)} has no renderer yet; use n8n or generic.`);
  }
  const config = options.target === undefined ? null : readConfig(options.target);
  const documents: TraceDocument[] = names.map(readRun).map(({ name, json }) => ({ name, bytes: json }));
  // The workflow is half of what an n8n execution means.
  if (framework === "n8n" && config !== null && !names.includes(config.name)) {
    documents.unshift({ name: config.name, bytes: config.format === "json" ? config.bytes : new TextEncoder().encode(JSON.stringify(config.value)) });
  }
  const shown = [...names, ...(config === null ? [] : [config.name])].join(", ");
  const { healed } = inFile(shown, () =>
    healAll(context.core, {
      documents,
      config: config?.value ?? null,
      framework,
      target: { kind: framework === "n8n" ? "workflow" : "config", id: config === null ? "run" : basename(config.name), version: null },
      policy: readDocument<Policy>(options.policy),
      context: readDocument<RunContext>(options.context),
      source: options.source,
      now: Date.now,
    }),
  );
  let after = config?.text ?? "";
  for (const item of healed) {
    if (config !== null && item.kind === "record" && item.record.state === "applied") {
      after = inFile(config.name, () => editText(after, item.record.patch ?? [], config.format));
    }
  }
  return { healed, config, after };
}

const riskText = { safe: "SAFE", medium: "MEDIUM", dangerous: "DANGEROUS" } as const;

function outcome({ paint }: Context, record: HealingRecord): string {
  switch (record.state) {
    case "applied":
      return paint.green("✓ applied");
    case "awaiting_approval":
      return paint.yellow("escalated, not applied: waits for a person");
    case "recommended":
      return paint.yellow("recommended, not applied");
    case "no_remediation":
      return paint.yellow("no fix is known");
    default:
      return paint.red(record.state.replaceAll("_", " "));
  }
}

const proofText: Record<string, string> = {
  structural: "the changed config is whole",
  redetect: "the finding is gone when looked at again",
  guard_replay: "the guard stops the recorded run in time",
  shim_replay: "the fix, replayed on the recording, is better",
  host_check: "the host's own check",
};

/** A finding and what became of it, as people read it. */
export function healedText(context: Context, item: Healed): string {
  const { paint } = context;
  const { detection } = item;
  const lines = [`${paint.red("●")} ${paint.bold(detection.detector)}  ${detection.severity}, ${Math.round(detection.confidence * 100)} % sure`, `  ${safe(detection.summary, 300)}`];
  if (item.kind === "insight") return [...lines, `  ${paint.dim("shown so that you know; there is no fix to apply")}`].join("\n");
  if (item.kind === "case") {
    lines.push(`  ${paint.dim("risk")}   DANGEROUS`, `  ${paint.dim("now")}    ${paint.yellow("escalated, not applied: waits for a person; never changed automatically")}`);
    lines.push(...item.case.handoff.evidence.slice(0, 3).map(({ kind, pointer, text }) => `  ${paint.dim("shows")}  ${kind.replaceAll("_", " ")} ${safe(text ?? "", 90)} ${paint.dim(pointer)}`));
    return lines.join("\n");
  }
  const { record } = item;
  const chosen = record.suggestions.find(({ id }) => id === record.chosen_fix_id) ?? record.suggestions[0];
  if (chosen !== undefined) {
    lines.push(`  ${paint.dim("fix")}    ${safe(chosen.title, 120)} (${chosen.fix_type})`);
    lines.push(`  ${paint.dim("risk")}   ${riskText[chosen.risk]}`);
  }
  lines.push(`  ${paint.dim("now")}    ${outcome(context, record)}${record.gate === null ? "" : paint.dim(` (${record.gate.reason.replaceAll("_", " ")})`)}`);
  if (record.state !== "applied") {
    lines.push(...detection.evidence.slice(0, 2).map(({ kind, path, text, source }) => `  ${paint.dim("shows")}  ${kind.replaceAll("_", " ")} ${safe(text ?? "", 90)} ${paint.dim(source ?? path)}`));
  }
  for (const { kind, ok, detail } of record.validation?.results ?? []) {
    const mark = ok === true ? paint.green("✓") : ok === false ? paint.red("✗") : paint.dim("–");
    const told = detail === undefined || detail === "" ? "" : `: ${safe(detail, 160)}`;
    lines.push(`  ${paint.dim("proof")}  ${mark} ${ok === null ? paint.dim(`${kind.replaceAll("_", " ")} was not possible${told}`) : `${proofText[kind] ?? kind}${told}`}`);
  }
  return lines.join("\n");
}

function finished(item: Healed): boolean {
  return item.kind === "record" && item.record.state === "applied";
}

/** 0: all healed or nothing found; 1: something waits for a person or is only shown. */
function status(healed: readonly Healed[]): number {
  return healed.every(finished) ? 0 : 1;
}

function documentOf(item: Healed): object {
  if (item.kind === "record") return item.record;
  return item.kind === "case" ? item.case : item.detection;
}

export function colouredDiff({ paint }: Context, diff: string): string {
  const line = (text: string): string => {
    if (text.startsWith("@@")) return paint.cyan(text);
    if (text.startsWith("+")) return paint.green(text);
    return text.startsWith("-") ? paint.red(text) : text;
  };
  return diff.split("\n").map(line).join("\n");
}

export function heal(context: Context, names: readonly string[], options: HealCommandOptions): number {
  if (names.length === 0) throw new Failure("usage", "", "Name the recorded run. See agentmend heal --help.");
  if ((options.write || options.diff) && options.target === undefined) throw new Failure("usage", "", "--diff and --write need --target CONFIG.");
  const { healed, config, after } = runHeal(context, names, options);
  const diff = config === null ? "" : unifiedDiff(config.text, after, config.name);
  if (options.json) context.out(JSON.stringify(healed.map(documentOf), null, 2));
  else if (options.diff) process.stdout.write(colouredDiff(context, diff));
  else {
    for (const item of healed) context.out(`${healedText(context, item)}\n`);
    if (healed.length === 0) context.out(context.paint.green("✓ nothing to heal"));
    if (diff !== "") context.out(colouredDiff(context, diff));
  }
  if (options.write && config !== null && after !== config.text) {
    const recordName = `${config.name}.agentmend.json`;
    if (existsSync(recordName)) throw new Failure("record_exists", "", "There is a record of an earlier heal; roll it back or move it away.", recordName);
    const applied = healed.flatMap((item) => (finished(item) && item.kind === "record" ? [item.record] : []));
    const kept: RecordFile = { config: basename(config.name), records: applied };
    // The record first: a config without its way back must not exist.
    writeWhole(recordName, `${JSON.stringify(kept, null, 2)}\n`);
    writeWhole(config.name, after);
    if (!options.json && !options.diff) context.out(`\nwritten: ${safe(config.name)}; to undo: agentmend rollback ${safe(recordName)}`);
  }
  return status(healed);
}

