import { existsSync, readFileSync } from "node:fs";

import { beforeAll, describe, expect, test } from "vitest";

import type { Core } from "../../wasm/core.js";
import { embindCore, nativeCore, wasmCore } from "../conformance/backends.js";
import { samples, traceOf, type Answer } from "./samples.js";

interface Expected {
  how: string;
  error?: string;
  source?: string;
  status?: string;
  turns?: number;
  llm?: number;
  tool_calls?: Record<string, number>;
  states?: number;
  graph?: { nodes: number; edges: number };
  tokens?: { input: number; output: number };
  losses?: Record<string, number>;
}

function summaryOf(answer: Answer): Omit<Expected, "how"> {
  if ("error" in answer) return { error: answer.error.code };
  const { counts } = answer;
  return {
    source: answer.source,
    status: answer.status,
    turns: counts.turns,
    llm: counts.llm,
    tool_calls: counts.tool_calls,
    states: counts.states,
    graph: counts.graph,
    tokens: { input: answer.usage.input_tokens, output: answer.usage.output_tokens },
    losses: Object.fromEntries(answer.losses.map(({ code, count }) => [code, count])),
  };
}

const all = samples();
const expected = (name: string): URL => new URL(`expected/${name}.json`, import.meta.url);
const cores: Record<string, Core> = {};
beforeAll(async () => {
  cores["native"] = nativeCore();
  cores["wasm"] = wasmCore();
  cores["embind"] = await embindCore();
});

describe.each(["native", "wasm", "embind"])("%s", (backend) => {
  test.each(all)("reads $name as it is", ({ name, bytes }) => {
    const { how, ...facts } = JSON.parse(readFileSync(expected(name), "utf8")) as Expected;
    expect(how.length).toBeGreaterThan(0);
    expect(summaryOf(traceOf(cores[backend]!, bytes))).toEqual(facts);
  });
});

test("every sample has an expectation", () => {
  expect(all.map(({ name }) => name).filter((name) => !existsSync(expected(name)))).toEqual([]);
});

test("every span of every sample points into its sample", () => {
  for (const { name, bytes } of all) {
    const answer = traceOf(cores["native"]!, bytes);
    if ("error" in answer) continue;
    for (const span of answer.spans) {
      expect(span.at, `${name}: ${span.kind} ${span.name}`).toBeDefined();
      if (span.parent !== undefined) expect(span.parent).toBeLessThan(answer.spans.length);
    }
  }
});
