// A trace in whatever form a caller has it, as the documents that the core reads.
import type { TraceDocument } from "./heal.js";
import { AgentmendError } from "./errors.js";

const encoder = new TextEncoder();

/** Text, bytes, or a value that JSON can hold; anything else is refused with `unsupported_value`. */
export function traceBytes(trace: unknown, at = ""): Uint8Array {
  if (trace instanceof Uint8Array) return trace;
  if (trace instanceof ArrayBuffer) return new Uint8Array(trace);
  if (typeof trace === "string") return encoder.encode(trace);
  let text: string | undefined;
  try {
    text = JSON.stringify(trace);
  } catch (error) {
    throw new AgentmendError("unsupported_value", at, `The trace cannot be written as JSON (${error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown reason"}). Pass its text or plain data.`);
  }
  if (text === undefined) throw new AgentmendError("input_empty", at, "There is no trace. Pass its text, its bytes, or the parsed object.");
  return encoder.encode(text);
}

/** The trace, and what belongs to it (n8n: the workflow beside its execution). */
export function traceDocuments(trace: unknown, alongside: readonly unknown[] = []): TraceDocument[] {
  return [trace, ...alongside].map((document, index) => ({ name: index === 0 ? "trace" : `alongside-${index}`, bytes: traceBytes(document, index === 0 ? "" : `/alongside/${index - 1}`) }));
}
