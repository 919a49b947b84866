import { basename } from "node:path";

import { request } from "../../wasm/core.js";
import { locate, type Location } from "../../sdk/src/pointer-location.js";
import type { Detection, Report } from "../../sdk/src/wire.js";
import type { Context } from "./context.js";
import { answerOf, Failure } from "./failure.js";
import { safe } from "./paint.js";
import { readInput, type InputFile } from "./read-input.js";
import { readRun, type RunFile } from "./run-file.js";

export interface DetectOptions {
  json: boolean;
  source?: string | undefined;
  only?: string | undefined;
  minConfidence?: string | undefined;
  context?: string | undefined;
}

function readJson(name: string): unknown {
  const { bytes } = readInput(name);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Failure("json_syntax", "", "This file is not JSON.", name);
  }
}

/** Asks the core about the files; throws a Failure on bad input. */
export function reportOf({ core }: Context, files: readonly RunFile[], options: DetectOptions): Report {
  const minConfidence = options.minConfidence === undefined ? undefined : Number(options.minConfidence);
  if (minConfidence !== undefined && !(minConfidence >= 0 && minConfidence <= 1)) {
    throw new Failure("usage", "", "--min-confidence takes a number from 0 to 1.");
  }
  const header = {
    documents: files.map((file) => ({ name: file.name, bytes: file.json.length })),
    source: options.source,
    only: options.only?.split(",").map((name) => name.trim()),
    min_confidence: minConfidence,
    context: options.context === undefined ? undefined : readJson(options.context),
    id_prefix: "run",
    at_ms: Date.now(),
  };
  return answerOf<Report>(core.call("detect", request(header, files.map((file) => file.json))), files.map((file) => file.name).join(", "));
}

interface Place extends Location {
  file: string;
}

function placeText(place: Place | null): string {
  return place === null ? "" : `${place.file}line ${place.line}, column ${place.column}`;
}

/** One finding as people read it. */
export function findingText({ paint }: Context, detection: Detection, find: (pointer: string) => Place | null): string {
  const mark = detection.severity === "critical" || detection.severity === "high" ? paint.red("●") : paint.yellow("●");
  const percent = `${Math.round(detection.confidence * 100)} %`;
  const lines = [`${mark} ${paint.bold(detection.detector)}  ${detection.severity}, ${percent} sure${detection.subtype === null ? "" : `, ${detection.subtype}`}`];
  lines.push(`  ${safe(detection.summary, 300)}`);
  for (const item of detection.evidence.slice(0, 4)) {
    const pointer = item.source ?? item.path;
    const value = item.value === undefined ? "" : ` ${paint.dim(safe(JSON.stringify(item.value), 60))}`;
    const text = item.text === undefined ? "" : ` ${safe(item.text, 90)}`;
    lines.push(`    ${item.kind.replaceAll("_", " ").padEnd(17)}${text}${value}`);
    lines.push(`    ${" ".repeat(17)} ${paint.dim(`${pointer}${item.source === undefined ? "" : `  ${placeText(find(item.source))}`}`)}`);
  }
  const action = detection.governance
    ? "for a person: a governance finding is never changed automatically"
    : detection.bucket === "deferred"
      ? "none yet: shown so that you know"
      : safe(detection.suggested_fix ?? "", 200);
  lines.push(`  ${paint.dim("fix")} ${action}`);
  return lines.join("\n");
}

/** The whole report as people read it. */
export function reportText(context: Context, report: Report, files: readonly InputFile[]): string {
  const { paint } = context;
  const counts = report.counts ?? {};
  const decoder = new TextDecoder();
  const texts = files.map(({ name, bytes }) => ({ file: files.length === 1 ? "" : `${safe(basename(name), 60)} `, text: decoder.decode(bytes) }));
  const find = (pointer: string): Place | null => {
    for (const { file, text } of texts) {
      const location = locate(text, pointer);
      if (location !== null) return { ...location, file };
    }
    return null;
  };
  const lines = [
    `${paint.bold(safe(files.map((file) => file.name).join(" + "), 120))}  ${report.source.format}, ${counts.spans ?? 0} spans, ${counts.tool_calls ?? 0} tool calls, ${counts.errors ?? 0} errors`,
    "",
  ];
  for (const detection of report.detections) lines.push(findingText(context, detection, find), "");
  const planned = report.skipped.filter((skipped) => skipped.reason === "planned").length;
  const unfed = report.skipped.filter((skipped) => skipped.reason !== "planned");
  const asked = 87 - report.skipped.length;
  const quiet = asked === 0 ? paint.yellow("nothing to look at: there is no run in this") : report.detections.length === 0 ? paint.green("✓ nothing found") : `${report.detections.length} found`;
  lines.push(`${quiet}  ${paint.dim(`${asked} detectors asked, ${unfed.length} had nothing to look at, ${planned} planned`)}`);
  for (const loss of report.losses) lines.push(paint.dim(`  lost in reading: ${loss.code} × ${loss.count}${loss.at === undefined ? "" : `, first at ${loss.at}`}`));
  if (report.truncated !== null) lines.push(paint.dim(`  truncated: ${report.truncated.what}, kept ${report.truncated.kept} of ${report.truncated.seen}`));
  return lines.join("\n");
}

export function detect(context: Context, names: readonly string[], options: DetectOptions): number {
  if (names.length === 0) throw new Failure("usage", "", "Name a file, or - for standard input. See agentmend detect --help.");
  const files = names.map(readRun);
  const report = reportOf(context, files, options);
  context.out(options.json ? JSON.stringify(report, null, 2) : reportText(context, report, files));
  return report.detections.length === 0 ? 0 : 1;
}
