// Generated runs of ten megabytes, each named and the same on every machine. One more: one line in `inputs`.
import { pair, results } from "./events.mjs";

const size = 10e6;

/** Items joined until they are ten megabytes. */
function grown(make, join) {
  const items = [];
  for (let i = 0, bytes = 0; bytes < size; i += 1) {
    items.push(make(i));
    bytes += items.at(-1).length + 1;
  }
  return join(items);
}

const hex = (n, digits) => n.toString(16).padStart(digits, "0");
const text = (value) => ({ stringValue: value });
const attribute = (key, value) => ({ key, value });

// A conversation as OTLP spans: a model call and its tool call in turn, under one agent.
function otlpSpan(i) {
  const start = `${1_795_000_000_000 + i}000000`;
  const end = `${1_795_000_000_200 + i}000000`;
  const base = { traceId: hex(7, 32), spanId: hex(i + 2, 16), parentSpanId: hex(1, 16), kind: 1, startTimeUnixNano: start, endTimeUnixNano: end };
  if (i % 2 === 0) {
    const said = JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: `Looking at the orders of customer ${i % 977}.` }] }]);
    return JSON.stringify({ ...base, name: "chat m-1", attributes: [attribute("gen_ai.operation.name", text("chat")), attribute("gen_ai.request.model", text("m-1")), attribute("gen_ai.usage.input_tokens", { intValue: String(900 + (i % 100)) }), attribute("gen_ai.usage.output_tokens", { intValue: String(40 + (i % 30)) }), attribute("gen_ai.output.messages", text(said))] });
  }
  return JSON.stringify({ ...base, name: "execute_tool search_orders", attributes: [attribute("gen_ai.operation.name", text("execute_tool")), attribute("gen_ai.tool.name", text("search_orders")), attribute("gen_ai.tool.call.id", text(`c${i}`)), attribute("gen_ai.tool.call.arguments", text(JSON.stringify({ query: `orders of customer ${i % 977}`, page: i }))), attribute("gen_ai.tool.call.result", text(results[i % results.length]))] });
}

export const inputs = (events) => [
  { name: "OTLP, one document", source: "otlp", file: "run.json", text: grown(otlpSpan, (spans) => `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders"}}]},"scopeSpans":[{"scope":{"name":"bench"},"spans":[${spans.join(",")}]}]}]}`), lines: false },
  { name: "own JSON Lines", source: "agentmend", file: "run.jsonl", text: grown((i) => pair(events, i).map((event) => JSON.stringify({ v: 1, ...event })).join("\n"), (lines) => lines.join("\n")), lines: true },
];
