// Builds dist/: bundles for Node (entry and command line) and for other runtimes, type declarations, the WebAssembly module.
// Does nothing when no input changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

import { inlineWasm } from "./inline-wasm.mjs";
import { keepReachableTypes, typesOf } from "./reachable-types.mjs";

process.chdir(join(import.meta.dirname, ".."));
const wasm = "build/wasm/wasm/agentmend.wasm";

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
const inputs = [...["sdk", "cli", "wasm", "node"].flatMap(filesBelow), wasm, "package.json", "package-lock.json", "tsconfig.json"].sort();
const digest = createHash("sha256");
for (const file of inputs) digest.update(file).update(readFileSync(file));
const state = digest.digest("hex");
if (existsSync("dist/.state") && readFileSync("dist/.state", "utf8") === state) {
  console.log("build javascript: nothing to do");
  process.exit(0);
}

console.log("build javascript: bundling");
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
execFileSync("node_modules/.bin/tsc", ["-p", "."], { stdio: "inherit" });
keepReachableTypes("dist/types", typesOf(JSON.parse(readFileSync("package.json", "utf8"))));
await build({
  entryPoints: { index: "sdk/src/index.ts", cli: "cli/src/main.ts", tour: "cli/src/tour.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // jsonc-parser's "main" is UMD, which cannot be bundled.
  mainFields: ["module", "main"],
  external: ["@agentmend/*"],
  chunkNames: "[name]-[hash]",
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: "warning",
});
// For every other runtime: nothing of Node's may get in, and the bundler says so when it does.
await build({
  entryPoints: { worker: "sdk/src/worker.ts", inline: "sdk/src/inline.ts", init: "sdk/src/init.ts", guard: "sdk/src/guard.ts", langchain: "sdk/src/langchain/index.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  mainFields: ["module", "main"],
  chunkNames: "[name]-[hash]",
  define: { AGENTMEND_VERSION: JSON.stringify(JSON.parse(readFileSync("package.json", "utf8")).version) },
  plugins: [inlineWasm(wasm)],
  logLevel: "warning",
});
copyFileSync(wasm, "dist/agentmend.wasm");
const cli = readFileSync("dist/cli.js", "utf8");
writeFileSync("dist/cli.js", `#!/usr/bin/env node\n${cli}`, { mode: 0o755 });
writeFileSync("dist/.state", state);
