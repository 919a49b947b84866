// Pure functions that turn a real run (trace) and parameters into one detector's input.
// Nothing of the run is stored in the repository: a recipe names the run, the data stays outside.
// No clock, no randomness: the same recipe always gives the same input.

const clone = (v) => (v === undefined ? undefined : JSON.parse(JSON.stringify(v)));
const parse = (s) => { try { return JSON.parse(s); } catch { return s; } };
const median = (a) => { const s = [...a].sort((x, y) => x - y); return s.length ? s[Math.floor(s.length / 2)] : 0; };
const MACHINE = new Set(["Computer_terminal", "human"]);

/** Tool calls of an openai_messages run, arguments parsed. Results are joined by order: real runs reuse call ids. */
export function callsOf(trace) {
  const out = [];
  trace.messages.forEach((m, i) => {
    let next = i + 1;
    for (const c of m.tool_calls ?? []) {
      const reply = trace.messages[next]?.role === "tool" ? trace.messages[next++] : undefined;
      const result = reply?.content ?? "";
      out.push({ name: c.function.name, args: parse(c.function.arguments), result, status: /^Error/.test(result) ? "error" : "ok" });
    }
  });
  return out;
}

/** Non-empty texts written by agents (not the user, not a terminal), in order. */
export function saidBy(trace, speaker) {
  return trace.messages.filter((m) => {
    if (!m.content || m.role === "system" || m.role === "tool") return false;
    if (speaker) return m.name === speaker;
    if (m.name && m.name !== "primary") return !MACHINE.has(m.name);
    return m.role === "assistant";
  }).map((m) => m.content);
}

const linesOf = (trace) => trace.messages.filter((m) => m.content && m.role !== "system").flatMap((m) => m.content.split(/\n+/)).filter((l) => l.trim());
const firstOf = (calls, tool) => calls.find((c) => c.name === tool) ?? calls[calls.length - 1];

// ---- repetition -------------------------------------------------------------------------------------------------

/** The run's tool calls as they are (or a slice of them, or some tools only). */
function run_calls(trace, { from = 0, to, only } = {}) {
  let calls = callsOf(trace);
  if (only) calls = calls.filter((c) => only.includes(c.name));
  return { tool_calls: calls.slice(from, to) };
}

/** Keeps the run's first `keep` calls, then calls one real tool once per value, each with the same poor result. */
function storm(trace, { tool, key, values, results, status = "ok", keep }) {
  const calls = callsOf(trace);
  const base = firstOf(calls, tool);
  const args = base && typeof base.args === "object" ? base.args : {};
  const more = values.map((v, i) => ({ name: tool, args: { ...clone(args), [key]: v }, result: results ? results[i % results.length] : base.result, status }));
  return { tool_calls: [...calls.slice(0, keep ?? calls.length), ...more] };
}

/** Before the first good call of `tool`, `times` failed attempts; the rest of the run goes on as it did. */
function retry_then_ok(trace, { tool, times, error }) {
  const calls = callsOf(trace);
  const i = calls.findIndex((c) => c.name === tool && c.status === "ok");
  const fails = Array.from({ length: times }, () => ({ ...clone(calls[i]), result: error, status: "error" }));
  return { tool_calls: [...calls.slice(0, i), ...fails, ...calls.slice(i)] };
}

/** A reader walks the run's messages one by one; with `same`, every read gives that one message again. */
function read_turns(trace, { tool, key, n, same, prefix = "", list }) {
  const msgs = trace.messages.filter((m) => m.content && m.role !== "system" && m.content.length > 40);
  const some = msgs.slice(0, n);
  const name = (i) => (prefix ? `${prefix}${String(i + 1).padStart(2, "0")}.txt` : i + 1);
  const calls = some.map((m, i) => ({ name: tool, args: { [key]: name(i) }, result: (same === undefined ? m : msgs[same]).content, status: "ok" }));
  if (list) calls.unshift({ name: list, args: {}, result: JSON.stringify(some.map((_, i) => name(i))), status: "ok" });
  return { tool_calls: calls };
}

/** Text search over the run: each query returns the lines that hold it, or nothing. */
function grep_run(trace, { tool, key, queries, empty = "[]", before = [] }) {
  const lines = linesOf(trace);
  const calls = queries.map((q) => {
    const hits = lines.filter((l) => l.toLowerCase().includes(q.toLowerCase())).slice(0, 3).map((l) => l.slice(0, 160));
    return { name: tool, args: { [key]: q }, result: hits.length ? JSON.stringify(hits) : empty, status: "ok" };
  });
  return { tool_calls: [...before, ...calls] };
}

// ---- cost -------------------------------------------------------------------------------------------------------

/** One usage entry per agent message (tokens = characters / 4, input = everything before). Limits may be given as
 *  {of: x}: x times what the run itself used. `rounds` repeats the calls, as a run started again would. */
function usage_of_run(trace, { model, price, rounds = 1, budget, baseline, minutes, count_tools = true, flat }) {
  const one = [];
  let seen = 0;
  for (const m of trace.messages) {
    const size = (m.content ?? "").length + JSON.stringify(m.tool_calls ?? "").length;
    if (m.role === "assistant" || (m.role === "user" && m.name && m.name !== "primary" && !MACHINE.has(m.name))) one.push({ model, input_tokens: Math.ceil((flat ?? seen) / 4) + 20, output_tokens: Math.ceil(size / 4) });
    seen += size;
  }
  const usage = Array.from({ length: rounds }, () => clone(one)).flat();
  if (price) for (const u of usage) u.cost_usd = Number(((u.input_tokens * price[0] + u.output_tokens * price[1]) / 1e6).toFixed(6));
  const sum = (f) => usage.reduce((a, u) => a + f(u), 0);
  const tools = callsOf(trace).length * rounds;
  const used = {
    max_tokens: sum((u) => u.input_tokens + u.output_tokens), max_cost_usd: sum((u) => u.cost_usd ?? 0),
    max_llm_calls: usage.length, max_tool_calls: tools, max_duration_ms: (minutes ?? 0) * 60000,
  };
  const out = { usage };
  if (count_tools) out.tool_call_count = tools;
  if (minutes !== undefined) out.duration_ms = minutes * 60000;
  if (budget) {
    out.budget = {};
    for (const [k, v] of Object.entries(budget)) {
      const x = typeof v === "object" ? used[k] * v.of : v;
      out.budget[k] = k === "max_cost_usd" ? Number(x.toFixed(6)) : Math.round(x);
    }
  }
  if (baseline) {
    const c = used.max_cost_usd;
    out.baseline = { p50: Number((c / baseline.over_p95 / 1.6).toFixed(6)), p95: Number((c / baseline.over_p95).toFixed(6)), n: baseline.n };
  }
  return out;
}

// ---- resource_misallocation -------------------------------------------------------------------------------------

/** Each message of a multi-agent run is one holding of a shared resource (hold = 10 ms per character, at least 1 s).
 *  `early`: share of the previous hold by which the next speaker asks ahead of its turn. The options below break it. */
function floor_of_run(trace, o) {
  const { resource, early = 0, from = 0, to, capacity, starve, stuck_at, cross, wait_holds, timeout_every, spare } = o;
  const msgs = trace.messages.filter((m) => m.content).slice(from, to);
  const who = (m) => m.name ?? m.role;
  const holds = msgs.map((m) => Math.max(1000, Math.min(20000, m.content.length * 10)));
  const mid = median(holds);
  const events = [];
  const put = (agent_id, event_type, timestamp, extra = {}) => events.push({ agent_id, resource_id: extra.resource ?? resource, event_type, timestamp: Math.round(timestamp), ...(extra.wait !== undefined ? { wait_time_ms: Math.round(extra.wait) } : {}) });
  let t = 1000;
  for (let i = 0; i < msgs.length; i++) {
    const a = who(msgs[i]);
    const other = i > 0 && who(msgs[i - 1]) !== a;
    let wait = other ? early * holds[i - 1] : 0;
    if (wait_holds && other) { wait = wait_holds * mid; t += wait_holds * mid; }
    if (stuck_at !== undefined && i > stuck_at) {
      if (a !== who(msgs[stuck_at])) { put(a, "request", t); put(a, "wait", t + 5); t += holds[i]; }
      continue;
    }
    if (starve === a) { put(a, "request", t); put(a, "wait", t + 5); t += 50; continue; }
    if (timeout_every && i % timeout_every === timeout_every - 1) { put(a, "request", t - wait); put(a, "timeout", t, { wait }); continue; }
    put(a, "request", t - wait);
    if (wait > 0) put(a, "wait", t - wait + 1);
    put(a, "acquire", t, { wait });
    if (stuck_at === i) { t += holds[i]; continue; }
    t += holds[i];
    put(a, "release", t);
    t += 10;
  }
  if (cross) { // two speakers each hold one thing and ask for the other's
    const [a, b, r1, r2, order] = cross;
    put(a, "request", t, { resource: r1 }); put(a, "acquire", t + 1, { resource: r1 });
    if (order === "apart") { // the same pair in opposite order, but one after the other
      put(a, "request", t + 2, { resource: r2 }); put(a, "acquire", t + 3, { resource: r2 });
      put(a, "release", t + 4000, { resource: r2 }); put(a, "release", t + 4001, { resource: r1 });
      put(b, "request", t + 4100, { resource: r2 }); put(b, "acquire", t + 4101, { resource: r2 });
      put(b, "request", t + 4102, { resource: r1 }); put(b, "acquire", t + 4103, { resource: r1 });
      put(b, "release", t + 8000, { resource: r1 }); put(b, "release", t + 8001, { resource: r2 });
    } else {
      put(b, "request", t + 2, { resource: r2 }); put(b, "acquire", t + 3, { resource: r2 });
      put(a, "request", t + 10, { resource: r2 }); put(a, "wait", t + 11, { resource: r2 });
      put(b, "request", t + 20, { resource: r1 }); put(b, "wait", t + 21, { resource: r1 });
    }
  }
  if (spare) { // all speakers ask at once for a pool with room; only one is let in at a time
    const names = [...new Set(msgs.map(who))];
    names.forEach((a, k) => { put(a, "request", t + k, { resource: spare }); if (k) put(a, "wait", t + k, { resource: spare }); });
    names.forEach((a, k) => { put(a, "acquire", t + 10 + k * 5 * mid, { resource: spare, wait: 10 + k * 5 * mid - k }); put(a, "release", t + 9 + (k + 1) * 5 * mid, { resource: spare }); });
  }
  events.sort((x, y) => x.timestamp - y.timestamp);
  const out = { events, agent_ids: [...new Set(msgs.map(who))] };
  if (capacity) out.capacities = clone(capacity);
  return out;
}

// ---- output_validation ------------------------------------------------------------------------------------------

const typeOf = (v) => (Array.isArray(v) ? "array" : v === null ? "null" : typeof v);

/** A real JSON tool result stands for the agent's output; its own keys and types make the declared schema. `drop` and
 *  `set` then change the output, never the schema. */
function checked_result(trace, { tool, steps, approved, drop = [], set = {}, as_text, schema = true, task }) {
  const made = callsOf(trace).filter((c) => !tool || c.name === tool).map((c) => parse(c.result)).find((r) => r && typeof r === "object" && !Array.isArray(r));
  const out = { agent_output: clone(made), approved };
  if (schema) out.schema = { type: "object", required: Object.keys(made), properties: Object.fromEntries(Object.entries(made).map(([k, v]) => [k, { type: typeOf(v) }])) };
  for (const k of drop) delete out.agent_output[k];
  Object.assign(out.agent_output, clone(set));
  if (as_text) out.agent_output = JSON.stringify(out.agent_output, null, 2);
  if (steps) out.validation_steps = clone(steps);
  if (task) out.task = task;
  return out;
}

/** The run's last (or longest) agent text, with a note put after it, and the given record of checks. */
function checked_answer(trace, { pick = "last", steps, approved, note = "", task }) {
  const said = saidBy(trace).filter((t) => t.length > 30);
  const text = pick === "longest" ? [...said].sort((a, b) => b.length - a.length)[0] : said[said.length - 1];
  const out = { agent_output: note ? `${text}\n\n${note}` : text };
  if (approved !== undefined) out.approved = approved;
  if (steps) out.validation_steps = clone(steps);
  if (task) out.task = task;
  return out;
}

// ---- quality_gate -----------------------------------------------------------------------------------------------

/** Gates over a tool-using run: a gate bound to a tool ran if the run called that tool, and passed if its last call did
 *  not end in an error. `without` removes the calls of a tool first. Other fields of a gate are taken as given. */
function gates_of_run(trace, { required, gates, without = [], released, note = "", text }) {
  const calls = callsOf(trace).filter((c) => !without.includes(c.name));
  const gate_results = gates.map(({ tool, ...g }) => {
    if (!tool) return clone(g);
    const own = calls.filter((c) => c.name === tool);
    return own.length ? { ran: true, passed: own[own.length - 1].status === "ok", ...clone(g) } : { ran: false, ...clone(g) };
  });
  const said = saidBy(trace).filter((t) => t.length > 30);
  const last = text ?? said[said.length - 1] ?? "";
  const out = { required_gates: clone(required), gate_results, agent_output: note ? `${last}\n\n${note}` : last };
  if (released !== undefined) out.released = released;
  return out;
}

// ---- context_pressure -------------------------------------------------------------------------------------------

/** The run's agent texts as states with running token counts (characters / 4 of all that was said so far). `fill` = share
 *  of the window used at the last state. `keep[i]` cuts the i-th of the last states to that share of its words; `cues[i]`
 *  is put after it; `closing` adds a last state. */
function outputs_as_states(trace, { speaker, from = 0, to, fill, keep = [], cues = [], closing, plan, steady, model }) {
  const said = saidBy(trace, speaker).slice(from, to);
  let texts = said.map((t) => (steady ? t.split(/\s+/).slice(0, steady).join(" ") : t));
  const at = texts.length - Math.max(keep.length, cues.length);
  texts = texts.map((t, i) => {
    const k = i - at;
    if (k < 0) return t;
    const words = t.split(/\s+/);
    const cut = keep[k] === undefined ? t : words.slice(0, Math.max(2, Math.round(words.length * keep[k]))).join(" ");
    return cues[k] ? `${cut} ${cues[k]}` : cut;
  });
  if (closing) texts.push(closing);
  let run = 0;
  const raw = texts.map((_, i) => (run += Math.ceil((said[Math.min(i, said.length - 1)].length + 1200) / 4)));
  const limit = model ? 128000 : 32000;
  const scale = (fill * limit) / raw[raw.length - 1];
  const out = { states: texts.map((content, i) => ({ content, tokens: Math.round(raw[i] * scale), step: i + 1 })), context_limit: limit };
  if (model) out.model = model;
  if (plan) out.planned_items = clone(plan);
  return out;
}

export const derivations = { run_calls, storm, retry_then_ok, read_turns, grep_run, usage_of_run, floor_of_run, checked_result, checked_answer, gates_of_run, outputs_as_states };

/** Recipe + trace -> the detector's input. */
export function derive(name, trace, params = {}) {
  const f = derivations[name];
  if (!f) throw new Error(`no derivation ${name}`);
  return f(trace, params);
}
