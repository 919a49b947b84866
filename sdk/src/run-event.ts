// Events of a run as the core reads them: one JSON object each, snake_case.
import { AgentmendError } from "./errors.js";

/** Tokens of one model call. */
export interface Usage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly cacheReadTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  readonly costMicroUsd?: number | undefined;
}

/** Any event of agentmend's own JSON Lines format: `type` and the fields of that type, in the names of the wire. */
export interface RunEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ToolCall {
  readonly tool: string;
  readonly args: unknown;
  /** What pairs a call with its result; hosts that run calls in parallel must give it. */
  readonly callId?: string | undefined;
}

export interface ToolResult {
  readonly tool: string;
  readonly callId?: string | undefined;
  readonly output?: unknown;
  readonly error?: unknown;
}

export interface ModelAnswer {
  readonly text: string;
  readonly usage?: Usage | undefined;
  readonly model?: string | undefined;
}

export interface Handoff {
  readonly from: string;
  readonly to: string;
  readonly text?: string | undefined;
}

export interface Message {
  readonly role: "user" | "assistant" | "system" | "developer" | "tool";
  readonly text: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface Retrieval {
  readonly query: string;
  readonly docs: readonly unknown[];
}

export interface State {
  readonly step?: string | number | undefined;
  readonly values: unknown;
}

export interface RunEnd {
  readonly status?: string | undefined;
  readonly output?: unknown;
}

/** The texts of an event longer than this are cut, and say so (ingestion.md 1.5). */
export const longestText = 1 << 20;
/** An event is one line; the core refuses longer ones (ingestion.md 1.5). */
export const longestLine = 8 << 20;
const deepest = 512;

// What the rest of a cut text was: two long outputs that differ must not look equal to a loop detector. FNV-1a, not a digest.
function mark(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = longestText; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return `${text.slice(0, longestText)}… [cut: ${text.length} characters, rest ${(hash >>> 0).toString(16)}]`;
}

// A copy that JSON can hold whatever the host hands over: cycles, BigInt, throwing getters, depth.
function readable(value: unknown, above: Set<object>): unknown {
  if (typeof value === "string") return value.length > longestText ? mark(value) : value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (above.has(value)) return "[circular]";
  if (above.size >= deepest - 8) return "[too deep]";
  above.add(value);
  try {
    const json = value as { toJSON?: unknown };
    if (typeof json.toJSON === "function") return readable((json as { toJSON(): unknown }).toJSON(), above);
    if (Array.isArray(value)) return value.map((item) => readable(item, above));
    return Object.fromEntries(Object.keys(value).map((key) => [key, readable((value as Record<string, unknown>)[key], above)]));
  } catch {
    return "[unreadable]";
  } finally {
    above.delete(value);
  }
}

// The member whose text may go behind the JSON as it is (docs/events.md): escaping a tool's output costs more than all the rest.
const bareMembers: Readonly<Record<string, string>> = { "tool.end": "output", "model.end": "text", message: "text" };

/**
 * The event as text for the core. Never throws on data: what JSON cannot hold is replaced by a marker that says so. The event is put
 * aside its longest text while it is written; it must be the caller's own and is as before afterwards.
 */
export function eventText(event: RunEvent): string {
  const member = bareMembers[event.type];
  const bare = member === undefined ? undefined : event[member];
  if (typeof bare !== "string") return wholeText(event);
  if (bare.length > longestText) return boundedText(event);
  const open = event as Record<string, unknown>;
  open[member!] = undefined;
  try {
    const text = JSON.stringify(event);
    if (text.length <= longestText) return `${text}\0${bare}`;
  } catch {
    // boundedText knows what to do
  } finally {
    open[member!] = bare;
  }
  return boundedText(event);
}

function wholeText(event: RunEvent): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(event);
  } catch {
    text = undefined;
  }
  if (text !== undefined && text.length <= longestText) return text;
  return boundedText(event);
}

/** As eventText, with every text, depth and size brought within the core's limits. */
export function boundedText(event: RunEvent): string {
  const text = JSON.stringify(readable(event, new Set()));
  if (text.length <= longestLine / 2) return text;
  // Many long texts: each field becomes a cut text of its own.
  return JSON.stringify(Object.fromEntries(Object.entries(event).map(([key, value]) => [key, shortened(value)])));
}

function shortened(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(readable(value, new Set()));
  return text !== undefined && text.length > longestText ? mark(text) : value;
}

/** An error as text for the trace: a message, never a stack. */
export function errorText(error: unknown): string | undefined {
  if (error === undefined || error === null) return undefined;
  if (typeof error === "string") return error;
  try {
    if (error instanceof Error) return error.message === "" ? error.name : error.message;
    return JSON.stringify(readable(error, new Set())) ?? String(error);
  } catch {
    return "error";
  }
}

const plainNames: Record<keyof Usage, string> = {
  inputTokens: "input_tokens",
  outputTokens: "output_tokens",
  cacheReadTokens: "cache_read_tokens",
  cacheWriteTokens: "cache_write_tokens",
  costMicroUsd: "cost_micro_usd",
};

function usageFields(usage: Usage | undefined): object | undefined {
  if (usage === undefined) return undefined;
  return Object.fromEntries((Object.keys(plainNames) as (keyof Usage)[]).filter((key) => usage[key] !== undefined).map((key) => [plainNames[key], usage[key]]));
}

/** The sugar of a session, as events. Members that are undefined do not appear. */
export const events = {
  toolStart: ({ tool, args, callId }: ToolCall): RunEvent => ({ type: "tool.start", name: tool, input: args, call_id: callId }),
  toolEnd: ({ tool, callId, output, error }: ToolResult): RunEvent => {
    const text = errorText(error);
    return { type: "tool.end", name: tool, call_id: callId, status: text === undefined ? "ok" : "error", output, error: text };
  },
  modelEnd: ({ text, usage, model }: ModelAnswer): RunEvent => ({ type: "model.end", text, model, usage: usageFields(usage) }),
  handoff: ({ from, to, text }: Handoff): RunEvent => ({ type: "handoff", from, to, text }),
  message: ({ role, text, from, to }: Message): RunEvent => ({ type: "message", role, text, from, to }),
  retrieval: ({ query, docs }: Retrieval): RunEvent => ({ type: "retrieval", query, docs }),
  state: ({ step, values }: State): RunEvent => ({ type: "state", step, values }),
  runEnd: ({ status, output }: RunEnd): RunEvent => ({ type: "run.end", status: status ?? "ok", output }),
} as const;

/** An event of a caller; anything but an object with a type is bad use. */
export function readEvent(event: unknown): RunEvent {
  if (typeof event !== "object" || event === null || typeof (event as RunEvent).type !== "string") {
    throw new AgentmendError("missing_field", "/type", 'An event is an object with a string field "type", such as "tool.start".');
  }
  return event as RunEvent;
}
