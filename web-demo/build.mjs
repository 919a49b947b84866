// Builds the page into build/web-demo: index.html, style.css, page.js. Nothing to do when no input changed.
// It needs the C-ABI module (sh .ci/compile start).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const out = join(root, "build/web-demo");
const wasm = join(root, "build/wasm/wasm/agentmend.wasm");

const examples = [
  { name: "An n8n workflow that failed", files: ["n8n/price-watch/execution.json", "n8n/price-watch/workflow.json"] },
  { name: "A chat with an injected order", files: ["chat/injected-invoice.json", "chat/support-agent.yaml"] },
  { name: "An agent in a loop", files: ["chat/looping-orders.json", "chat/support-agent.yaml"] },
].map(({ name, files }) => ({ name, files: files.map((file) => ({ name: file.split("/").at(-1), text: readFileSync(join(root, "tests/data", file), "utf8") })) }));

/** Modules whose content is made here; see src/virtual.d.ts. */
function made(modules) {
  return {
    name: "made",
    setup(builder) {
      builder.onResolve({ filter: /^agentmend:/ }, ({ path }) => ({ path, namespace: "made" }));
      builder.onLoad({ filter: /./, namespace: "made" }, ({ path }) => ({ contents: modules[path.slice("agentmend:".length)], loader: "js" }));
    },
  };
}

async function bundle(entry, format, modules) {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "src", entry)],
    bundle: true,
    write: false,
    minify: true,
    format,
    platform: "browser",
    target: "es2022",
    mainFields: ["module", "main"], // jsonc-parser's "main" is UMD, which cannot be bundled
    charset: "utf8",
    plugins: [made(modules)],
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

function stateOf() {
  const digest = createHash("sha256");
  const sources = ["sdk/src", "wasm", "web-demo"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs|html|css)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...sources.sort(), wasm, join(root, "package-lock.json")]) digest.update(file.slice(root.length)).update(readFileSync(file));
  return digest.update(JSON.stringify(examples)).digest("hex");
}

/** Answers the folder that was built; `told` hears when there was nothing to do. */
export async function buildPage(told = () => {}) {
  const state = stateOf();
  const stateFile = join(root, "build/web-demo.state"); // beside the folder, which is what gets published
  if (existsSync(stateFile) && readFileSync(stateFile, "utf8") === state) {
    told("nothing to do");
    return out;
  }
  told("bundling");
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", import.meta.dirname], { stdio: "inherit" });
  const packed = gzipSync(readFileSync(wasm), { level: 9 }).toString("base64");
  const worker = await bundle("worker.ts", "iife", { core: `export const core = ${JSON.stringify(packed)}` });
  const page = await bundle("page.ts", "esm", {
    worker: `export const script = ${JSON.stringify(worker)}`,
    examples: `export const examples = ${JSON.stringify(examples)}`,
  });
  mkdirSync(out, { recursive: true });
  const files = { "page.js": page };
  for (const file of ["index.html", "style.css"]) files[file] = readFileSync(join(import.meta.dirname, file));
  for (const [file, content] of Object.entries(files)) {
    const beside = join(root, `build/web-demo.${process.pid}.${file}`); // renamed when whole: two builds may run at once
    writeFileSync(beside, content);
    renameSync(beside, join(out, file));
  }
  writeFileSync(stateFile, state);
  return out;
}

if (process.argv[1] === import.meta.filename) await buildPage((what) => console.log(`build web page: ${what}`));
