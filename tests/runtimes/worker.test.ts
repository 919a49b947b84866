// agentmend/worker in workerd, the runtime of Cloudflare Workers.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nativeCore } from "../conformance/backends.js";
import { makeMender } from "../../sdk/src/mender.js";

const root = join(import.meta.dirname, "../..");
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));

/** Bundles a worker as wrangler does: JavaScript in one file, .wasm files as modules beside it. */
async function modulesOf(entry: string) {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    outdir: "/",
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy" },
    logLevel: "warning",
  });
  return outputFiles
    .map(({ path, contents }) => ({ type: path.endsWith(".wasm") ? ("CompiledWasm" as const) : ("ESModule" as const), path, contents }))
    .sort((a, b) => (a.type === b.type ? 0 : a.type === "ESModule" ? -1 : 1)); // the first is the entry
}

let worker: Miniflare;
beforeAll(async () => {
  worker = new Miniflare({ modules: await modulesOf("worker.mjs"), modulesRoot: "/", compatibilityDate: "2026-04-01", cf: false });
  await worker.ready;
}, 60_000);
afterAll(() => worker.dispose());

async function ask(path: string, body?: unknown) {
  const init = body === undefined ? undefined : { method: "POST", body: body instanceof Uint8Array ? body : JSON.stringify(body) };
  const response = await worker.dispatchFetch(`http://worker${path}`, init);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}
const untimed = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (key, part) => (key.endsWith("at_ms") || key === "id" ? null : part));

test("the mender is made when the worker starts", async () => {
  expect(await ask("/backend")).toEqual({ backend: "wasm", mode: "enforce" });
});

test("a trace gives the same report as on Node", async () => {
  const trace = readJson("tests/data/chat/injected-invoice.json");
  const onNode = await makeMender(nativeCore(), {}, { env: {} });

  const report = await ask("/detect", trace);

  expect((report["detections"] as { detector: string }[]).map(({ detector }) => detector)).toContain("injection");
  expect(untimed(report)).toEqual(untimed(onNode.detect(trace)));
});

test("a failed execution is healed to the same workflow as on Node", async () => {
  const execution = readJson("tests/data/n8n/price-watch/execution.json");
  const config = readJson("tests/data/n8n/price-watch/workflow.json");

  const { config: healed, records } = await ask("/heal", { trace: execution, target: { framework: "n8n", config } });

  expect(records).toMatchObject([{ state: "applied" }]);
  const onNode = await makeMender(nativeCore(), {}, { env: {} });
  expect(healed).toEqual((await onNode.heal({ trace: execution, target: { framework: "n8n", config } })).config);
});

test("bytes instead of a module are refused with the reason", async () => {
  const good = new Uint8Array(readFileSync(join(root, "dist/agentmend.wasm")));

  expect(await ask("/bytes", good)).toMatchObject({ code: "wasm_forbidden", at: "/wasm", message: expect.stringContaining("agentmend/worker") });
  expect(await ask("/bytes", new TextEncoder().encode("<!doctype html>"))).toMatchObject({ code: "wasm_invalid" });
});
