import { readFileSync } from "node:fs";

/** esbuild plugin: `import base64 from "agentmend:wasm"` gives the C-ABI module as base64 text. */
export function inlineWasm(file) {
  return {
    name: "inline-wasm",
    setup(build) {
      build.onResolve({ filter: /^agentmend:wasm$/ }, () => ({ path: "agentmend.wasm", namespace: "inline-wasm" }));
      build.onLoad({ filter: /.*/, namespace: "inline-wasm" }, () => ({ contents: readFileSync(file), loader: "base64" }));
    },
  };
}
