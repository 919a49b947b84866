import { jsonParse } from "n8n-workflow";

import { AgentmendError } from "../../../sdk/src/errors.js";
import type { Detection, FixSuggestion, Report } from "../../../sdk/src/wire.js";
import type { Engine } from "./core.js";

export interface CheckOptions {
  minConfidence?: number;
  source?: string;
  only?: string[];
  suggestions?: boolean;
}

export type Finding = Pick<Detection, "detector" | "severity" | "confidence" | "subtype" | "summary" | "governance" | "evidence" | "suggested_fix"> & {
  suggestions?: Pick<FixSuggestion, "fix_type" | "risk" | "title" | "description" | "patch">[];
};

/** What the node adds to an item. `complete` is false when a limit cut the data: then nothing can be called healthy. */
export interface CheckResult {
  healthy: boolean;
  complete: boolean;
  source: string;
  findings: Finding[];
  checked: string[];
}

interface Document {
  label: string;
  value: unknown;
}

const encoder = new TextEncoder();

function finding({ detector, severity, confidence, subtype, summary, governance, evidence, suggested_fix }: Detection): Finding {
  return { detector, severity, confidence, subtype, summary, governance, evidence, suggested_fix };
}

// A JSON parameter is an object when it comes from an expression, and a text when it was typed in.
function jsonValue(value: unknown, parameter: string): unknown {
  if (typeof value !== "string") return value;
  if (value.trim() === "") return undefined;
  return jsonParse(value, { errorMessage: `The parameter "${parameter}" holds a text that is not JSON.` });
}

function checkDocuments(engine: Engine, documents: Document[], options: CheckOptions, framework?: string): { result: CheckResult; header: object; payload: Uint8Array[] } {
  const payload = documents.map(({ value }) => encoder.encode(JSON.stringify(value)));
  const header = {
    documents: documents.map(({ label }, index) => ({ name: label, bytes: payload[index]?.length ?? 0 })),
    source: options.source || undefined,
    only: options.only?.length ? options.only : undefined,
    min_confidence: options.minConfidence,
    framework,
  };
  const report = engine.ask<Report>("detect", header, payload);
  const skipped = new Map(report.skipped.map(({ detector, reason }) => [detector, reason]));
  const asked = engine.detectors.filter(({ name }) => options.only?.length ? options.only.includes(name) : true);
  const checked = asked.map(({ name }) => name).filter((name) => !skipped.has(name));
  if (checked.length === 0) {
    const reasons = asked.map(({ name }) => `${name}: ${skipped.get(name)}`).join(", ");
    throw new AgentmendError("missing_field", "", `Nothing in this data could be checked (${reasons}).`);
  }
  const complete = report.truncated === null;
  const findings = report.detections.map(finding);
  return { result: { healthy: complete && findings.length === 0, complete, source: report.source.format, findings, checked }, header, payload };
}

/** A conversation or an agent's trace, in any shape that agentmend reads. */
export function checkTrace(engine: Engine, value: unknown, options: CheckOptions): CheckResult {
  const trace = jsonValue(value, "Conversation or Trace");
  if (trace === undefined || trace === null) throw new AgentmendError("input_empty", "", 'The parameter "Conversation or Trace" is empty.');
  return checkDocuments(engine, [{ label: "trace", value: trace }], options).result;
}

/** One detector on its own input. */
export function checkDetector(engine: Engine, detector: string, value: unknown, options: CheckOptions): CheckResult {
  const input = jsonValue(value, "Input") ?? {};
  const detection = engine.ask<Detection>("detect_one", { detector, input });
  if (detection.status === "insufficient_input") throw new AgentmendError("missing_field", "/input", detection.summary);
  if (detection.status === "invalid_input") throw new AgentmendError("invalid_input", "/input", detection.summary);
  const fired = detection.detected && detection.confidence >= (options.minConfidence ?? 0);
  return { healthy: !fired, complete: true, source: "input", findings: fired ? [finding(detection)] : [], checked: [detector] };
}

/** Text from a user, a document or a web page, before a model reads it. */
export function checkText(engine: Engine, text: unknown, options: CheckOptions): CheckResult {
  if (typeof text !== "string") throw new AgentmendError("schema_type", "", `"Text" is ${text === null ? "null" : `of type ${typeof text}`}, not text.`);
  return checkDetector(engine, "injection", { text }, options);
}

/** A finished n8n execution, with its workflow when that is not inside. */
export function checkExecution(engine: Engine, value: unknown, workflowValue: unknown, options: CheckOptions): CheckResult {
  const execution = jsonValue(value, "Execution");
  if (typeof execution !== "object" || execution === null) throw new AgentmendError("input_empty", "", 'The parameter "Execution" holds no execution.');
  const given = jsonValue(workflowValue, "Workflow");
  const workflow = given ?? (execution as { workflowData?: unknown }).workflowData;
  const documents = [{ label: "execution", value: execution }, ...(given === undefined || given === null ? [] : [{ label: "workflow", value: given }])];
  const { result, header, payload } = checkDocuments(engine, documents, options, "n8n");
  if (options.suggestions === false) return result;
  for (const [index, found] of result.findings.entries()) {
    const { suggestions } = engine.ask<{ suggestions: FixSuggestion[] }>("suggest", { ...header, finding: index, config: workflow ?? undefined }, payload);
    found.suggestions = suggestions.map(({ fix_type, risk, title, description, patch }) => ({ fix_type, risk, title, description, patch }));
  }
  return result;
}
