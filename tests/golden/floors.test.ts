import { execFileSync } from "node:child_process";

import { expect, test } from "vitest";

import { cli, dataFolder } from "./data.js";

// The best of always-fire, naive, best single field and reference (reference_scores.json of the labelled data); sycophancy has
// no golden cases, its floor is always-fire on the external ones.
const floors = {
  loop: 0.869,
  coordination: 0.8,
  convergence: 0.82,
  escalation_loop: 0.968,
  workflow: 0.762,
  task_starvation: 1,
  mcp_protocol: 0.848,
  tool_provision: 0.923,
  completion: 0.736,
  derailment: 0.697,
  context: 0.768,
  communication: 0.716,
  specification: 0.711,
  decomposition: 0.678,
  citation: 0.696,
  entity_confusion: 0.72,
  memory_staleness: 0.903,
  routing: 0.824,
  propagation: 0.667,
  parallel_consistency: 0.667,
  delegation: 1,
  critic_quality: 1,
  reasoning_consistency: 0.897,
  n8n_timeout: 1.0,
  n8n_cycle: 0.923,
  corruption: 0.734,
  overflow: 0.97,
  model_selection: 0.957,
  n8n_error: 1,
  retrieval_quality: 0.8,
  n8n_complexity: 0.857,
  injection: 0.71,
  approval_bypass: 0.848,
} as const;

const folder = dataFolder("golden", "the floors on the golden cases");
test.runIf(folder !== null)("each working detector is above its floor on the golden cases", { timeout: 120_000 }, () => {
  const names = Object.keys(floors).join(",");
  const out = execFileSync(process.execPath, ["tests/data/score.mjs", folder ?? "", "--only", names, "--json", "--cmd", `${process.execPath} ${cli} detect --jsonl`], { encoding: "utf8" });
  const { detectors } = JSON.parse(out) as { detectors: Record<string, { f1: number | null }> };
  for (const [name, floor] of Object.entries(floors)) {
    const f1 = detectors[name]?.f1 ?? 0;
    console.log(`${name.padEnd(18)} F1 ${f1.toFixed(3)}  floor ${floor.toFixed(3)}`);
    if (floor >= 0.97) expect(f1, name).toBeGreaterThanOrEqual(floor);
    else expect(f1, name).toBeGreaterThan(floor);
  }
});
