// Builds approval/dist: one bundle (our own code and the small libraries in it), validators made from the JSON Schemas, the core as
// WebAssembly, type declarations. Does nothing when no input changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import formats from "ajv-formats";
import { build } from "esbuild";

import { keepReachableTypes, typesOf } from "../sdk/reachable-types.mjs";

process.chdir(join(import.meta.dirname, ".."));
const wasm = "build/wasm/wasm/agentmend.wasm";
const schemas = "tests/data/schemas";

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.md$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
const inputs = [...["approval/src", "sdk/src", schemas].flatMap(filesBelow), "approval/build.mjs", "sdk/reachable-types.mjs", "LICENSE", "NOTICE", "approval/package.json", "approval/tsconfig.json", "tsconfig.json", "wasm/core.ts", "node/backend.ts", wasm, "package-lock.json"].sort();
const digest = createHash("sha256");
for (const file of inputs) digest.update(file).update(readFileSync(file));
const state = digest.digest("hex");
if (existsSync("approval/dist/.state") && readFileSync("approval/dist/.state", "utf8") === state) {
  console.log("build approval: nothing to do");
  process.exit(0);
}

console.log("build approval: bundling");
rmSync("approval/dist", { recursive: true, force: true });
mkdirSync("approval/dist");
execFileSync("node_modules/.bin/tsc", ["-p", "approval"], { stdio: "inherit" });
keepReachableTypes("approval/dist/types", typesOf(JSON.parse(readFileSync("approval/package.json", "utf8"))).map((file) => join("approval", file)));

// Validators as plain code: no schema is compiled at run time, so that this also runs where `new Function` is forbidden.
function validators() {
  const ajv = new Ajv2020({ allErrors: false, strict: false, code: { source: true, esm: true } });
  formats(ajv);
  for (const name of readdirSync(schemas).filter((file) => file.endsWith(".schema.json"))) ajv.addSchema(JSON.parse(readFileSync(join(schemas, name), "utf8")));
  const bodies = JSON.parse(readFileSync("approval/src/bodies.json", "utf8"));
  ajv.addSchema(bodies);
  const names = Object.keys(bodies.$defs).filter((name) => bodies.$defs[name].type === "object");
  return standalone.default(ajv, {
    escalationRequest: "https://agentmend.example/schemas/1/escalation-request.schema.json",
    detection: "https://agentmend.example/schemas/1/detection.schema.json",
    ...Object.fromEntries(names.map((name) => [name, `${bodies.$id}#/$defs/${name}`])),
  });
}

await build({
  entryPoints: ["approval/src/index.ts"],
  outdir: "approval/dist",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  external: ["hono", "hono/*", "@hono/*", "kysely", "libsql", "@agentmend/native-*"],
  loader: { ".css": "text", ".client.js": "text" },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: "warning",
  plugins: [
    {
      name: "validators",
      setup(builder) {
        builder.onResolve({ filter: /^#validators$/ }, () => ({ path: "validators", namespace: "validators" }));
        builder.onLoad({ filter: /.*/, namespace: "validators" }, () => ({ contents: validators(), loader: "js", resolveDir: process.cwd() }));
      },
    },
  ],
});
copyFileSync(wasm, "approval/dist/agentmend.wasm");
for (const file of ["LICENSE", "NOTICE"]) copyFileSync(file, join("approval/dist", file));
writeFileSync("approval/dist/.state", state);
