import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { parseConfig } from "../../sdk/src/edit/index.js";
import { canonicalExact } from "../../sdk/src/seal.js";
import { validate } from "../sdk/schemas.js";
import { agentmend } from "./run.js";

const data = new URL("../data/", import.meta.url).pathname;
const execution = join(data, "n8n/price-watch/execution.json");
const chat = join(data, "chat/injected-invoice.json");
const loopRun = join(data, "chat/looping-orders.json");
const folder = mkdtempSync(join(tmpdir(), "agentmend-heal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
/** A repository of its own with one file in it, so that git judges the diff. */
function repository(name: string, text: string): { cwd: string; file: string } {
  const cwd = join(folder, String((made += 1)));
  mkdirSync(cwd);
  execFileSync("git", ["init", "-q"], { cwd });
  writeFileSync(join(cwd, name), text);
  return { cwd, file: join(cwd, name) };
}

const workflow: unknown = JSON.parse(readFileSync(join(data, "n8n/price-watch/workflow.json"), "utf8"));
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, reversed(inner)]));
};
const read = (name: string, text: string): unknown => parseConfig(text, name.endsWith(".yaml") ? "yaml" : "json");
const indents = ["  ", "    ", "\t", " "];
const jsonFiles = indents.flatMap((indent, i) => [
  { what: `JSON, indent ${i}`, text: `${JSON.stringify(workflow, null, indent)}\n` },
  { what: `JSON, indent ${i}, keys reversed, no last line break`, text: JSON.stringify(reversed(workflow), null, indent) },
  { what: `JSON, indent ${i}, Windows line ends`, text: `${JSON.stringify(workflow, null, indent)}\n`.replaceAll("\n", "\r\n") },
]);
const yaml = (indent: string): string =>
  ["# the shop's agent", "agent: support   # its name", "tools:", `${indent}- get_order   # reads`, "limits:", `${indent}# measured in March`, `${indent}max_turns: 20`, "notes: >", `${indent}keep this`, `${indent}as it is`, ""].join("\n");
const yamlFiles = [
  { what: "YAML, 2 blanks", text: yaml("  ") },
  { what: "YAML, 4 blanks", text: yaml("    ") },
  { what: "YAML, Windows line ends", text: yaml("  ").replaceAll("\n", "\r\n") },
  { what: "YAML, no last line break", text: yaml("  ").replace(/\nnotes[^]*$/, "") },
  { what: "YAML, guards there already", text: `${yaml("  ")}guards:\n  budget:   # EUR\n    max_cost: 3\n` },
  { what: "YAML, a document start", text: `---\n${yaml("  ")}` },
  { what: "YAML, quoted and flow", text: "{agent: 'support', limits: {max_turns: 20}} # one line\n" },
  { what: "YAML, keys in another order", text: "limits:\n  max_turns: 20 # turns\nagent: \"support\"\n" },
];

/** The lines that a diff takes away. */
function removedLines(before: string, after: string): string[] {
  const { stdout } = spawnSync("git", ["diff", "--no-index", "--no-color", "-U0", before, after], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => /^-(?!--)/.test(line));
}

describe("heal --diff, git apply, heal --write, rollback", () => {
  test.each([...jsonFiles.map((file) => ({ ...file, name: "workflow.json", framework: "n8n", run: execution })), ...yamlFiles.map((file) => ({ ...file, name: "agent.yaml", framework: "generic", run: loopRun }))])("$what", ({ text, name, framework, run }) => {
    const { cwd, file } = repository(name, text);
    const args = ["heal", run, "--target", name, "--framework", framework];
    const shown = agentmend([...args, "--diff"], { cwd });
    expect(shown.err).toBe("");
    expect(shown.out).toContain("@@");
    expect(readFileSync(file, "utf8")).toBe(text);

    execFileSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd, input: shown.out });
    const byGit = readFileSync(file, "utf8");
    writeFileSync(file, text);
    const written = agentmend([...args, "--write"], { cwd });
    expect(written.err).toBe("");
    const healed = readFileSync(file, "utf8");
    expect(healed).toBe(byGit);
    expect(canonicalExact(read(name, healed))).not.toBe(canonicalExact(read(name, text)));

    // Lines that had to change: a comma behind a last member, the one connection that is led elsewhere.
    const before = join(cwd, "before");
    writeFileSync(before, text);
    expect(removedLines(before, file).length).toBeLessThanOrEqual(4);
    for (const comment of text.match(/#.*$/gm) ?? []) expect(healed).toContain(comment.trim());

    const back = agentmend(["rollback", `${name}.agentmend.json`], { cwd });
    expect(back.err).toBe("");
    expect(back.status).toBe(0);
    expect(canonicalExact(read(name, readFileSync(file, "utf8")))).toBe(canonicalExact(read(name, text)));
  });
});

test("a config changed since, where the fix had changed it, is left alone", () => {
  const { cwd, file } = repository("workflow.json", JSON.stringify(workflow, null, 2));
  agentmend(["heal", execution, "--target", "workflow.json", "--framework", "n8n", "--write"], { cwd });
  const edited = readFileSync(file, "utf8").replace("continueErrorOutput", "continueRegularOutput");
  writeFileSync(file, edited);
  const back = agentmend(["rollback", "workflow.json.agentmend.json"], { cwd });
  expect(back.status).toBe(2);
  expect(back.err).toMatch(/^agentmend: .*workflow\.json: rollback_conflict at .+\n$/);
  expect(readFileSync(file, "utf8")).toBe(edited);
});

test("a second heal --write does not overwrite the record of the first", () => {
  const { cwd } = repository("workflow.json", JSON.stringify(workflow, null, 2));
  copyFileSync(execution, join(cwd, "execution.json"));
  writeFileSync(join(cwd, "workflow.json.agentmend.json"), "{}");
  const again = agentmend(["heal", execution, "--target", "workflow.json", "--framework", "n8n", "--write"], { cwd });
  expect(again.status).toBe(2);
  expect(again.err).toContain("record_exists");
  expect(readFileSync(join(cwd, "workflow.json"), "utf8")).toBe(JSON.stringify(workflow, null, 2));
  expect(readdirSync(cwd).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("an injection is escalated with its evidence and not applied", () => {
  const { cwd, file } = repository("agent.yaml", yaml("  "));
  const healed = agentmend(["heal", chat, "--target", "agent.yaml", "--json", "--write"], { cwd });
  expect(healed.status).toBe(1);
  const documents = JSON.parse(healed.out) as { schema: string; detector: string; state?: string; risk?: string }[];
  expect(documents.find(({ detector }) => detector === "injection")).toMatchObject({ state: "awaiting_approval", risk: "dangerous" });
  expect(documents.find(({ detector }) => detector === "approval_bypass")?.schema).toBe("agentmend.governance-case/1");
  expect(readFileSync(file, "utf8")).toBe(yaml("  "));
});

test("every document that heal --json and rollback --json print fits its schema", () => {
  const { cwd } = repository("workflow.json", JSON.stringify(workflow, null, 2));
  const n8n = agentmend(["heal", execution, "--target", "workflow.json", "--framework", "n8n", "--write", "--json"], { cwd });
  const rolled = agentmend(["rollback", "workflow.json.agentmend.json", "--json"], { cwd });
  const escalated = agentmend(["heal", chat, "--json"], { cwd });
  const documents = [n8n, rolled, escalated].flatMap(({ out }) => JSON.parse(out) as { schema: string }[]);
  expect(documents.length).toBeGreaterThanOrEqual(4);
  for (const document of documents) {
    const name = document.schema.replace(/^agentmend\.(.*)\/1$/, "$1");
    expect(validate(name, document), name).toEqual([]);
  }
});
