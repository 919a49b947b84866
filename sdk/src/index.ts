import { folderOutbox } from "../../node/outbox-folder.js";
import { loadCore } from "../../node/backend.js";
import type { Core } from "../../wasm/core.js";
import { readWord } from "./mode.js";
import { makeMender, type Mender } from "./mender.js";
import type { MenderOptions } from "./options.js";

const backends = ["native", "wasm", "auto"] as const;
const wasmFile = new URL("./agentmend.wasm", import.meta.url);
// A core holds no state: all menders of one binding share it.
const loaded = new Map<string, Core>();

function coreOf(backend: (typeof backends)[number]): Core {
  const known = loaded.get(backend);
  if (known !== undefined) return known;
  const { core } = loadCore(backend, wasmFile);
  loaded.set(backend, core);
  return core;
}

/**
 * Loads the core and makes a mender. Throws AgentmendError for options that cannot be meant.
 *
 * @example
 * const mender = await createMender();
 * const step = [
 *   { agent_id: "a", content: 'tool.call: search({"q":"x"})' },
 *   { agent_id: "a", content: "tool.result: nothing found" },
 * ];
 * mender.detectOne("loop", { states: [...step, ...step, ...step] }).detected; // true
 */
export async function createMender(options: MenderOptions = {}): Promise<Mender> {
  const asked = readWord(options.backend, backends, "/backend") ?? readWord(process.env["AGENTMEND_BACKEND"], backends, "/env/AGENTMEND_BACKEND") ?? "auto";
  return makeMender(coreOf(asked), options, { env: process.env, folderOutbox });
}

export { locate, type Location } from "./pointer-location.js"; // brings a YAML reader: not in the entries for workers and pages
export * from "./public.js";
