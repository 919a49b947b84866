// Entry agentmend/init: for any runtime; the caller brings the WebAssembly.
import { hostEnv } from "./host-env.js";
import { loadCore, type WasmSource } from "./load-wasm.js";
import { makeMender, type Mender } from "./mender.js";
import type { MenderOptions } from "./options.js";

export type { WasmSource } from "./load-wasm.js";

export interface InitOptions extends Omit<MenderOptions, "backend"> {
  /** The file `agentmend/agentmend.wasm` of this package: a compiled module, its bytes, or the Response of a fetch. */
  readonly wasm: WasmSource | PromiseLike<WasmSource>;
}

/**
 * Makes a mender from WebAssembly that the caller brings.
 * Throws AgentmendError `wasm_invalid` (not this file), `wasm_foreign` (another module), `wasm_version` (of another release),
 * `wasm_forbidden` (the host does not compile; hand over a module), `wasm_fetch_failed` (it did not arrive).
 *
 * @example
 * const mender = await createMender({ wasm: fetch("/agentmend.wasm") });
 * mender.backend; // "wasm"
 */
export async function createMender({ wasm, ...options }: InitOptions): Promise<Mender> {
  return makeMender(await loadCore(wasm), options, { env: hostEnv() });
}

export * from "./public.js";
