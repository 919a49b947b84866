// What an event of a session costs at call 10 and at call 1,000,000, what the session keeps, and what it would cost to read the run again.
import { performance } from "node:perf_hooks";

import { median, middle, withMemory } from "./load.mjs";

const cities = ["Berlin", "Oslo", "Lima", "Kyoto", "Accra", "Quito"];
function result(i) {
  const rows = [];
  for (let k = 0; JSON.stringify(rows).length < 960; k += 1) {
    rows.push({ id: 1000 + ((i * 7 + k * 13) % 9000), city: cities[(i + k) % cities.length], status: (i + k) % 3 === 0 ? "shipped" : "packed", total: ((i * 31 + k * 17) % 5000) / 100, note: "left at the front desk" });
  }
  return JSON.stringify(rows);
}
/** What the tool answers: about 1 kB of JSON text. */
export const results = Array.from({ length: 512 }, (_, i) => result(i));
const startMs = 1_795_000_000_000;

/** Both events of call `i`, as the SDK makes them. */
export function pair(events, i) {
  const call = { ...events.toolStart({ tool: "search_orders", callId: `c${i}`, args: { query: `orders of customer ${i % 977}`, page: i } }), ts: startMs + i };
  const end = { ...events.toolEnd({ tool: "search_orders", callId: `c${i}`, output: results[i % results.length] }), ts: startMs + i };
  return [call, end];
}

const block = 2000;
const rounds = 15;
const few = 64; // sessions side by side, where one alone is over too soon to be timed

/** [{what, value, unit, beside, limit}] */
export function measureEvents({ cores, wasmCore, events, eventText }, limits) {
  const rows = [];
  const row = (what, value, unit, beside = "", limit = "") => rows.push({ what, value, unit, beside, limit });
  const feed = (session, from, pairs) => {
    for (let i = from; i < from + pairs; i += 1) {
      const start = events.toolStart({ tool: "search_orders", callId: `c${i}`, args: { query: `orders of customer ${i % 977}`, page: i } });
      start.ts = startMs + i;
      session.event(eventText(start));
      const end = events.toolEnd({ tool: "search_orders", callId: `c${i}`, output: results[i % results.length] });
      end.ts = startMs + i;
      session.event(eventText(end));
    }
  };
  /** µs an event, over `pairs` pairs in each of `sessions`. */
  const cost = (sessions, from, pairs) => {
    const began = performance.now();
    for (const session of sessions) feed(session, from, pairs);
    return ((performance.now() - began) * 1000) / (2 * pairs * sessions.length);
  };
  const fresh = (core, count, calls) => Array.from({ length: count }, () => {
    const session = core.session("{}");
    feed(session, 0, calls);
    return session;
  });
  const timed = (sessions, from, pairs) => {
    const time = cost(sessions, from, pairs);
    for (const session of sessions) session.dispose();
    return time;
  };

  const pairs = Array.from({ length: block }, (_, i) => pair(events, i)).flat();
  const writing = median(9, () => pairs.forEach(eventText)) / 4;
  const bare = pairs.map((event) => JSON.stringify(event));
  const parsing = median(9, () => bare.forEach((text) => JSON.parse(text))) / 4;
  row("event: its text, written by the SDK", writing, "µs", "the host's own share");
  row("event: JSON.stringify of the same", median(9, () => pairs.forEach((event) => JSON.stringify(event))) / 4, "µs", "peer");
  row("event: JSON.parse of the same", parsing, "µs", "peer");

  for (const [name, core] of Object.entries(cores)) {
    cost(fresh(core, 1, 10), 10, 20_000); // warm: the first calls of a process are compiled
    const early = middle(Array.from({ length: rounds }, () => timed(fresh(core, few, 10), 10, 30)));
    const limit = limits[name] === undefined ? "" : `≤ ${limits[name]}`;
    row(`event in a ${name} session at call 10`, early, "µs", `${(early / (writing + parsing)).toFixed(2)} × (writing + JSON.parse)`, limit);
    const thousand = middle(Array.from({ length: rounds }, () => timed(fresh(core, 1, 1000), 1000, 1000)));
    row(`event in a ${name} session at call 1,000`, thousand, "µs", `${(thousand / early).toFixed(2)} × call 10`, "0.8–1.2 ×");
    const [session] = fresh(core, 1, 3000);
    for (const calls of [100_000, 1_000_000]) {
      feed(session, 3000, calls - 3000);
      const late = middle(Array.from({ length: rounds }, (_, round) => cost([session], calls + round * block, block)));
      row(`event in a ${name} session at call ${calls.toLocaleString("en")}`, late, "µs", `${(late / early).toFixed(2)} × call 10, ${(late / thousand).toFixed(2)} × call 1,000`, "0.8–1.2 ×");
    }
    session.dispose();
  }

  const { core, bytes } = withMemory(wasmCore);
  const empty = bytes();
  const [session] = fresh(core, 1, 500_000);
  const kept = JSON.parse(session.result(1)).truncated;
  row("memory: a session of a million events, WebAssembly memory grown", (bytes() - empty) / 1e6, "MB", `of ${(empty / 1e6).toFixed(1)} MB at the start`, "≤ 2");
  row("memory: what that session keeps", kept.kept / 1e6, "MB", `of ${(kept.seen / 1e6).toFixed(0)} MB seen`, "≤ 2");
  const snapshot = session.snapshot();
  row("snapshot: size, of that session", snapshot.length / 1e3, "kB");
  row("snapshot: taken", median(9, () => session.snapshot()), "ms");
  row("snapshot: restored", median(9, () => core.session("{}", snapshot).dispose()), "ms");
  session.dispose();

  const lines = (calls) => new TextEncoder().encode(Array.from({ length: calls }, (_, i) => pair(events, i).map((event) => JSON.stringify({ v: 1, ...event })).join("\n")).join("\n"));
  for (const calls of [10, 1000, 10_000]) {
    const payload = lines(calls);
    const head = new TextEncoder().encode(`${JSON.stringify({ documents: [{ name: "run.jsonl", bytes: payload.length }], source: "agentmend" })}\n`);
    const request = new Uint8Array(head.length + payload.length);
    request.set(head);
    request.set(payload, head.length);
    row(`baseline: the run so far read again, call ${calls.toLocaleString("en")}`, median(calls > 1000 ? 3 : 9, () => cores.wasm.call("detect", request)) * 1000, "µs", "a call, in wasm");
  }
  return rows;
}
