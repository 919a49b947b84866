import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { readRun } from "../../cli/src/run-file.js";
import type { TraceView } from "../../cli/src/show-trace.js";
import { request, type Core } from "../../wasm/core.js";
import { dataFolder } from "../golden/data.js";

export interface Sample {
  /** `source/file`. */
  name: string;
  bytes: Uint8Array;
}

const own = new URL("../data/samples", import.meta.url).pathname;

function filesOf(root: string): string[] {
  if (!existsSync(root)) return [];
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => readdirSync(join(root, name)).filter((file) => file !== "README.md").map((file) => `${name}/${file}`));
}

/** All samples at hand, those of others first. YAML is given as JSON, as the command line does. */
export function samples(): Sample[] {
  const shared = dataFolder("samples", "the samples of other projects");
  const found = new Map<string, string>();
  for (const root of [own, ...(shared === null ? [] : [shared])]) for (const file of filesOf(root)) found.set(file, join(root, file));
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, path]) => ({ name, bytes: readRun(path).json }));
}

export type Answer = TraceView | { error: { code: string; at: string; message: string } };

export function traceOf(core: Core, bytes: Uint8Array, source?: string): Answer {
  return JSON.parse(core.call("trace", request({ documents: [{ name: "sample", bytes: bytes.length }], source }, [bytes]))) as Answer;
}
