import type { Core } from "./core.js";
import { bindRaw, type RawExports } from "./raw-module.js";

// The core does no I/O: what libc still imports is answered with "bad file" (8). Any other import fails the load, so
// that "the core has no clock, no network, no files" is checked each time it is loaded.
const badFile = (): number => 8;
const allowed: Record<string, (...args: number[]) => number> = {
  "wasi_snapshot_preview1.fd_close": badFile,
  "wasi_snapshot_preview1.fd_seek": badFile,
  "wasi_snapshot_preview1.fd_write": badFile,
};

function importsOf(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: space, name } of WebAssembly.Module.imports(module)) {
    const answer = allowed[`${space}.${name}`];
    if (answer === undefined) throw new Error(`The module asks for ${space}.${name}, which the core must not need.`);
    (imports[space] ??= {})[name] = answer;
  }
  return imports;
}

/** Binds a compiled module, or bytes where the host may compile. Knows no host: no fetch, no file system. */
export function instantiate(source: WebAssembly.Module | Uint8Array<ArrayBuffer>): Core {
  const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
  const exports = new WebAssembly.Instance(module, importsOf(module)).exports as unknown as RawExports & {
    memory: WebAssembly.Memory;
    _initialize?(): void;
  };
  exports._initialize?.(); // static constructors: the module is a WASI reactor
  return bindRaw(exports, () => exports.memory.buffer as ArrayBuffer, "wasm");
}
