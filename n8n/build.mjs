// Builds dist/: one CommonJS file with the node and the WebAssembly module inside, its icons and codex. Does nothing when no input
// changed.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

import { inlineWasm } from "../sdk/inline-wasm.mjs";

const here = import.meta.dirname;
const from = join(here, "nodes/Agentmend");
const to = join(here, "dist/nodes/Agentmend");
const { version } = JSON.parse(readFileSync(join(here, "../package.json"), "utf8"));

const root = join(here, "..");
const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const single = ["n8n/build.mjs", "n8n/package.json", "sdk/inline-wasm.mjs", "build/wasm/wasm/agentmend.wasm", "package.json", "package-lock.json", "LICENSE", "NOTICE"];
const inputs = [...["n8n/nodes", "sdk/src", "wasm"].flatMap(filesBelow), ...single.map((file) => join(root, file))].sort();
const digest = createHash("sha256");
for (const file of inputs) digest.update(file.slice(root.length)).update(readFileSync(file));
const state = digest.digest("hex");
const stateFile = join(root, "build/n8n.state"); // beside dist, which is what gets published
if (existsSync(join(to, "Agentmend.node.js")) && existsSync(stateFile) && readFileSync(stateFile, "utf8") === state) {
  console.log("build n8n: nothing to do");
  process.exit(0);
}

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
writeFileSync(stateFile, state);
console.log("build n8n: bundled");
