// agentmend/worker in workerd, the runtime of Cloudflare Workers.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nativeCore } from "../conformance/backends.js";
import { makeMender } from "../../sdk/src/mender.js";
import { startWorker, type Worker } from "./workerd.js";

const root = join(import.meta.dirname, "../..");
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));

let worker: Worker;
beforeAll(async () => {
  worker = await startWorker("worker.mjs");
}, 60_000);
afterAll(() => worker.dispose());

const untimed = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (key, part) => (key.endsWith("at_ms") || key === "id" ? null : part));

test("the mender is made when the worker starts", async () => {
  expect(await worker.ask("/backend")).toEqual({ backend: "wasm", mode: "enforce" });
});

test("a trace gives the same report as on Node", async () => {
  const trace = readJson("tests/data/chat/injected-invoice.json");
  const onNode = await makeMender(nativeCore(), {}, { env: {} });

  const report = await worker.ask("/detect", trace);

  expect((report["detections"] as { detector: string }[]).map(({ detector }) => detector)).toContain("injection");
  expect(untimed(report)).toEqual(untimed(onNode.detect(trace)));
});

test("a failed execution is healed to the same workflow as on Node", async () => {
  const execution = readJson("tests/data/n8n/price-watch/execution.json");
  const config = readJson("tests/data/n8n/price-watch/workflow.json");

  const { config: healed, records } = await worker.ask("/heal", { trace: execution, target: { framework: "n8n", config } });

  expect(records).toMatchObject([{ state: "applied" }]);
  const onNode = await makeMender(nativeCore(), {}, { env: {} });
  expect(healed).toEqual((await onNode.heal({ trace: execution, target: { framework: "n8n", config } })).config);
});

test("bytes instead of a module are refused with the reason", async () => {
  const good = new Uint8Array(readFileSync(join(root, "dist/agentmend.wasm")));

  expect(await worker.ask("/bytes", good)).toMatchObject({ code: "wasm_forbidden", at: "/wasm", message: expect.stringContaining("agentmend/worker") });
  expect(await worker.ask("/bytes", new TextEncoder().encode("<!doctype html>"))).toMatchObject({ code: "wasm_invalid" });
});

test("a run goes on from its snapshot at every event, here and on Node in turn", async () => {
  const onNode = await makeMender(nativeCore(), {}, { env: {} });
  const whole = (await makeMender(nativeCore(), {}, { env: {} })).session({ runId: "run-1" });
  let snapshot: number[] | null = null;
  const said: string[] = [];
  const expected: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    const call = i % 2 === 0;
    const event = call ? { type: "tool.start", name: "get", input: { id: 1 }, call_id: `c${i}`, ts: i } : { type: "tool.end", call_id: `c${i - 1}`, output: "not found", ts: i };
    expected.push(whole.event(event).decision);
    if (i % 3 === 2) {
      const run = onNode.restore(Uint8Array.from(snapshot!), { runId: "run-1" });
      expect(run.restoreError).toBeNull();
      said.push(run.event(event).decision);
      snapshot = [...run.snapshot()];
      run.dispose();
    } else {
      const answer = (await worker.ask("/step", { snapshot, event })) as { decision: string; restoreError: unknown; snapshot: number[] };
      expect(answer.restoreError).toBeNull();
      said.push(answer.decision);
      snapshot = answer.snapshot;
    }
  }
  expect(said).toEqual(expected);
  expect(said).toContain("retry_with_fix");
});
