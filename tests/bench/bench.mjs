// One table: what an event costs, how fast text becomes a trace, how long start-up takes, how large the modules are. Every figure
// stands beside a peer measured in the same run (JSON.parse, JSON.stringify) or a limit. Run: npm run bench
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { measureAdapters } from "./adapters.mjs";
import { measureEvents, results } from "./events.mjs";
import { load, median } from "./load.mjs";
import { measureReading } from "./reading.mjs";

process.chdir(join(import.meta.dirname, "../.."));

const { nativeCore, wasmCore, embindCore, events, eventText } = await load();
const part = process.argv[2]; // "events" or "reading" alone, without the Embind module and the bundles

const rows = [];
const digits = (unit, value) => (unit === "MB/s" || unit === "kB" || value >= 1000 ? 0 : 2);
const show = ({ what, value, unit, beside = "", limit = "" }) => rows.push({ what, value: value.toFixed(digits(unit, value)), unit, beside, limit });
const row = (what, value, unit, beside = "", limit = "") => rows.push({ what, value, unit, beside, limit });
const number = (x, places = 2) => x.toFixed(places);

const cores = { wasm: wasmCore(), native: nativeCore() };
if (part === undefined) cores.embind = await embindCore();
const detectors = JSON.parse(cores.native.call("detectors", new TextEncoder().encode("{}"))).detectors;
const watching = detectors.filter((d) => d.readiness !== "planned" && d.stage === "pre_tool").length;

if (part !== "reading") measureEvents({ cores, wasmCore, events, eventText }, { wasm: 3, native: 2 }).forEach(show);
if (part !== "events") measureReading({ cores, wasmCore, events }).forEach(show);
if (part === undefined) {
  (await measureAdapters({ wasm: cores.wasm, native: cores.native }, results)).forEach((item) => show({ ...item, unit: "µs" }));
  await measureStart();
}

const widths = ["what", "value", "unit", "beside", "limit"].map((key) => Math.max(...rows.map((r) => r[key].length)));
console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; ${watching} pre_tool detectors on\n`);
for (const r of rows) console.log([r.what.padEnd(widths[0]), r.value.padStart(widths[1]), r.unit.padEnd(widths[2]), r.beside.padEnd(widths[3]), r.limit].join("  ").trimEnd());

// Start-up and size.
async function measureStart() {
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
}
