// Builds dist/: one CommonJS file with the node and the WebAssembly module inside, its icons and codex.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

import { inlineWasm } from "../sdk/inline-wasm.mjs";

const here = import.meta.dirname;
const from = join(here, "nodes/Agentmend");
const to = join(here, "dist/nodes/Agentmend");
const { version } = JSON.parse(readFileSync(join(here, "../package.json"), "utf8"));

rmSync(join(here, "dist"), { recursive: true, force: true });
mkdirSync(to, { recursive: true });
await build({
  entryPoints: [join(from, "Agentmend.node.ts")],
  outfile: join(to, "Agentmend.node.js"),
  bundle: true,
  format: "cjs",
  platform: "neutral", // nothing of Node's: n8n's scan of community nodes forbids most of it
  target: "es2022",
  external: ["n8n-workflow"],
  define: { AGENTMEND_VERSION: JSON.stringify(version) },
  plugins: [inlineWasm(join(here, "../build/wasm/wasm/agentmend.wasm"))],
  logLevel: "warning",
});
for (const file of readdirSync(from).filter((name) => /\.(svg|node\.json)$/.test(name))) copyFileSync(join(from, file), join(to, file));
for (const file of ["LICENSE", "NOTICE"]) copyFileSync(join(here, "..", file), join(here, "dist", file));
console.log("build n8n: bundled");
