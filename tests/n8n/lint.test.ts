// n8n's own linter and scan of community packages, and the types of n8n-workflow, over n8n-nodes-agentmend.
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { node24, patience } from "./run-workflow.js";

const root = join(import.meta.dirname, "../..");
const tools = join(import.meta.dirname, "lint/node_modules");

let folder: string;
beforeAll(() => {
  if (!existsSync(tools)) throw new Error("n8n's linter is not installed: run `sh tests/n8n/setup.sh` and try again.");
  folder = mkdtempSync(join(tmpdir(), "agentmend-lint-"));
  // What is checked out, and nothing that was built.
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "n8n", "sdk/src", "wasm", "package.json", "tsconfig.json"], { cwd: root, encoding: "utf8" });
  for (const file of files.trim().split("\n").filter((name) => existsSync(join(root, name)))) cpSync(join(root, file), join(folder, file));
  symlinkSync(tools, join(folder, "node_modules"));
  mkdirSync(join(folder, "tests/n8n/lint"), { recursive: true }); // where n8n/tsconfig.json looks for n8n's types
  symlinkSync(tools, join(folder, "tests/n8n/lint/node_modules"));
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: join(root, "n8n"), encoding: "utf8" }).trim();
  execFileSync("tar", ["-xzf", packed], { cwd: folder });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// Not Vitest's environment: with NODE_ENV=test the rules of eslint-plugin-n8n-nodes-base look at other file names.
const env = { PATH: `${dirname(node24)}:${process.env["PATH"]}`, HOME: process.env["HOME"] };
const scan = (): { passed: boolean; details?: string }[] =>
  JSON.parse(execFileSync(node24, [join(import.meta.dirname, "scan.mjs"), join(folder, "n8n"), join(folder, "package")], { encoding: "utf8", env }));

test("n8n-node lint has nothing to say", patience, () => {
  const { status, stdout, stderr } = spawnSync(node24, [join(tools, "@n8n/node-cli/bin/n8n-node.mjs"), "lint"], { cwd: join(folder, "n8n"), encoding: "utf8", env });

  expect(`${stdout}${stderr}`).not.toMatch(/error|warning|violation/i);
  expect(status).toBe(0);
});

test("n8n's scan passes for the source and for the packed files, and fails when a timer slips in", patience, () => {
  expect(scan()).toEqual([{ passed: true }, { passed: true }]);

  appendFileSync(join(folder, "package/dist/nodes/Agentmend/Agentmend.node.js"), "\nsetTimeout(() => {}, 1);\n");
  const [source, packed] = scan();
  expect(source).toEqual({ passed: true });
  expect(packed).toMatchObject({ passed: false, details: expect.stringContaining("no-restricted-globals") });
});

test("the source fits n8n's types", patience, () => {
  const { status, stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", "n8n"], { cwd: root, encoding: "utf8" });

  expect(stdout).toBe("");
  expect(status).toBe(0);
});
