// How fast text becomes a trace that can be asked, beside JSON.parse of the same text in the same run; and what it takes in memory.
import { inputs } from "./inputs.mjs";
import { median, withMemory } from "./load.mjs";

const encoder = new TextEncoder();

function request(header, payload) {
  const head = encoder.encode(`${JSON.stringify(header)}\n`);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

/** [{what, value, unit, beside, limit}] */
export function measureReading({ cores, wasmCore, events }) {
  const rows = [];
  const row = (what, value, unit, beside = "", limit = "") => rows.push({ what, value, unit, beside, limit });
  // A detector that does not work yet is never asked, so that this times ingestion and index alone; else all are.
  const idle = JSON.parse(cores.native.call("detectors", encoder.encode("{}"))).detectors.find((d) => d.readiness === "planned")?.name;
  const least = { wasm: 500, native: 1000 };
  for (const { name, source, file, text, lines } of inputs(events)) {
    const payload = encoder.encode(text);
    const megabytes = payload.length / 1e6;
    const whole = lines ? `[${text.replaceAll("\n", ",")}]` : text;
    const parse = lines ? () => { for (const line of text.split("\n")) JSON.parse(line); } : () => JSON.parse(text);
    const parsed = median(7, parse);
    row(`${name}: JSON.parse`, megabytes / parsed * 1000, "MB/s", "peer");
    const alone = request({}, encoder.encode(whole));
    const ingest = request({ documents: [{ name: file, bytes: payload.length }], source, only: idle === undefined ? undefined : [idle] }, payload);
    for (const [core, binding] of Object.entries(cores)) {
      const read = median(7, () => binding.call("read", alone));
      row(`${name}: reader alone in ${core}`, megabytes / read * 1000, "MB/s", `${(parsed / read).toFixed(2)} × JSON.parse`, least[core] === undefined ? "" : `≥ ${least[core]}`);
      const time = median(5, () => binding.call("detect", ingest));
      row(`${name}: ingest and index in ${core}`, megabytes / time * 1000, "MB/s", `${(parsed / time).toFixed(2)} × JSON.parse`, core === "wasm" ? "≥ 1 ×" : "");
    }
    const { core, bytes } = withMemory(wasmCore);
    const before = bytes();
    core.call("detect", ingest);
    row(`${name}: WebAssembly memory of the whole trace`, (bytes() - before) / payload.length, "× text", "with the text itself", "≤ 1.5");
  }
  return rows;
}
