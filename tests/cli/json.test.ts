import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { validate } from "../sdk/schemas.js";
import { agentmend } from "./run.js";

const data = new URL("../data/", import.meta.url).pathname;
const samples = readdirSync(data, { recursive: true, encoding: "utf8" }).filter((name) => /^(n8n|chat)\/.*\.json$/.test(name) && !name.includes("expected"));

test.each(samples)("detect --json on %s fits the report schema, or the error is one line", (name) => {
  const { status, out, err } = agentmend(["detect", join(data, name), "--json"]);
  if (status === 2) {
    expect(err).toMatch(/^agentmend: [^\n]+\n$/);
    expect(out).toBe("");
    return;
  }
  expect(validate("report", JSON.parse(out))).toEqual([]);
});

test("a workflow and its execution together", () => {
  const { status, out } = agentmend(["detect", join(data, "n8n/price-watch/workflow.json"), join(data, "n8n/price-watch/execution.json"), "--json"]);
  expect(status).toBe(1);
  const report = JSON.parse(out) as { detections: { detector: string; evidence: { source?: string }[] }[] };
  expect(validate("report", report)).toEqual([]);
  expect(report.detections.map(({ detector }) => detector)).toEqual(["n8n_error"]);
  expect(report.detections[0]?.evidence.some(({ source }) => source?.startsWith("/data/resultData/runData/Fetch price"))).toBe(true);
});

test("the definition of a Dify app, in YAML: read, and said that nothing ran in it", () => {
  const file = join(data, "dify/answer-desk.yml");
  const { status, out } = agentmend(["detect", file, "--json"]);

  expect(status).toBe(0);
  const report = JSON.parse(out) as { source: { format: string }; counts: { spans: number; turns: number }; skipped: { reason: string }[]; detections: unknown[] };
  expect(validate("report", report)).toEqual([]);
  expect(report.source.format).toBe("dify-dsl");
  expect(report.counts).toMatchObject({ spans: 4, turns: 2 });
  expect(report.detections).toEqual([]);
  expect(agentmend(["detect", file]).out).toContain("nothing to look at: there is no run in this");
});

test("YAML that is broken: the file, a code and a place", () => {
  const folder = mkdtempSync(join(tmpdir(), "agentmend-yaml-"));
  const file = join(folder, "app.yml");
  writeFileSync(file, "kind: app\nkind: app\n");
  const { status, err } = agentmend(["detect", file]);
  rmSync(folder, { recursive: true });

  expect(status).toBe(2);
  expect(err).toMatch(/^agentmend: [^\n]*app\.yml: duplicate_key at \/kind: [^\n]+\n$/);
});

test.each([
  ["coverage", "coverage-report"],
  ["detectors", "detectors-list"],
  ["fix-types", "fix-types-list"],
])("%s --json fits %s", (command, schema) => {
  const { status, out } = agentmend([command, "--json"]);
  expect(status).toBe(0);
  expect(validate(schema, JSON.parse(out))).toEqual([]);
});

test("one line out per line in, each fitting the schema, also for bad lines", () => {
  const cases = readFileSync(join(data, "detectors/loop.jsonl"), "utf8").trim().split("\n").slice(0, 20).map((line) => JSON.parse(line) as { id: string; input?: unknown; trace?: unknown });
  const lines = cases.map(({ id, input, trace }) => JSON.stringify(input === undefined ? { id, trace } : { id, detector: "loop", input }));
  const bad = ["{", "[]", "null", '{"id":7}', '{"id":"x","detector":"nothing","input":{}}', '{"id":"y","detector":"loop","input":3}', '{"id":"z","trace":{}}', "\u0000"];
  const { status, out } = agentmend(["detect", "--jsonl"], { input: [...lines, ...bad].join("\n") });
  expect(status).toBe(0);
  const answers = out.trim().split("\n");
  expect(answers.length).toBe(lines.length + bad.length);
  for (const answer of answers) expect(validate("jsonl-out", JSON.parse(answer)), answer).toEqual([]);
});

test("without a native add-on WebAssembly answers the same, and --verbose says so", () => {
  const file = join(data, "chat/injected-invoice.json");
  const wasm = agentmend(["detect", file, "--verbose"], { env: { AGENTMEND_BACKEND: "wasm" } });
  expect(wasm.err).toMatch(/^backend: WebAssembly/);
  expect(agentmend(["detect", file]).out).toBe(wasm.out);
});

test("a reader of the catalogue sees planned detectors as planned", () => {
  const { detectors } = JSON.parse(agentmend(["detectors", "--json"]).out) as { detectors: { name: string; readiness: string }[] };
  expect(detectors.length).toBe(87);
  const working = detectors.filter(({ readiness }) => readiness !== "planned").map(({ name }) => name).sort();
  // Each working detector has its file of cases, and nothing else has one.
  const cased = readdirSync(join(data, "detectors")).filter((file) => file.endsWith(".jsonl")).map((file) => file.slice(0, -".jsonl".length));
  expect(working).toEqual(cased.sort());
});
