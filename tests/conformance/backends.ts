// The four ways to reach the core: C++ through a small runner, the add-on, the C-ABI module, the Embind module.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { bindAddon } from "../../node/backend.js";
import { instantiate } from "../../wasm/c-abi.js";
import type { Core } from "../../wasm/core.js";
import { bindEmbind, type EmbindModule } from "../../wasm/embind.js";
import type { Vector } from "./vectors.js";

const root = new URL("../../", import.meta.url);
const path = (name: string): string => new URL(name, root).pathname;

export { answer, type Vector } from "./vectors.js";

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
