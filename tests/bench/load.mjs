// The TypeScript that is measured, bundled for this run, and what all tables need.
import { performance } from "node:perf_hooks";

import { build } from "esbuild";

const backends = new URL("../conformance/backends.ts", import.meta.url).href;

/** {nativeCore, wasmCore, embindCore, events, eventText} */
export async function load() {
  const contents = ['export * from "./tests/conformance/backends.ts";', 'export { events, eventText } from "./sdk/src/run-event.ts";'].join("\n");
  const outfile = "build/bench/conformance/here/backends.mjs";
  await build({ stdin: { contents, resolveDir: process.cwd(), loader: "ts" }, outfile, bundle: true, format: "esm", platform: "node", logLevel: "error", define: { "import.meta.url": "__here" }, banner: { js: `const __here = ${JSON.stringify(backends)};` } });
  return import(new URL(`../../${outfile}`, import.meta.url));
}

export const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** Median of several timed runs, in milliseconds. */
export function median(runs, work) {
  return middle(Array.from({ length: runs }, (_, i) => {
    const began = performance.now();
    work(i);
    return performance.now() - began;
  }));
}

/** What a WebAssembly core made by `make` has in use: {core, bytes()}. */
export function withMemory(make) {
  const { Instance } = WebAssembly;
  let memory;
  WebAssembly.Instance = class extends Instance {
    constructor(...given) {
      super(...given);
      ({ memory } = this.exports);
    }
  };
  try {
    return { core: make(), bytes: () => memory.buffer.byteLength };
  } finally {
    WebAssembly.Instance = Instance;
  }
}
