// The whole way, with nothing played: an agent as a process, the endpoint as a process, a person in Chromium, and kills in between.
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { chromium, type Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { agentmend } from "../cli/run.js";
import { end, endAll, keysOf, run, startServe, type Served } from "./process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const auditKey = "07".repeat(32);
let browser: Browser;
let folder: string;
let served: Served;
let keys: ReturnType<typeof keysOf>;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "agentmend-story-"));
  served = await startServe(join(folder, "approvals.db"), ["--port", "0"], { AGENTMEND_AUDIT_KEY: auditKey });
  keys = keysOf(served.out);
});
afterEach(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

interface Agent {
  child: ChildProcess;
  said: Record<string, unknown>[];
  /** The next thing that it says which has this member. */
  says(member: string): Promise<Record<string, unknown>>;
}

function startAgent(backend: string, ...more: string[]): Agent {
  const child = run([new URL("./agent.mjs", import.meta.url).pathname, served.url, folder, backend, ...more], { AGENTMEND_APPROVAL_TOKEN: keys.agent, AGENTMEND_DECISION_KEY: keys.decision });
  const said: Record<string, unknown>[] = [];
  const waiting: { member: string; resolve: (event: Record<string, unknown>) => void }[] = [];
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    const event = JSON.parse(line) as Record<string, unknown>;
    said.push(event);
    for (const [at, waiter] of [...waiting.entries()].reverse()) if (waiter.member in event) waiting.splice(at, 1)[0]?.resolve(event);
  });
  return {
    child,
    said,
    says: (member) =>
      new Promise((resolve, reject) => {
        const known = said.find((event) => member in event);
        if (known !== undefined) return resolve(known);
        waiting.push({ member, resolve });
        child.once("close", (code) => reject(new Error(`The agent ended with ${code} and never said "${member}": ${errors}${JSON.stringify(said)}`)));
      }),
  };
}

const cards = async (): Promise<Record<string, any>[]> => (await served.call("GET", "/escalations", keys.person)).body["items"] as Record<string, any>[];
const ledger = (): string => (existsSync(join(folder, "ledger")) ? readFileSync(join(folder, "ledger"), "utf8") : "");

async function approveInBrowser(url: string): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("Your key").fill(keys.person);
  await page.getByRole("button", { name: "Sign in" }).click();
  expect(await page.locator("#what pre").textContent()).toContain('"amount_cents": 125000');
  await page.getByLabel("To approve, type send_payment").fill("send_payment");
  await page.getByRole("button", { name: "Approve this once" }).click();
  await page.getByRole("status").waitFor();
  await context.close();
}

async function trailHolds(): Promise<string> {
  const trail = (await served.call("GET", "/audit/export", keys.person)).body["text"] as string;
  expect(agentmend(["audit", "verify", "-", "--key", auditKey], { input: trail })).toMatchObject({ status: 0 });
  return trail;
}

describe.each(["native", "wasm"])("on %s", (backend) => {
  test("a loop is healed in the run; a payment is held, approved by a person, made once", async () => {
    const agent = startAgent(backend);

    expect(await agent.says("looped")).toMatchObject({ decision: "retry_with_fix", fix: "loop_breaker" });
    expect(await agent.says("held")).toMatchObject({ held: "escalate", detector: "approval_bypass" });
    await agent.says("sent");
    const [card] = await cards();
    expect(ledger()).toBe("");
    await approveInBrowser(card?.["approval_url"]);

    expect(await agent.says("granted")).toMatchObject({ granted: true });
    expect(await agent.says("again")).toEqual({ again: "escalate" });
    expect(ledger()).toBe("paid 125000 for INV-9\n");
    const trail = await trailHolds();
    for (const type of ["governance.opened", "escalation.opened", "escalation.decided", "escalation.consumed"]) expect(trail.split(`"type":"${type}"`)).toHaveLength(2);
  });

  test("the agent is killed before it used the approval: started again, it pays once, and nobody is asked twice", async () => {
    const first = startAgent(backend);
    await first.says("sent");
    await end(first.child, "SIGKILL");
    const [card] = await cards();
    await approveInBrowser(card?.["approval_url"]);

    const second = startAgent(backend);

    expect(await second.says("granted")).toMatchObject({ granted: true });
    await second.says("again");
    expect(ledger()).toBe("paid 125000 for INV-9\n");
    expect((await cards()).filter(({ status }) => status === "approved")).toHaveLength(1);
    await trailHolds();
  });

  test("the agent is killed after it used the approval and before the call: the approval is gone, it has to ask again", async () => {
    const first = startAgent(backend, "stop-when-granted");
    await first.says("sent");
    const [card] = await cards();
    await approveInBrowser(card?.["approval_url"]);
    expect(await first.says("granted")).toMatchObject({ granted: true });
    await end(first.child, "SIGKILL");

    const second = startAgent(backend);
    await second.says("sent");

    expect(ledger()).toBe("");
    const all = await cards();
    expect(all.map(({ status }) => status).sort()).toEqual(["approved", "pending"]);
    await approveInBrowser(all.find(({ status }) => status === "pending")?.["approval_url"]);
    expect(await second.says("granted")).toMatchObject({ granted: true });
    await second.says("again");
    expect(ledger()).toBe("paid 125000 for INV-9\n");
    await trailHolds();
  });

  test("the endpoint is killed while a person thinks: nothing is lost, no second card, paid once", async () => {
    const agent = startAgent(backend);
    await agent.says("sent");
    const { port } = new URL(served.url);
    await end(served.child, "SIGKILL");

    served = await startServe(join(folder, "approvals.db"), ["--port", port], { AGENTMEND_AUDIT_KEY: auditKey });
    const [card, ...more] = await cards();
    expect(more).toEqual([]);
    await approveInBrowser(card?.["approval_url"]);

    expect(await agent.says("granted")).toMatchObject({ granted: true });
    await agent.says("again");
    expect(ledger()).toBe("paid 125000 for INV-9\n");
    await trailHolds();
  });

  test("the endpoint is down when the agent asks: the call stays held, the card comes when it is back", async () => {
    const { port } = new URL(served.url);
    await end(served.child, "SIGKILL");
    const agent = startAgent(backend);
    expect(await agent.says("held")).toMatchObject({ held: "escalate" });

    served = await startServe(join(folder, "approvals.db"), ["--port", port], { AGENTMEND_AUDIT_KEY: auditKey });
    await agent.says("sent");
    const [card, ...more] = await cards();
    expect(more).toEqual([]);
    expect((await served.call("POST", `/escalations/${card?.["id"]}/reject`, keys.person, { binding_hash: card?.["binding_hash"] })).status).toBe(200);

    expect(await agent.says("granted")).toEqual({ granted: false, reason: "rejected" });
    await agent.says("again");
    expect(ledger()).toBe("");
    await trailHolds();
  });
});
