// Menders for tests: on the add-on, or on WebAssembly with AGENTMEND_BACKEND=wasm; a clock and ids of their own.
import { folderOutbox } from "../../node/outbox-folder.js";
import { makeMender, type Mender } from "../../sdk/src/mender.js";
import type { MenderOptions } from "../../sdk/src/options.js";
import type { Core } from "../../wasm/core.js";
import { nativeCore, wasmCore } from "../conformance/backends.js";

export const backend = process.env["AGENTMEND_BACKEND"] === "wasm" ? "wasm" : "native";
export const core: Core = backend === "wasm" ? wasmCore() : nativeCore();
export const startMs = 1_795_000_000_000;

/** A mender whose ids count up. Time stands still unless a clock is given. */
export function mender(options: MenderOptions = {}, env: Record<string, string> = {}): Promise<Mender> {
  let ids = 0;
  return makeMender(core, { clock: () => startMs, newId: () => `id-${(ids += 1)}`, ...options }, { env, folderOutbox });
}
