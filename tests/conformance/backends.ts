// The four ways to reach the core: C++ through a small runner, the add-on, the C-ABI module, the Embind module.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { bindAddon } from "../../node/backend.js";
import { instantiate } from "../../wasm/c-abi.js";
import type { Core } from "../../wasm/core.js";
import { bindEmbind, type EmbindModule } from "../../wasm/embind.js";

const root = new URL("../../", import.meta.url);
const path = (name: string): string => new URL(name, root).pathname;

export interface Vector {
  name: string;
  op?: string;
  request?: string;
  session?: string;
  events?: string[];
}

const encoder = new TextEncoder();

export function answer(core: Core, vector: Vector): string {
  if (vector.session === undefined) return core.call(vector.op ?? "", encoder.encode(vector.request ?? ""));
  const session = core.session(vector.session);
  const steps: (number | string)[] = [];
  for (const event of vector.events ?? []) {
    const code = session.event(event);
    steps.push(code);
    if (code !== 0) steps.push(session.result(0));
  }
  const report = session.result(1);
  session.dispose();
  return JSON.stringify({ steps, report });
}

/** All answers of the C++ runner, one process for all vectors. */
export function answersOfCpp(vectors: readonly Vector[]): string[] {
  const input = vectors.map((vector) => JSON.stringify(vector)).join("\n");
  const output = execFileSync(path("build/release/tests/run_vectors"), { input, maxBuffer: 1 << 30, encoding: "utf8" });
  return output.split("\n").slice(0, -1);
}

export function nativeCore(): Core {
  return bindAddon(createRequire(import.meta.url)(path("node/linux-x64-gnu/agentmend.node")) as Parameters<typeof bindAddon>[0]);
}

export function wasmCore(): Core {
  return instantiate(new Uint8Array(readFileSync(path("build/wasm/wasm/agentmend.wasm"))));
}

export async function embindCore(): Promise<Core> {
  const { default: create } = (await import(path("build/embind/wasm/agentmend-embind.mjs"))) as {
    default: (options: { wasmBinary: Uint8Array }) => Promise<EmbindModule>;
  };
  return bindEmbind(await create({ wasmBinary: readFileSync(path("build/embind/wasm/agentmend-embind.wasm")) }));
}
