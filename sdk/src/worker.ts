// Entry agentmend/worker: Cloudflare Workers and others that compile WebAssembly when they are deployed.
import { hostEnv } from "./host-env.js";
import { loadCore } from "./load-wasm.js";
import { makeMender, type Mender } from "./mender.js";
import type { MenderOptions } from "./options.js";

export interface WorkerOptions extends Omit<MenderOptions, "backend"> {
  /** The compiled module, as a worker imports it: `import wasm from "agentmend/agentmend.wasm"`. */
  readonly wasm: WebAssembly.Module;
}

/**
 * Makes a mender in a worker. Throws AgentmendError `wasm_…` as agentmend/init does.
 *
 * Without an approval endpoint one mender serves all requests. With one, make a mender for each request, which costs microseconds:
 * a worker's connections and timers end with the request that opened them. Await `flush()` before that, or give it to `waitUntil`.
 *
 * @example
 * import wasm from "agentmend/agentmend.wasm";
 * const mender = await createMender({ wasm });
 */
export async function createMender({ wasm, ...options }: WorkerOptions): Promise<Mender> {
  return makeMender(await loadCore(wasm), options, { env: hostEnv() });
}

export * from "./public.js";
