// Checks the blind cases: shape, counts, ids, and that every recipe derives an input of the right keys and types.
// Usage: node tests/golden/blind/check.mjs   (exit 1 on a problem)
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { derive, derivations } from "./derive.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const external = join(process.env.AGENTMEND_DATA ? resolve(process.env.AGENTMEND_DATA) : resolve(root, "../shared/data"), "external");
const haveData = existsSync(join(external, "traces"));

const str = (v) => typeof v === "string";
const num = (v) => typeof v === "number" && Number.isFinite(v);
const int = (v) => Number.isInteger(v);
const bool = (v) => typeof v === "boolean";
const obj = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
const opt = (f) => (v) => v === undefined || f(v);
const any = () => true;
const list = (fields) => (v) => Array.isArray(v) && v.every((x) => obj(x) && Object.entries(fields).every(([k, f]) => f(x[k])));
const strings = (v) => Array.isArray(v) && v.every(str);
const EVENTS = ["request", "acquire", "release", "wait", "timeout"];

// Input keys as detectors.json declares them: [type check, required].
const SCHEMA = {
  repetition: { tool_calls: [list({ name: str, args: (v) => v !== undefined, result: any, status: opt(str) }), true] },
  cost: {
    usage: [list({ model: str, input_tokens: int, output_tokens: int, cost_usd: opt(num) }), true],
    tool_call_count: [int], duration_ms: [int],
    budget: [(v) => obj(v) && Object.entries(v).every(([k, x]) => /^max_(cost_usd|tokens|llm_calls|tool_calls|duration_ms)$/.test(k) && num(x) && x > 0)],
    baseline: [(v) => obj(v) && num(v.p50) && num(v.p95) && int(v.n)],
  },
  resource_misallocation: {
    events: [(v) => list({ agent_id: str, resource_id: str, event_type: (x) => EVENTS.includes(x), timestamp: num, wait_time_ms: opt(num) })(v)
      && v.every((e, i) => i === 0 || v[i - 1].timestamp <= e.timestamp), true],
    agent_ids: [strings], capacities: [(v) => obj(v) && Object.values(v).every(int)],
  },
  output_validation: {
    validation_steps: [list({ step_id: str, validation_type: str, passed: bool, bypassed: opt(bool), skipped: opt(bool), result_message: opt(str) })],
    agent_output: [(v) => str(v) || obj(v)], schema: [obj], approved: [bool], task: [str],
  },
  quality_gate: {
    required_gates: [list({ name: str, threshold: opt(num) }), true],
    gate_results: [list({ name: str, ran: bool, passed: opt(bool), score: opt(num), forced: opt(bool) }), true],
    agent_output: [str], released: [bool],
  },
  context_pressure: {
    states: [list({ content: str, tokens: opt(int), step: opt(int) }), true],
    model: [str], context_limit: [int], planned_items: [strings],
  },
};

const problems = [];
const ids = new Set();
const sets = new Map();
const traceOf = ({ set, id }) => {
  if (!sets.has(set)) {
    const file = join(external, "traces", `${set}.jsonl`);
    sets.set(set, existsSync(file) ? new Map(readFileSync(file, "utf8").split("\n").filter(Boolean).map((l) => { const r = JSON.parse(l); return [r.id, r.trace]; })) : new Map());
  }
  return sets.get(set).get(id);
};
function checkInput(c, input) {
  if (!obj(input)) return problems.push(`${c.id}: input is no object`);
  const keys = SCHEMA[c.detector];
  for (const k of Object.keys(input)) if (!keys[k]) problems.push(`${c.id}: key ${k} is not an input of ${c.detector}`);
  for (const [k, [ok, required]] of Object.entries(keys)) {
    if (input[k] === undefined) { if (required) problems.push(`${c.id}: required key ${k} is missing`); } else if (!ok(input[k])) problems.push(`${c.id}: ${k} has the wrong type or is out of order`);
  }
}

let derived = 0;
for (const detector of Object.keys(SCHEMA)) {
  const rows = readFileSync(join(here, `${detector}.jsonl`), "utf8").split("\n").filter(Boolean).map((l, i) => {
    try { return JSON.parse(l); } catch (e) { problems.push(`${detector}.jsonl:${i + 1}: ${e.message}`); return null; }
  }).filter(Boolean);
  const n = { fires: 0, quiet: 0, firesRecipe: 0, quietRecipe: 0 };
  const seen = new Map();
  for (const c of rows) {
    const what = `${detector}.jsonl ${c.id}`;
    if (!str(c.id) || ids.has(c.id)) problems.push(`${what}: id missing or used twice`);
    ids.add(c.id);
    if (c.detector !== detector) problems.push(`${what}: wrong detector`);
    if (!obj(c.expect) || !bool(c.expect.fires)) problems.push(`${what}: expect.fires missing`);
    if (!str(c.why) || c.why.length < 20) problems.push(`${what}: why missing or too short`);
    if (!["fires", "quiet", "near_miss"].includes(c.kind) || (c.kind === "fires") !== c.expect?.fires) problems.push(`${what}: kind does not fit expect`);
    const recipe = c.base !== undefined;
    n[`${c.expect.fires ? "fires" : "quiet"}`]++;
    if (recipe) n[`${c.expect.fires ? "fires" : "quiet"}Recipe`]++;
    let input = c.input;
    if (recipe) {
      if (c.input !== undefined) problems.push(`${what}: has both base and input`);
      if (!str(c.base.set) || !str(c.base.id) || !obj(c.params) || !derivations[c.derive]) { problems.push(`${what}: incomplete recipe`); continue; }
      if (!haveData) continue;
      const trace = traceOf(c.base);
      if (!trace) { problems.push(`${what}: no run ${c.base.set}/${c.base.id}`); continue; }
      const before = JSON.stringify(trace);
      try { input = derive(c.derive, trace, c.params); } catch (e) { problems.push(`${what}: ${e.message}`); continue; }
      if (JSON.stringify(trace) !== before || JSON.stringify(derive(c.derive, trace, c.params)) !== JSON.stringify(input)) problems.push(`${what}: derivation is not pure`);
      derived++;
    }
    checkInput(c, input);
    const text = JSON.stringify(input);
    if (seen.has(text)) problems.push(`${what}: same input as ${seen.get(text)}`);
    seen.set(text, c.id);
  }
  const got = `${n.fires}/${n.quiet} (recipes ${n.firesRecipe}/${n.quietRecipe})`;
  console.log(`${detector}: fires/quiet ${got}`);
  if (got !== "20/20 (recipes 10/10)") problems.push(`${detector}: expected 20/20 (recipes 10/10), got ${got}`);
}
console.log(haveData ? `recipes derived: ${derived}` : "recipes: NOT RUN, no external data (set AGENTMEND_DATA)");
for (const p of problems) console.error(p);
console.log(problems.length ? `${problems.length} problem(s)` : "no problem");
process.exit(problems.length ? 1 : 0);
