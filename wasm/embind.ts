import type { Core } from "./core.js";
import { bindRaw, type RawExports } from "./raw-module.js";

/** What the factory of the Emscripten module (agentmend-embind.mjs) resolves to. */
export interface EmbindModule {
  call(operation: string, request: Uint8Array): string;
  HEAPU8: Uint8Array;
}

/** Binds the Embind module: one-shot calls through Embind, sessions through its raw exports. */
export function bindEmbind(module: EmbindModule): Core {
  const raw = module as unknown as Record<string, (...args: number[]) => number>;
  const pick = (name: string): ((...args: number[]) => number) => {
    const found = raw[`_${name}`];
    if (found === undefined) throw new Error(`The Embind module lacks ${name}.`);
    return found;
  };
  const exports: RawExports = {
    input_buffer: pick("input_buffer"),
    output_data: pick("output_data"),
    output_size: pick("output_size"),
    call: pick("call"),
    session_new: pick("session_new"),
    session_restore: pick("session_restore"),
    session_snapshot: pick("session_snapshot"),
    session_event: pick("session_event"),
    session_result: pick("session_result"),
    session_free: pick("session_free"),
  };
  const core = bindRaw(exports, () => module.HEAPU8.buffer as ArrayBuffer, "embind");
  return { ...core, call: (operation, request) => module.call(operation, request) };
}
