// One story across every boundary: an agent's process, the run inside it, the endpoint's process, and a person in Chromium.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { signIn, openBrowser } from "./person.js";
import type { Agent } from "./processes.js";
import { openScene, type Scene } from "./scene.js";

const backend = process.env["AGENTMEND_BACKEND"] === "wasm" ? "wasm" : "native";
const healedOnce = { search_invoices: 3, read_mail: 1 };

let browser: Browser;
let scene: Scene;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.end();
  for (const context of browser.contexts()) await context.close();
});

/** Waits until the agent's card is at the endpoint. */
const asked = (agent: Agent): Promise<unknown> => agent.said(({ sent }) => sent === true);
const types = (trail: string): string[] => trail.split("\n").flatMap((line) => /"type":"([^"]+)"/.exec(line)?.[1] ?? []);
const count = (trail: string, type: string): number => types(trail).filter((found) => found === type).length;

describe("an agent loops, then wants to pay", () => {
  test("the loop is healed in the run, the payment waits for a person in Chromium, and is made once", async () => {
    const agent = scene.agent();
    await asked(agent);

    expect(agent.lines[0]).toEqual({ backend });
    expect(agent.lines.filter(({ decision }) => decision !== undefined)).toMatchObject([
      { decision: "retry_with_fix", detector: "loop", endRun: false, message: expect.stringMatching(/^You have taken the same step 4 times/) },
      { decision: "escalate", detector: "approval_bypass", approval: { url: null, delivery: "queued" } },
    ]);
    expect(scene.executions()).toEqual(healedOnce);
    const person = await signIn(browser, scene.url, scene.keys.person);
    expect(await person.waiting()).toHaveLength(1);
    const card = await person.read();
    expect(card).toContain("wants to call wire_transfer");
    expect(card).toContain('"amount": 12000');
    expect(scene.executions()).toEqual(healedOnce);

    expect(await person.decide("Approve this once")).toContain("Approved");
    expect(await agent.said(({ answer }) => answer !== undefined)).toEqual({ answer: "The invoice is paid.", losses: [] });
    expect(await agent.ended).toBe(0);

    expect(scene.executions()).toEqual({ ...healedOnce, wire_transfer: 1 });
    expect(await scene.cards()).toMatchObject([{ status: "approved", tool: "wire_transfer", run_id: "run-7", consumed_at_ms: expect.any(Number) }]);
  });

  test("a payment that the person refuses is not made, and is not asked for again", async () => {
    const agent = scene.agent();
    await asked(agent);

    await (await signIn(browser, scene.url, scene.keys.person)).decide("Reject");

    expect(await agent.said(({ answer }) => answer !== undefined)).toMatchObject({ answer: "The payment was not made." });
    expect(scene.executions()).toEqual(healedOnce);
    expect(await scene.cards()).toMatchObject([{ status: "rejected" }]);
  });

  test("the agent's own key cannot decide, and neither can a person's key without a sign-in", async () => {
    const agent = scene.agent();
    await asked(agent);
    const [card] = await scene.cards();
    const decide = (key: string) => scene.call("POST", `/escalations/${card?.["id"]}/decision`, key, { decision: "approved", binding_hash: card?.["binding_hash"] });

    expect((await decide(scene.keys.agent)).body).toMatchObject({ status: 403, code: "missing_scope" });
    expect((await decide(scene.keys.person)).body).toMatchObject({ status: 403, code: "approver_not_allowed" });

    expect(await scene.cards()).toMatchObject([{ status: "pending" }]);
    expect(scene.executions()).toEqual(healedOnce);
  });
});

describe("the audit trail of the story", () => {
  test("verifies as exported, and does not when one byte of it was edited", async () => {
    const agent = scene.agent();
    await asked(agent);
    await (await signIn(browser, scene.url, scene.keys.person)).decide("Approve this once");
    await agent.ended;

    const trail = await scene.trail();

    expect(scene.verify(trail)).toMatchObject({ status: 0, out: expect.stringContaining("✓ ok default/default") });
    for (const type of ["escalation.opened", "escalation.decided", "escalation.consumed"]) expect(count(trail, type)).toBe(1);
    const lines = trail.trimEnd().split("\n");
    // One byte of each event: a digit of its time. The first line says what this is, the last one is the head.
    for (let at = 1; at < lines.length - 1; at += 1) {
      const edited = lines.map((line, row) => (row === at ? line.replace(/("at_ms":\d*)(\d)/, (_, before: string, digit: string) => `${before}${(Number(digit) + 1) % 10}`) : line));
      expect(edited[at]).not.toBe(lines[at]);
      expect(edited[at]).toHaveLength(lines[at]?.length ?? 0);
      expect(scene.verify(`${edited.join("\n")}\n`)).toMatchObject({ status: 1, out: expect.stringContaining(`line ${at + 1}  edited`) });
    }
  });
});

describe.each([
  ["with its outbox in a folder", true],
  ["with nothing but run and binding", false],
])("the agent is killed, and started again %s", (_, outbox) => {
  test("before it uses the decision: found again, no second card, paid once", async () => {
    const first = scene.agent({ outbox, hang: "before using the decision" });
    await asked(first);
    await (await signIn(browser, scene.url, scene.keys.person)).decide("Approve this once");
    await first.said(({ hangs }) => hangs === "before using the decision");
    await first.kill();
    expect(scene.executions()["wire_transfer"]).toBeUndefined();

    const second = scene.agent({ outbox });

    expect(await second.said(({ answer }) => answer !== undefined)).toMatchObject({ answer: "The invoice is paid." });
    expect(scene.executions()["wire_transfer"]).toBe(1);
    expect(await scene.cards()).toMatchObject([{ status: "approved", consumed_at_ms: expect.any(Number) }]);
  });

  test.each([
    ["after it used the decision, before the tool ran", "after using the decision", undefined],
    ["after the tool ran, before it heard so", "after paying", 1],
  ] as const)("%s: not a second time without being asked again", async (_what, hang, paid) => {
    const first = scene.agent({ outbox, hang });
    await asked(first);
    const person = await signIn(browser, scene.url, scene.keys.person);
    await person.decide("Approve this once");
    await first.said(({ hangs }) => hangs === hang);
    await first.kill();

    const second = scene.agent({ outbox });
    await scene.pending();

    expect(scene.executions()["wire_transfer"]).toBe(paid);
    expect((await scene.cards()).map(({ status }) => status)).toEqual(["pending", "approved"]);
    // Only a person can know whether the payment went out; the card says that there was one before.
    expect(await person.read()).toContain("Exactly this was approved before and used");
    await person.decide(paid === 1 ? "Reject" : "Approve this once");
    await second.said(({ answer }) => answer !== undefined);
    expect(scene.executions()["wire_transfer"]).toBe(1);
    const trail = await scene.trail();
    expect(scene.verify(trail).status).toBe(0);
    expect(count(trail, "escalation.consumed")).toBe(paid === 1 ? 1 : 2);
  });
});

describe("the endpoint is killed during an escalation, and started again", () => {
  test("while the agent waits for the decision: nothing is lost, no second card", async () => {
    const agent = scene.agent();
    await asked(agent);
    const before = await scene.cards();

    await scene.killEndpoint();
    await scene.startEndpoint();

    expect(await scene.cards()).toEqual(before.map((card) => ({ ...card, server_time_ms: expect.any(Number) })));
    await (await signIn(browser, scene.url, scene.keys.person)).decide("Approve this once");
    expect(await agent.said(({ answer }) => answer !== undefined)).toMatchObject({ answer: "The invoice is paid." });
    expect(scene.executions()["wire_transfer"]).toBe(1);
    expect(await scene.cards()).toHaveLength(1);
    const trail = await scene.trail();
    expect(scene.verify(trail).status).toBe(0);
    expect(count(trail, "escalation.opened")).toBe(1);
  });

  test("when it has written the card and its answer is lost: the agent asks again, no second card", async () => {
    const agent = scene.agent({ lose: true });
    const { lost } = await agent.said((line) => "lost" in line);
    await scene.killEndpoint();
    await scene.startEndpoint();
    await asked(agent);

    await (await signIn(browser, scene.url, scene.keys.person)).decide("Approve this once");

    expect(await agent.said(({ answer }) => answer !== undefined)).toMatchObject({ answer: "The invoice is paid." });
    expect(await scene.cards()).toMatchObject([{ id: lost["id"], status: "approved" }]);
    expect(count(await scene.trail(), "escalation.opened")).toBe(1);
    expect(scene.executions()["wire_transfer"]).toBe(1);
  });

  test("before it heard of it, and the agent with it: the question is sent by the next process, once", async () => {
    await scene.killEndpoint();
    const first = scene.agent();
    await first.said(({ decision }) => decision === "escalate");
    await first.kill();
    expect(scene.executions()).toEqual(healedOnce);
    await scene.startEndpoint();

    const second = scene.agent();
    await asked(second);

    expect(await scene.cards()).toMatchObject([{ status: "pending" }]);
    await (await signIn(browser, scene.url, scene.keys.person)).decide("Approve this once");
    await second.said(({ answer }) => answer !== undefined);
    expect(scene.executions()["wire_transfer"]).toBe(1);
    expect(await scene.cards()).toHaveLength(1);
  });
});
