// One table: what an event costs, how fast the reader is, how long start-up takes, how large the modules are. Every figure
// stands beside a peer measured in the same run (JSON.parse, JSON.stringify) or a limit. Run: npm run bench
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { measureAdapters } from "./adapters.mjs";

process.chdir(join(import.meta.dirname, "../.."));

// The bindings are TypeScript; bundle them for this run.
await build({ entryPoints: ["tests/conformance/backends.ts"], outfile: "build/bench/conformance/here/backends.mjs", bundle: true, format: "esm", platform: "node", logLevel: "error", define: { "import.meta.url": "__here" }, banner: { js: `const __here = ${JSON.stringify(new URL("../conformance/backends.ts", import.meta.url).href)};` } });
const { nativeCore, wasmCore, embindCore } = await import(new URL("../../build/bench/conformance/here/backends.mjs", import.meta.url));

const rows = [];
const row = (what, value, unit, beside = "", limit = "") => rows.push({ what, value, unit, beside, limit });
const number = (x, digits = 2) => x.toFixed(digits);

/** Median of several timed runs, in milliseconds. */
function median(runs, work) {
  const times = [];
  for (let i = 0; i < runs; i += 1) {
    const began = performance.now();
    work(i);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

// ---- the event pair: a call and a 1 kB result, as a host sends them, stringify included -------------------------------
const cities = ["Berlin", "Oslo", "Lima", "Kyoto", "Accra", "Quito"];
function result(i) {
  const rows = [];
  for (let k = 0; JSON.stringify(rows).length < 960; k += 1) {
    rows.push({ id: 1000 + ((i * 7 + k * 13) % 9000), city: cities[(i + k) % cities.length], status: (i + k) % 3 === 0 ? "shipped" : "packed", total: ((i * 31 + k * 17) % 5000) / 100, note: "left at the front desk" });
  }
  return JSON.stringify(rows);
}
const results = Array.from({ length: 512 }, (_, i) => result(i));
const callEvent = (i) => ({ v: 1, type: "tool.start", call_id: `c${i}`, name: "search_orders", input: { query: `orders of customer ${i % 977}`, page: i } });
const resultEvent = (i) => ({ v: 1, type: "tool.end", call_id: `c${i}`, status: "ok", output: results[i % results.length] });

function pairCost(session, from, pairs) {
  const began = performance.now();
  for (let i = from; i < from + pairs; i += 1) {
    session.event(JSON.stringify(callEvent(i)));
    session.event(JSON.stringify(resultEvent(i)));
  }
  return ((performance.now() - began) * 1000) / (2 * pairs); // µs an event
}

function measureEvents(core) {
  const block = 2000;
  const early = [];
  for (let round = 0; round < 15; round += 1) {
    const session = core.session("{}");
    pairCost(session, 0, 10); // the first ten calls
    early.push(pairCost(session, 10, block));
    session.dispose();
  }
  const session = core.session("{}");
  pairCost(session, 0, 100_000);
  const late = Array.from({ length: 15 }, (_, round) => pairCost(session, 100_000 + round * block, block));
  session.dispose();
  const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  return { early: middle(early), late: middle(late) };
}

const cores = { wasm: wasmCore(), native: nativeCore(), embind: await embindCore() };
const detectors = JSON.parse(cores.native.call("detectors", new TextEncoder().encode("{}"))).detectors;
const watching = detectors.filter((d) => d.readiness !== "planned" && d.stage === "pre_tool").length;

const stringify = median(9, () => { for (let i = 0; i < 2000; i += 1) { JSON.stringify(callEvent(i)); JSON.stringify(resultEvent(i)); } }) / 4;
const texts = Array.from({ length: 2000 }, (_, i) => [JSON.stringify(callEvent(i)), JSON.stringify(resultEvent(i))]).flat();
const parse = median(9, () => { for (const text of texts) JSON.parse(text); }) / 4;
row("event: JSON.stringify alone", number(stringify), "µs", "the host's own share");
row("event: JSON.parse of the same bytes", number(parse), "µs", "peer");
for (const [name, core] of Object.entries(cores)) {
  const { early, late } = measureEvents(core);
  const limit = name === "wasm" ? "≤ 3" : "";
  row(`event in a ${name} session at call 10`, number(early), "µs", `${number(early / (stringify + parse))} × (stringify + parse)`, limit);
  row(`event in a ${name} session at call 100,000`, number(late), "µs", `${number(late / early)} × call 10`, name === "wasm" ? "≤ 3, ratio 0.8–1.2" : "");
}

for (const { what, value, beside } of await measureAdapters({ wasm: cores.wasm, native: cores.native }, results)) row(what, number(value), "µs", beside);

// ---- the reader ---------------------------------------------------------------------------------------------------------
const messages = Array.from({ length: 9000 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: `Message ${i}: ${results[i % results.length].slice(0, 400)}`, name: "agent", n: i }));
const text = JSON.stringify({ model: "m", messages });
const bytes = new TextEncoder().encode(`{}\n${text}`);
const megabytes = bytes.length / 1e6;
const parsed = median(9, () => JSON.parse(text));
row(`reader: JSON.parse, ${number(megabytes, 1)} MB chat`, number(megabytes / parsed * 1000, 0), "MB/s", "peer");
for (const [name, core] of Object.entries(cores)) {
  const time = median(9, () => core.call("read", bytes));
  row(`reader in ${name}, copy in included`, number(megabytes / time * 1000, 0), "MB/s", `${number(parsed / time)} × JSON.parse`);
}
const detectHeader = new TextEncoder().encode(JSON.stringify({ documents: [{ name: "chat.json", bytes: bytes.length - 3 }] }) + "\n");
const request = new Uint8Array(detectHeader.length + bytes.length - 3);
request.set(detectHeader);
request.set(bytes.subarray(3), detectHeader.length);
for (const [name, core] of Object.entries(cores)) {
  const time = median(3, () => core.call("detect", request));
  row(`detect in ${name}, whole trace, all detectors`, number(megabytes / time * 1000, 0), "MB/s", `${number(time / parsed)} × the time of JSON.parse`);
}

// ---- start-up and size ----------------------------------------------------------------------------------------------------
const module = readFileSync("build/wasm/wasm/agentmend.wasm");
row("start-up: compile and instantiate the C-ABI module", number(median(9, () => wasmCore())), "ms");
const require = createRequire(import.meta.url);
row("start-up: load the add-on, first time", number(median(1, () => require("../../node/linux-x64-gnu/agentmend.node"))), "ms", "cached by this process");
for (const [name, file] of [["C-ABI module", module], ["Embind module", readFileSync("build/embind/wasm/agentmend-embind.wasm")]]) {
  row(`size: ${name}, gzip`, number(gzipSync(file, { level: 9 }).length / 1000, 1), "kB", `${number(file.length / 1000, 0)} kB raw`, "≤ 150");
}
// In a process of its own, as a user's script starts: from the import to the first answer.
for (const entry of ["inline", "init"]) {
  const options = entry === "init" ? '{ wasm: require("fs").readFileSync("dist/agentmend.wasm") }' : "";
  const script = `const began = performance.now(); import("./dist/${entry}.js").then(({ createMender }) => createMender(${options})).then((mender) => { mender.detectOne("injection", { text: "Hello" }); console.log(performance.now() - began); });`;
  const times = Array.from({ length: 9 }, () => Number(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }))).sort((a, b) => a - b);
  row(`start-up: agentmend/${entry}, import to first answer`, number(times[4]), "ms", "median of 9 fresh processes");
}
for (const entry of ["worker", "inline"]) {
  const { outputFiles } = await build({ entryPoints: [`dist/${entry}.js`], bundle: true, minify: true, write: false, format: "esm", platform: "neutral" });
  const { contents } = outputFiles[0];
  row(`size: JavaScript of agentmend/${entry}, minified, gzip`, number(gzipSync(contents, { level: 9 }).length / 1000, 1), "kB", `${number(contents.length / 1000, 0)} kB raw`);
}
const node = readFileSync("n8n/dist/nodes/Agentmend/Agentmend.node.js");
row("size: the n8n node, gzip", number(gzipSync(node, { level: 9 }).length / 1000, 1), "kB", `${number(node.length / 1000, 0)} kB raw`);
row("size: native add-on", number(readFileSync("node/linux-x64-gnu/agentmend.node").length / 1000, 0), "kB");

const widths = ["what", "value", "unit", "beside", "limit"].map((key) => Math.max(...rows.map((r) => r[key].length)));
console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; ${watching} pre_tool detectors on\n`);
for (const r of rows) console.log([r.what.padEnd(widths[0]), r.value.padStart(widths[1]), r.unit.padEnd(widths[2]), r.beside.padEnd(widths[3]), r.limit].join("  ").trimEnd());
