// agentmend/inline and agentmend/init in a plain Node process, and what their bundles may hold.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "dist");

test("inline and init find the same as each other, without the native add-on", () => {
  const answer = JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, "plain-node.mjs"), join(dist, "agentmend.wasm")], { encoding: "utf8" }));

  expect(answer.inline).toEqual(["wasm", expect.any(Number)]);
  expect(answer.inline[1]).toBeGreaterThan(0.5);
  expect(answer.init).toEqual(answer.inline);
});

test("require() takes them too", () => {
  const script = 'require("agentmend/inline").createMender().then((mender) => console.log(mender.backend))';
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8" });

  expect([stdout, stderr]).toEqual(["wasm\n", ""]);
});

test("a mode in the environment is heard", () => {
  const script = 'require("agentmend/inline").createMender().then((mender) => console.log(mender.mode))';
  const env = { ...process.env, AGENTMEND_MODE: "observe" };

  expect(execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8", env })).toBe("observe\n");
});

describe("a copy of the package whose agentmend.wasm is broken", () => {
  let alone: string;
  beforeEach(() => {
    alone = mkdtempSync(join(tmpdir(), "agentmend-broken-"));
    cpSync(dist, join(alone, "dist"), { recursive: true });
    writeFileSync(join(alone, "package.json"), '{ "type": "module" }');
  });
  afterEach(() => rmSync(alone, { recursive: true, force: true }));

  test.each<[string, (wasm: string) => unknown]>([
    ["cut off", (wasm) => truncateSync(wasm, 1000)],
    ["changed in one byte", (wasm) => writeFileSync(wasm, readFileSync(wasm).fill(0x55, 4, 5))],
    ["a web page", (wasm) => writeFileSync(wasm, "<!doctype html>")],
    ["empty", (wasm) => truncateSync(wasm, 0)],
    ["not there", (wasm) => rmSync(wasm)],
  ])("(%s) says so with a code, and never runs without its core", (_, breakIt) => {
    breakIt(join(alone, "dist/agentmend.wasm"));
    const script = 'import("./dist/index.js").then(({ createMender }) => createMender()).then(() => console.log("made"), ({ name, code, at }) => console.log(name, code, at))';

    expect(execFileSync(process.execPath, ["-e", script], { cwd: alone, encoding: "utf8" })).toBe("AgentmendError wasm_invalid /wasm\n");
    const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli.js", "coverage"], { cwd: alone, encoding: "utf8" });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^agentmend: wasm_invalid at \/wasm: agentmend\.wasm of this package cannot be loaded \(.*\)\. Install the package again\.\n$/);
  });
});

// A user's strict project, without Node's types and without skipLibCheck.
const consumer = `
import { createMender, AgentmendError, type Mender } from "agentmend/worker";
import { createMender as inline } from "agentmend/inline";
import { createMender as init } from "agentmend/init";
declare const wasm: WebAssembly.Module;
export const menders: Mender[] = [await createMender({ wasm }), await inline({ mode: "observe" }), await init({ wasm: fetch("/agentmend.wasm") })];
export const report = menders[0]?.detect({ messages: [] });
export const failure = new AgentmendError("wasm_invalid", "/wasm", "No.");
`;

test.each([
  ["dom", "nodenext"],
  ["webworker", "bundler"],
])("the types fit a strict project with the library %s and the resolution %s", { timeout: 60_000 }, (lib, resolution) => {
  const folder = mkdtempSync(join(tmpdir(), "agentmend-types-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules/agentmend"));
    const compilerOptions = { noEmit: true, strict: true, target: "es2022", module: resolution === "nodenext" ? "nodenext" : "esnext", moduleResolution: resolution, lib: ["es2022", lib], types: [] };
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["user.ts"] }));
    writeFileSync(join(folder, "user.ts"), consumer);

    expect(spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" })).toMatchObject({ stdout: "", status: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function bundle(entry: string): Buffer {
  const { outputFiles } = buildSync({ entryPoints: [join(dist, `${entry}.js`)], bundle: true, minify: true, write: false, format: "esm", platform: "neutral", logLevel: "warning" });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}

// Bounds, not aims: room for what is planned, none for a library that slips in (the YAML reader alone is 30 kB).
test.each([
  ["worker", 32_000],
  ["init", 32_000],
  ["inline", 850_000],
])("the bundle of %s stays below %i bytes of gzip and imports nothing", (entry, most) => {
  const code = bundle(entry);

  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(most);
  expect(code.toString().match(/\bimport\s*["{*]|\brequire\(/g)).toBeNull();
});

test("the module and the script that loads it stay below a megabyte of gzip", () => {
  const total = gzipSync(bundle("worker")).length + gzipSync(readFileSync(join(dist, "agentmend.wasm"))).length;

  expect(total).toBeLessThan(1_000_000);
});
