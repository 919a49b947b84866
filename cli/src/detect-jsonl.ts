import { createInterface } from "node:readline";

import { request } from "../../wasm/core.js";
import type { Detection, Report } from "../../sdk/src/wire.js";
import type { Context } from "./context.js";

interface WireError {
  code: string;
  at: string;
  message: string;
}

const encoder = new TextEncoder();

function ask<T>({ core }: Context, operation: string, header: object, payload: readonly Uint8Array[] = []): T | { error: WireError } {
  return JSON.parse(core.call(operation, request(header, payload))) as T | { error: WireError };
}

function isError(answer: object): answer is { error: WireError } {
  return "error" in answer && !("schema" in answer);
}

function bad(id: string | null, line: number, error: WireError): object {
  return { id, line, detected: false, confidence: 0, status: "invalid_input", error };
}

function answerTrace(context: Context, id: string | null, line: number, item: Record<string, unknown>): object {
  const text = encoder.encode(JSON.stringify(item["trace"]) ?? "null");
  // A hint is only a hint: an unknown or wrong one is ignored.
  const header = { documents: [{ name: `line ${line}`, bytes: text.length }], context: item["context"] };
  const hint = typeof item["source_format"] === "string" ? item["source_format"] : undefined;
  let report = ask<Report>(context, "detect", { ...header, source: hint }, [text]);
  if (hint !== undefined && isError(report)) report = ask<Report>(context, "detect", header, [text]);
  if (isError(report)) return { ...bad(id, line, report.error), detections: [] };
  const detections = report.detections.map((detection) => ({
    detector: detection.detector,
    confidence: detection.confidence,
    ...(detection.agent === undefined ? {} : { agent: detection.agent }),
    ...(detection.step === undefined ? {} : { step: detection.step }),
    severity: detection.severity,
  }));
  return { id, detections, source: report.source };
}

function answerInput(context: Context, id: string | null, line: number, item: Record<string, unknown>): object {
  const answer = ask<Detection>(context, "detect_one", { detector: item["detector"], input: item["input"], threshold: item["threshold"] });
  if (isError(answer)) return bad(id, line, answer.error);
  return { id, detected: answer.detected, confidence: answer.confidence, status: answer.status, severity: answer.severity };
}

function answerLine(context: Context, text: string, line: number): object {
  let item: unknown;
  try {
    item = JSON.parse(text);
  } catch {
    return bad(null, line, { code: "json_syntax", at: "", message: "This line is not JSON." });
  }
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return bad(null, line, { code: "invalid_input", at: "", message: "A line is an object with id and either detector and input, or trace." });
  }
  const fields = item as Record<string, unknown>;
  const id = typeof fields["id"] === "string" ? fields["id"] : null;
  if ("trace" in fields) return answerTrace(context, id, line, fields);
  if ("detector" in fields && "input" in fields) return answerInput(context, id, line, fields);
  return bad(id, line, { code: "missing_field", at: "/detector", message: "Give detector and input, or trace." });
}

/** Lines {id, detector, input} or {id, trace} in; one line out for each, also for a bad one. */
export async function detectJsonl(context: Context): Promise<number> {
  let line = 0;
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === "") continue;
    context.out(JSON.stringify(answerLine(context, text, line)));
  }
  return 0;
}
