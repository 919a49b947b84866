import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { nativeCore } from "../conformance/backends.js";
import { dataFolder } from "../golden/data.js";
import { traceOf } from "./samples.js";

interface Line {
  id: string;
  source_format: string;
  trace: unknown;
}

interface Tally {
  traces: number;
  spans: number;
  losses: Record<string, number>;
}

const folder = dataFolder("external", "what ingestion loses of recorded runs");

test.runIf(folder !== null)("every recorded run is recognised without a hint, and what is lost is counted", () => {
  const core = nativeCore();
  const tallies: Record<string, Tally> = {};
  const root = join(folder ?? "", "traces");
  for (const set of readdirSync(root).filter((name) => name.endsWith(".jsonl"))) {
    for (const text of readFileSync(join(root, set), "utf8").split("\n").filter((line) => line !== "")) {
      const { id, trace } = JSON.parse(text) as Line;
      const answer = traceOf(core, new TextEncoder().encode(JSON.stringify(trace)));
      expect("error" in answer ? `${set} ${id}: ${answer.error.code}` : "").toBe("");
      if ("error" in answer) continue;
      const { counts } = answer;
      expect(counts.spans + counts.turns + counts.graph.nodes, `${set} ${id}`).toBeGreaterThan(0);
      const tally = (tallies[`${set} as ${answer.source}`] ??= { traces: 0, spans: 0, losses: {} });
      tally.traces += 1;
      tally.spans += counts.spans;
      for (const loss of answer.losses) tally.losses[loss.code] = (tally.losses[loss.code] ?? 0) + loss.count;
    }
  }
  const lines = Object.entries(tallies).map(([name, { traces, spans, losses }]) => {
    const lost = Object.entries(losses).map(([code, count]) => `${code} ${count}`);
    return `  ${name}: ${traces} traces, ${spans} spans, lost: ${lost.length === 0 ? "nothing" : lost.join(", ")}`;
  });
  console.log(`what ingestion made of the recorded runs\n${lines.join("\n")}`);
  expect(lines.length).toBeGreaterThan(0);
});
