import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { expect, test } from "vitest";

import { loadCore } from "../../node/backend.js";
import { request } from "../../wasm/core.js";
import type { Report } from "../../sdk/src/wire.js";
import { dataFolder } from "./data.js";

interface Line {
  id: string;
  source_format: string;
  trace: unknown;
  expected: { failure: boolean; not_scored?: string[] };
}

const folder = dataFolder("external", "the silence on healthy runs");

test.runIf(folder !== null)("all healthy runs are read, and at most two have a finding", { timeout: 300_000 }, async () => {
  const { core } = loadCore("auto", new URL("../../dist/agentmend.wasm", import.meta.url));
  const traces = join(folder ?? "", "traces");
  const found: string[] = [];
  const unread = new Map<string, number>();
  let runs = 0;
  for (const set of readdirSync(traces).filter((name) => name.endsWith(".jsonl"))) {
    for await (const line of createInterface({ input: createReadStream(join(traces, set)) })) {
      if (line.trim() === "") continue;
      const { id, source_format: format, trace, expected } = JSON.parse(line) as Line;
      if (expected.failure) continue;
      const bytes = new TextEncoder().encode(JSON.stringify(trace));
      const report = JSON.parse(core.call("detect", request({ documents: [{ name: "trace", bytes: bytes.length }] }, [bytes]))) as Partial<Report> & { error?: { code: string } };
      if (report.error !== undefined) unread.set(`${format}: ${report.error.code}`, (unread.get(`${format}: ${report.error.code}`) ?? 0) + 1);
      else runs += 1;
      const scored = (report.detections ?? []).filter(({ detector }) => !(expected.not_scored ?? []).includes(detector));
      if (scored.length > 0) found.push(`${set} ${id}: ${scored.map(({ detector, summary }) => `${detector}: ${summary}`).join("; ")}`);
    }
  }
  console.log(`${runs} healthy runs read, ${found.length} with a finding${found.map((text) => `\n  ${text}`).join("")}`);
  expect(runs).toBeGreaterThan(0);
  expect([...unread]).toEqual([]); // all of them are read
  expect(found.length).toBeLessThanOrEqual(2);
});
