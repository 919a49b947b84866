// The commands as people run them: serve as a process of its own, ended by its id; audit verify on what it exports.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { agentmend } from "../cli/run.js";
import { escalation, newKey } from "./endpoint.js";
import { end, endAll, keysOf, startServe, type Served } from "./process.js";

vi.setConfig({ testTimeout: 60_000 });

const key = "07".repeat(32);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agentmend-serve-"));
});
afterEach(endAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (db: string, more?: readonly string[]): Promise<Served> => startServe(db, more, { AGENTMEND_AUDIT_KEY: key });

describe("agentmend serve", () => {
  test("shows keys that work on the first start alone, and keeps its database to its owner", async () => {
    const db = join(folder, "first.db");
    const first = await start(db);
    const { person, agent } = keysOf(first.out);

    expect((await first.call("GET", "/me", person)).body).toMatchObject({ scopes: expect.arrayContaining(["approve", "admin"]) });
    expect((await first.call("GET", "/me", agent)).body).toMatchObject({ principal: "svc:agent", scopes: ["escalate"] });
    expect(statSync(db).mode & 0o077).toBe(0);
    expect(await end(first.child, "SIGTERM")).toBe(0);
    const second = await start(db);
    expect(second.out).not.toContain("amk_");
    expect((await second.call("GET", "/me", agent)).status).toBe(200);
  });

  test("killed during an escalation and started again: nothing lost, no second card, used once", async () => {
    const db = join(folder, "killed.db");
    const first = await start(db);
    const { person, agent } = keysOf(first.out);
    const port = new URL(first.url).port;
    const request = escalation();
    const idempotency = { "Idempotency-Key": newKey() };
    const opened = await first.call("POST", "/escalations", agent, request, idempotency);
    const waiting = first.call("GET", `/escalations/${opened.body["id"]}?wait=55&since_rev=1`, agent).catch((error: unknown) => error);

    await end(first.child, "SIGKILL");

    expect(await waiting).toBeInstanceOf(Error);
    const second = await start(db, ["--port", port]);
    const again = await second.call("POST", "/escalations", agent, request, idempotency);
    expect(again.body).toEqual(opened.body);
    expect((await second.call("POST", "/escalations", agent, request, { "Idempotency-Key": newKey() })).body["id"]).toBe(opened.body["id"]);
    expect((await second.call("GET", "/escalations", person)).body["items"]).toHaveLength(1);
    expect((await second.call("POST", `/escalations/${opened.body["id"]}/reject`, person, { binding_hash: request.binding_hash })).status).toBe(200);

    await end(second.child, "SIGKILL");
    const third = await start(db, ["--port", port]);
    expect((await third.call("GET", `/escalations/${opened.body["id"]}`, agent)).body).toMatchObject({ status: "rejected", rev: 2 });
    const trail = (await third.call("GET", "/audit/export", person)).body["text"] as string;
    writeFileSync(join(folder, "killed.jsonl"), trail);
    expect(agentmend(["audit", "verify", join(folder, "killed.jsonl"), "--key", key])).toMatchObject({ status: 0 });
    expect(trail.split("\n").filter((line) => line.includes('"escalation.opened"'))).toHaveLength(1);
  });

  test("killed while fifty requests come in: each answered one is there, and the chain holds", async () => {
    const db = join(folder, "storm.db");
    const first = await start(db);
    const { person, agent } = keysOf(first.out);
    const answered: string[] = [];
    const storm = Array.from({ length: 50 }, async (_, at) => {
      const answer = await first.call("POST", "/escalations", agent, escalation("governance", (request) => (request.binding.run_id = `storm-${at}`)), { "Idempotency-Key": newKey() }).catch(() => null);
      if (answer?.status !== 201) return;
      answered.push(answer.body["id"]);
      if (answered.length === 10) await end(first.child, "SIGKILL");
    });
    await Promise.all(storm);

    const second = await start(db);

    expect(answered.length).toBeGreaterThanOrEqual(10);
    for (const id of answered) expect((await second.call("GET", `/escalations/${id}`, agent)).status).toBe(200);
    const trail = (await second.call("GET", "/audit/export", person)).body["text"] as string;
    expect(agentmend(["audit", "verify", "-", "--key", key], { input: trail }).status).toBe(0);
  });

  test("two processes on one database decide once", async () => {
    const db = join(folder, "shared.db");
    const first = await start(db);
    const second = await start(db);
    const { person, agent } = keysOf(first.out);
    const request = escalation("fix");
    const { body } = await first.call("POST", "/escalations", agent, request, { "Idempotency-Key": newKey() });
    const waiting = second.call("GET", `/escalations/${body["id"]}?wait=30&since_rev=1`, agent);

    const answers = await Promise.all([first, second].map((server, at) => server.call("POST", `/escalations/${body["id"]}/${at === 0 ? "approve" : "reject"}`, person, { binding_hash: request.binding_hash })));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await waiting).body["rev"]).toBe(2);
  });

  test.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
    ["to listen for the world without https and an audit key", ["--port", "0", "--host", "0.0.0.0"], { AGENTMEND_AUDIT_KEY: key }, "serve_failed"],
    ["a port that is none", ["--port", "http"], {}, "usage"],
    ["an audit key that is none", ["--port", "0"], { AGENTMEND_AUDIT_KEY: "short" }, "audit_key_invalid"],
    ["a database that cannot be opened", ["--port", "0", "--db", "/nonexistent/folder/x.db"], {}, "serve_failed"],
  ])("refuses %s, in one line", (_what, args, env, code) => {
    const ran = agentmend(["serve", "--db", join(folder, "refused.db"), ...args], { env });

    expect(ran.status).toBe(2);
    expect(ran.err.trim().split("\n")).toHaveLength(1);
    expect(ran.err).toContain(code);
  });

  test("where its package is missing says how to install it", () => {
    const alone = mkdtempSync(join(tmpdir(), "agentmend-alone-"));
    try {
      const copy = join(alone, "dist");
      const script = `cp -r ${new URL("../../dist", import.meta.url).pathname} ${copy} && cd ${alone} && echo '{"type":"module"}' > package.json && exec ${process.execPath} dist/cli.js serve`;
      const ran = spawnShell(script);
      expect(ran.status).toBe(2);
      expect(ran.err).toBe("agentmend: not_installed: serve comes from another package. Install it: npm install @agentmend/approval\n");
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });
});

describe("agentmend audit verify", () => {
  let trail: string;
  let head: string;
  beforeAll(async () => {
    const served = await start(join(folder, "trail.db"));
    const { person, agent } = keysOf(served.out);
    for (let at = 0; at < 5; at += 1) await served.call("POST", "/escalations", agent, escalation("fix", (request) => (request.binding.run_id = `run-${at}`)), { "Idempotency-Key": newKey() });
    head = JSON.stringify((await served.call("GET", "/audit/head", person)).body);
    trail = (await served.call("GET", "/audit/export", person)).body["text"] as string;
    await end(served.child, "SIGTERM");
  });
  const verify = (input: string, ...more: string[]) => agentmend(["audit", "verify", "-", ...more], { input, env: { AGENTMEND_AUDIT_KEY: "" } });

  test("says ok, with what could not be known first", () => {
    const ran = verify(trail, "--key", key);

    expect(ran.status).toBe(0);
    expect(ran.out).toMatch(/^warning unanchored.*\n✓ ok default\/default, 8 events \(0 to 7\)/);
    expect(JSON.parse(verify(trail, "--key", key, "--json").out)).toMatchObject({ status: "ok", events: 8, stream: "default/default" });
  });

  test("takes the key from the environment, and an anchor from a file", () => {
    const anchor = join(folder, "anchor.json");
    writeFileSync(anchor, head);
    const file = join(folder, "trail.jsonl");
    writeFileSync(file, trail);

    expect(agentmend(["audit", "verify", file, "--key-env", "MY_KEY", "--anchor", anchor], { env: { MY_KEY: key } })).toMatchObject({ status: 0, out: expect.stringMatching(/^✓ ok/) });
    expect(agentmend(["audit", "verify", file, "--anchor", anchor], { env: { AGENTMEND_AUDIT_KEY: key } }).status).toBe(0);
    const cut = trail.split("\n").filter((_, at) => at < 4);
    expect(verify(cut.join("\n"), "--key", key, "--anchor", anchor).status).toBe(1);
  });

  test.each<[string, (lines: string[]) => string[], number, string]>([
    ["an edit", (lines) => lines.map((line, at) => (at === 4 ? line.replace('"severity":"medium"', '"severity":"low"') : line)), 1, "edited"],
    ["two lines that changed places", (lines) => [...lines.slice(0, 3), lines[4] as string, lines[3] as string, ...lines.slice(5)], 1, "reordered"],
    ["a missing line", (lines) => lines.filter((_, at) => at !== 4), 1, "gap"],
    ["a cut end", (lines) => lines.slice(0, 5), 1, "truncated_tail"],
    ["a cut start", (lines) => [lines[0] as string, ...lines.slice(4)], 1, "truncated_start"],
    ["no export", () => ["hello"], 2, "bad_json"],
    ["nothing", () => [], 2, "bad_json"],
  ])("finds %s", (_what, change, status, code) => {
    const ran = verify(change(trail.trim().split("\n")).join("\n"), "--key", key);

    expect(ran.status).toBe(status);
    expect(ran.out).toContain(code);
  });

  test("tells a wrong key from none", () => {
    expect(verify(trail, "--key", "08".repeat(32))).toMatchObject({ status: 2, out: expect.stringContaining("wrong_key") });
    expect(verify(trail)).toMatchObject({ status: 2, out: expect.stringContaining("unknown_kid") });
  });

  test.each<[string, string[], string]>([
    ["no file", ["audit", "verify"], "usage"],
    ["another verb", ["audit", "check", "x"], "usage"],
    ["a file that is not there", ["audit", "verify", "/nonexistent"], "file_unreadable"],
    ["a key that is none", ["audit", "verify", "-", "--key", "x"], "audit_key_invalid"],
    ["an empty variable", ["audit", "verify", "-", "--key-env", "NOT_SET_ANYWHERE"], "usage"],
    ["a number that is none", ["audit", "verify", "-", "--from", "x"], "usage"],
    ["an anchor that is none", ["audit", "verify", "-", "--anchor", new URL("../../package.json", import.meta.url).pathname], "anchor_invalid"],
  ])("refuses %s, in one line", (_what, args, code) => {
    const ran = agentmend(args);

    expect(ran.status).toBe(2);
    expect(ran.err.trim().split("\n")).toHaveLength(1);
    expect(ran.err).toContain(code);
  });

  test("does not care how long an export is", () => {
    // The trail's own lines, then a very long one: refused, not read into memory.
    const ran = verify(`${trail.split("\n")[0]}\n"${"x".repeat(5_000_000)}"\n`, "--key", key);

    expect(ran.status).toBe(2);
    expect(ran.err).toContain("limit_string");
  });
});

test("the package's README says what runs", async () => {
  const readme = readFileSync(new URL("../../approval/README.md", import.meta.url), "utf8");
  const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const script = join(folder, "readme.mjs");
  const entry = new URL("../../approval/dist/index.js", import.meta.url).href;
  writeFileSync(script, `${code.replace('"@agentmend/approval"', JSON.stringify(entry)).replace("8787", "0").replace('"approvals.db"', JSON.stringify(join(folder, "readme.db")))}\nawait serving.stop();\n`);

  const ran = spawnShell(`exec ${process.execPath} ${script}`);

  expect(ran.err).toBe("");
  expect(ran.status).toBe(0);
  expect(ran.out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n\{\n {2}person: 'amk_/);
});

function spawnShell(script: string): { status: number | null; out: string; err: string } {
  const ran = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  return { status: ran.status, out: ran.stdout, err: ran.stderr };
}
