// The recorded run and what `agentmend heal` makes of the workflow, on the real n8n engine.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyPatch } from "./apply_patch.mjs";
import { withoutTimes } from "./record.mjs";
import { patience, runWorkflow, type Item } from "./run-workflow.js";

const samples = join(import.meta.dirname, "../data/n8n");
const goodSkus = ["CB-0018", "DK-3301", "KB-1042", "MS-2210"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agentmend-recording-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const readSample = (path: string) => JSON.parse(readFileSync(join(samples, path), "utf8"));
const skus = (items: Item[] = []) => items.map(({ sku }) => sku as string).sort();

const run = (workflow: unknown) => runWorkflow(folder, workflow, join(samples, "price-watch/service.json"));

test("the recording can be made again, equal but for times", patience, () => {
  const { summary, record } = run(readSample("price-watch/workflow.json"));
  expect(summary).toMatchObject({ status: "error", lastNodeExecuted: "Fetch price" });
  expect(withoutTimes(record)).toEqual(withoutTimes(readSample("price-watch/execution.json")));
});

/** The workflow as `agentmend heal --write` leaves it. The three differ in how they loop, and fail in the same node for the same item. */
function healed(sample: string): unknown {
  const target = join(folder, `${sample}.json`);
  copyFileSync(join(samples, sample, "workflow.json"), target);
  const recording = join(folder, `${sample}-execution.json`);
  if (sample === "price-watch") copyFileSync(join(samples, "price-watch/execution.json"), recording);
  else writeFileSync(recording, JSON.stringify(run(readSample(`${sample}/workflow.json`)).record));
  rmSync(`${target}.agentmend.json`, { force: true });
  execFileSync(process.execPath, [join(import.meta.dirname, "../../dist/cli.js"), "heal", recording, "--target", target, "--framework", "n8n", "--write"]);
  return JSON.parse(readFileSync(target, "utf8"));
}

test.each(["price-watch", "price-batches", "price-once"])("%s fails as it is and succeeds when healed", patience, (sample) => {
  const workflow = readSample(`${sample}/workflow.json`);
  expect(run(workflow).summary.status).toBe("error");

  const { summary } = run(healed(sample));
  expect(summary.status).toBe("success");
  expect(summary).not.toHaveProperty("error");
  expect(skus(summary.items["Failed items"])).toEqual(["HS-0775"]);
  expect(summary.items["Failed items"]?.[0]).toHaveProperty("error.status", 404);
  const end = sample === "price-once" ? "Collect price" : "Price table";
  expect(skus(summary.items[end])).toEqual(goodSkus);
  expect(summary.runs[end]).toBe(1);
});

// Why a heal inside a loop needs more than the error branch: each of these ends in `success` and is wrong all the same.
const without = (operations: { path: string }[], words: string[]) => operations.filter(({ path }) => !words.some((word) => path.includes(word)));

test("a failed item that does not return to the loop ends it early", patience, () => {
  const patch = without(readSample("price-watch/expected-heal.json"), ["/connections/Failed items"]);
  const { summary } = run(applyPatch(readSample("price-watch/workflow.json"), patch));
  expect(summary.status).toBe("success");
  expect(summary.runs).toMatchObject({ "Fetch price": 3, "Price table": 0 });
});

test("in batches, two ways back into the loop make its done output fire twice", patience, () => {
  const { summary } = run(applyPatch(readSample("price-batches/workflow.json"), readSample("price-watch/expected-heal.json")));
  expect(summary.status).toBe("success");
  expect(summary.runs["Price table"]).toBe(2);
});
