import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { AgentmendError } from "../sdk/src/errors.js";
import { instantiate } from "../wasm/c-abi.js";
import type { Core } from "../wasm/core.js";

interface Addon {
  call(operation: string, request: Uint8Array): string;
  Session: new (options: string, snapshot?: Uint8Array) => { event(json: string): number; result(which: number): string; snapshot(): Uint8Array };
}

export interface Loaded {
  core: Core;
  /** Why there is no native binary, when there is none. */
  reason: string | null;
}

/** Binds a loaded add-on. */
export function bindAddon(addon: Addon): Core {
  return {
    backend: "native",
    call: (operation, request) => addon.call(operation, request),
    session(options, snapshot) {
      let session: InstanceType<Addon["Session"]> | null = new addon.Session(options, snapshot);
      const live = (): InstanceType<Addon["Session"]> => {
        if (session === null) throw new TypeError("The session is disposed.");
        return session;
      };
      return {
        event: (json) => live().event(json),
        result: (which) => live().result(which),
        snapshot: () => live().snapshot(),
        dispose: () => {
          session = null;
        },
      };
    },
  };
}

const require = createRequire(import.meta.url);

/**
 * Prefers the native add-on and falls back to WebAssembly. npm installs the one optional package that fits the platform;
 * asking for it by name finds it or fails. Throws AgentmendError `native_unavailable` or `wasm_invalid`.
 */
export function loadCore(prefer: "native" | "wasm" | "auto", wasmFile: URL): Loaded {
  const name = `@agentmend/native-${process.platform}-${process.arch}-gnu`;
  let reason = "asked for WebAssembly";
  if (prefer !== "wasm") {
    try {
      return { core: bindAddon(require(name) as Addon), reason: null };
    } catch (error) {
      reason = `${name} cannot be loaded: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`;
      if (prefer === "native") throw new AgentmendError("native_unavailable", "/backend", reason);
    }
  }
  return { core: wasmCore(wasmFile), reason };
}

function wasmCore(file: URL): Core {
  try {
    return instantiate(new Uint8Array(readFileSync(file)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AgentmendError("wasm_invalid", "/wasm", `agentmend.wasm of this package cannot be loaded (${why}). Install the package again.`);
  }
}
