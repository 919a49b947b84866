// No host is needed: nothing outside a host's own folders imports it, and the built package runs where none is installed.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "agentmend-alone-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("LangChain is imported in its tests alone", () => {
  const files = execFileSync("git", ["ls-files", "*.ts", "*.mts", "*.mjs", "*.js"], { encoding: "utf8" }).split("\n").filter(Boolean);
  const importing = files.filter((file) => /(from|import|require)\s*\(?\s*["'](@langchain\/|langchain["'/])/.test(readFileSync(file, "utf8")));

  expect(importing.filter((file) => !file.startsWith("tests/hosts/langchain/"))).toEqual([]);
  expect(importing).toContain("tests/hosts/langchain/agent.ts");
});

const script = `
import { createMender } from "agentmend";
import { guardTool } from "agentmend/guard";
import { langchainMiddleware } from "agentmend/langchain";

const mender = await createMender();
const search = guardTool(() => "not found", { run: mender.session(), name: "search" });
const guarded = [1, 2, 3, 4].map(() => search());
class ToolMessage { constructor(fields) { Object.assign(this, fields); } }
const request = (i) => ({ toolCall: { name: "search", args: {}, id: "c" + i }, state: { messages: [{ id: "m", type: "human", content: "x" }] }, runtime: {} });
const drive = async (middleware) => { let last; for (let i = 0; i < 4; i += 1) last = await middleware.wrapToolCall(request(i), async () => ({ type: "tool", content: "not found" })); return last; };
const given = await drive(langchainMiddleware(mender, { ToolMessage }));
const missing = await drive(langchainMiddleware(await createMender(), {})).catch((error) => error.message);
console.log(JSON.stringify({ backend: mender.backend, guarded: guarded[3].isError, status: given.status, missing }));
`;

test("the built package guards where no host is installed, and says what a middleware lacks", () => {
  const home = join(folder, "node_modules/agentmend");
  mkdirSync(home, { recursive: true });
  cpSync("dist", join(home, "dist"), { recursive: true });
  cpSync("package.json", join(home, "package.json"));
  writeFileSync(join(folder, "alone.mjs"), script);

  const ran = spawnSync(process.execPath, ["alone.mjs"], { cwd: folder, encoding: "utf8", env: { ...process.env, AGENTMEND_BACKEND: "" } });

  expect(ran.stderr).toBe("");
  expect(JSON.parse(ran.stdout)).toEqual({ backend: "wasm", guarded: true, status: "error", missing: expect.stringContaining("pass it ({ ToolMessage })") });
});

test("the example of the README runs and prints what the README says", () => {
  const block = /## In your agent\n\n```js\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  mkdirSync("build/readme", { recursive: true }); // inside the package, which may import itself by its name
  writeFileSync("build/readme/example.mjs", block);

  const { stdout, stderr } = spawnSync(process.execPath, ["build/readme/example.mjs"], { encoding: "utf8" });

  expect(stderr).toBe("");
  expect(stdout.split("\n").slice(0, 2)).toEqual(["nothing found for order 7731", "nothing found for order 7731"]);
  expect(stdout).toContain("isError: true");
  expect(stdout).toContain("You have taken the same step 4 times");
});
