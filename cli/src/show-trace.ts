// detect --show-trace: what was read, as a tree, so that it can be compared with the source.
import { request } from "../../wasm/core.js";
import type { Context } from "./context.js";
import { answerOf, Failure } from "./failure.js";
import { safe } from "./paint.js";
import { readRun } from "./run-file.js";

interface TraceUsage {
  input_tokens: number;
  output_tokens: number;
  cost_micro_usd: number | null;
}

interface TraceSpan {
  kind: string;
  name: string;
  agent: number;
  status: string;
  parent?: number;
  id?: string;
  model?: string;
  error?: string;
  start_ms?: number;
  end_ms?: number;
  usage?: TraceUsage;
  at?: string;
  result_at?: string;
}

export interface TraceView {
  schema: string;
  id: string | null;
  source: string;
  framework: string;
  status: string;
  task: string | null;
  counts: { steps: number; spans: number; turns: number; llm: number; tool_calls: Record<string, number>; states: number; graph: { nodes: number; edges: number } };
  usage: TraceUsage;
  agents: string[];
  spans: TraceSpan[];
  losses: { code: string; count: number; at?: string }[];
  truncated: { what: string; kept: number; seen: number } | null;
}

function duration({ start_ms, end_ms }: TraceSpan): string {
  if (start_ms === undefined || end_ms === undefined) return "";
  const ms = end_ms - start_ms;
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function spanLine({ paint }: Context, view: TraceView, span: TraceSpan): string {
  const mark = span.status === "error" || span.status === "missing" || span.status === "orphan" ? paint.red(span.status) : span.status === "unset" || span.status === "ok" ? "" : paint.yellow(span.status);
  const tokens = span.usage === undefined ? "" : `${span.usage.input_tokens}→${span.usage.output_tokens} tokens`;
  const agent = view.agents.length > 1 ? (view.agents[span.agent] ?? "") : "";
  const facts = [mark, safe(agent, 30), safe(span.model ?? "", 40), duration(span), tokens, safe(span.error ?? "", 80)].filter((fact) => fact !== "");
  const places = [span.at, span.result_at].filter((place) => place !== undefined).join(" → ");
  return `${paint.cyan(span.kind)} ${safe(span.name, 60)}${facts.length === 0 ? "" : `  ${facts.join(", ")}`}  ${paint.dim(places)}`;
}

function tree(context: Context, view: TraceView): string[] {
  const children = new Map<number, number[]>();
  view.spans.forEach((span, i) => {
    const parent = span.parent !== undefined && span.parent < view.spans.length ? span.parent : -1;
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [i]);
    else list.push(i);
  });
  const lines: string[] = [];
  const stack = (children.get(-1) ?? []).map((i) => ({ i, depth: 0 })).reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { i, depth } = next;
    const span = view.spans[i];
    if (span === undefined) continue;
    lines.push(`${"  ".repeat(Math.min(depth, 20))}${spanLine(context, view, span)}`);
    for (const child of [...(children.get(i) ?? [])].reverse()) stack.push({ i: child, depth: depth + 1 });
  }
  return lines;
}

function traceText(context: Context, names: readonly string[], view: TraceView): string {
  const { paint } = context;
  const { counts } = view;
  const calls = Object.entries(counts.tool_calls).map(([status, count]) => `${count} ${status}`);
  const facts = [
    `${counts.spans} spans`,
    `${counts.turns} turns`,
    `${counts.llm} model calls`,
    `tool calls: ${calls.length === 0 ? "none" : calls.join(", ")}`,
    ...(counts.states === 0 ? [] : [`${counts.states} states`]),
    ...(counts.graph.nodes === 0 ? [] : [`graph of ${counts.graph.nodes} nodes and ${counts.graph.edges} edges`]),
    `${view.usage.input_tokens}→${view.usage.output_tokens} tokens`,
  ];
  const lines = [`${paint.bold(safe(names.join(" + "), 120))}  ${view.source}, ${view.status}`, facts.join(", ")];
  if (view.task !== null) lines.push(`task: ${safe(view.task, 160)}`);
  if (view.agents.length > 1) lines.push(`agents: ${safe(view.agents.join(", "), 160)}`);
  lines.push("", ...tree(context, view));
  if (view.spans.length < counts.spans) lines.push(paint.dim(`… ${counts.spans - view.spans.length} more spans`));
  for (const loss of view.losses) lines.push(paint.dim(`lost in reading: ${loss.code} × ${loss.count}${loss.at === undefined ? "" : `, first at ${safe(loss.at, 120)}`}`));
  if (view.truncated !== null) lines.push(paint.dim(`truncated: ${view.truncated.what}, kept ${view.truncated.kept} of ${view.truncated.seen}`));
  return lines.join("\n");
}

/** Prints how the files were read: the tree of spans, each with its place in the source. Asks no detector. */
export function showTrace(context: Context, names: readonly string[], options: { json: boolean; source?: string | undefined }): number {
  if (names.length === 0) throw new Failure("usage", "", "Name a file, or - for standard input. See agentmend detect --help.");
  const files = names.map(readRun);
  const header = { documents: files.map((file) => ({ name: file.name, bytes: file.json.length })), source: options.source };
  const shown = files.map((file) => file.name);
  const view = answerOf<TraceView>(context.core.call("trace", request(header, files.map((file) => file.json))), shown.join(", "));
  context.out(options.json ? JSON.stringify(view, null, 2) : traceText(context, shown, view));
  return 0;
}
