import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { agentmend } from "./run.js";

test("explain says which sources feed a detector", () => {
  const loop = agentmend(["explain", "loop"]);

  expect(loop.status).toBe(0);
  expect(loop.out).toMatch(/^fed by +otlp, langgraph, langsmith/m);
  expect(loop.out).toMatch(/^in part +n8n-execution/m);
});

// The specification's own table, where it is at hand: letters per source in the columns' order.
const spec = resolve(process.env["AGENTMEND_DATA"] ?? "../shared/data", "../spec/ingestion.md");
if (!existsSync(spec)) console.warn("NOT RUN: the feeding table against the specification: it is not at hand.");
test.runIf(existsSync(spec))("the feeding table is the specification's", () => {
  const rows = [...readFileSync(spec, "utf8").matchAll(/^\| ([a-z0-9_]+) \| .*? \|((?: [+o-] \|){16})\s*$/gm)];
  const source = readFileSync(new URL("../../core/src/detectors/feeds.cpp", import.meta.url), "utf8");

  expect(rows.length).toBe(87);
  for (const [, name, letters] of rows) expect(source).toContain(`"${letters?.replace(/[^+o-]/g, "")}",  // ${name}\n`);
});
