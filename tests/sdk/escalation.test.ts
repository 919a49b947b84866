// The client side of an escalation, against the real endpoint on this machine.
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "vitest";

import { folderOutbox } from "../../node/outbox-folder.js";
import type { DeskParts } from "../../sdk/src/escalation/desk.js";
import { memoryOutbox, mostItems, type OutboxStore } from "../../sdk/src/escalation/outbox.js";
import { carryOn } from "../../sdk/src/intervention.js";
import type { ApprovalDecision } from "../../sdk/src/wire.js";
import { escalation, type Endpoint } from "../approval/endpoint.js";
import { bodies, cards, client, decide, endpoint, folder, held, refusal, undo, type Client } from "./desks.js";

afterEach(undo);

describe("a held call", () => {
  test("becomes one card, is approved, and is let through once", async () => {
    const at = await endpoint();
    const { desk, told } = await client(at.url, at.agent, { decisionKey: at.decisionKey });

    const first = desk.settle(held, bodies(escalation()));
    const again = desk.settle(held, bodies(escalation()));
    expect(first.approval).toMatchObject({ delivery: "queued", url: null });
    expect(again.approval?.id).toBe(first.approval?.id);
    const waiting = desk.waitForDecision(first.approval?.id ?? "");
    expect(await desk.flush(5000)).toBe(true);
    const sent = desk.settle(held, bodies(escalation())).approval;
    expect(sent).toMatchObject({ delivery: "sent", url: `${at.url}/a/${sent?.id}` });
    expect(await cards(at)).toHaveLength(1);
    await decide(at, sent?.id ?? "", "approved");
    const decision = (await waiting) as ApprovalDecision;

    expect(decision.decision).toBe("approved");
    expect(await Promise.all([desk.resume(decision), desk.resume(decision)])).toEqual([
      { granted: true, status: "approved", reason: null },
      { granted: true, status: "approved", reason: null },
    ]);
    const { binding } = escalation();
    expect(told).toEqual([{ type: "grant", ...binding, expires_at_ms: decision.expires_at_ms }]);
    // The same call later is a new question.
    expect(await refusal(desk.resume(decision))).toMatchObject({ code: "binding_mismatch" });
    expect(desk.settle(held, bodies(escalation())).approval?.id).not.toBe(sent?.id);
  });

  test("is told as refused when a person says no, and gets no second card", async () => {
    const at = await endpoint();
    const { desk, told } = await client(at.url, at.agent);
    const { approval } = desk.settle(held, bodies(escalation()));
    await desk.flush(5000);
    const [card] = await cards(at);
    await decide(at, card?.["id"], "rejected");

    const decision = (await desk.waitForDecision(approval?.id ?? "")) as ApprovalDecision;
    expect(await desk.resume(decision)).toEqual({ granted: false, status: "rejected", reason: "rejected" });

    expect(told).toEqual([{ type: "refusal", ...escalation().binding }]);
    desk.settle(held, bodies(escalation()));
    await desk.flush(5000);
    expect(await cards(at)).toHaveLength(1);
  });

  test("runs with the arguments that a person wrote instead", async () => {
    const at = await endpoint();
    const { desk, told } = await client(at.url, at.agent, { policy: { schema: "agentmend.policy/1", rev: "default", approval: { allow_edit: true } }, decisionKey: at.decisionKey });
    const { approval } = desk.settle(held, bodies(escalation()));
    await desk.flush(5000);
    const [card] = await cards(at);
    const edited_args = { invoice: "INV-9", amount_cents: 100 };
    expect((await decide(at, card?.["id"], "edited", { edited_args })).status).toBe(200);

    const decision = (await desk.waitForDecision(approval?.id ?? "")) as ApprovalDecision;

    expect(await desk.resume(decision)).toEqual({ granted: true, status: "edited", reason: null, editedArgs: edited_args });
    expect(told[0]).toMatchObject({ type: "grant", args: escalation().binding.args, edited_args });
  });

  test("stays held when nobody decides in time", async () => {
    const at = await endpoint();
    const { desk, told } = await client(at.url, at.agent);
    const { approval } = desk.settle(held, bodies(escalation()));

    expect(await desk.waitForDecision(approval?.id ?? "", { timeoutMs: 50 })).toBeNull();
    const aborting = AbortSignal.abort(new Error("the run was stopped"));
    await expect(desk.waitForDecision(approval?.id ?? "", { signal: aborting })).rejects.toThrow("the run was stopped");
    expect(told).toEqual([]);
  });

  test("is refused when the card expires", async () => {
    const at = await endpoint();
    const { desk, told } = await client(at.url, at.agent);
    const { approval } = desk.settle(held, bodies(escalation()));
    await desk.flush(5000);
    at.clock.now += 25 * 3_600_000;

    const decision = await desk.waitForDecision(approval?.id ?? "");

    expect(decision?.decision).toBe("expired");
    expect(await desk.resume(decision as ApprovalDecision)).toMatchObject({ granted: false });
    expect(told.map(({ type }) => type)).toEqual(["refusal"]);
  });

  test("is not granted before its run is there to take it", async () => {
    const at = await endpoint();
    let isOpen = false;
    const { desk, told } = await client(at.url, at.agent, { isOpen: () => isOpen });
    const { approval } = desk.settle(held, bodies(escalation()));
    await desk.flush(5000);
    await decide(at, (await cards(at))[0]?.["id"], "approved");
    const decision = (await desk.waitForDecision(approval?.id ?? "")) as ApprovalDecision;

    expect(await refusal(desk.resume(decision))).toEqual({ code: "unknown_run", at: "/run_id" });
    isOpen = true;

    expect(await desk.resume(decision)).toMatchObject({ granted: true });
    expect(told).toHaveLength(1);
  });
});

describe("what is kept", () => {
  test("of a run is its refusals, until it has ended", async () => {
    const at = await endpoint();
    const path = folder();
    const { desk } = await client(at.url, at.agent, { store: folderOutbox(path) });
    const { approval } = desk.settle(held, bodies(escalation()));
    desk.settle(held, bodies(escalation("governance", ({ binding }) => void (binding.args = { invoice: "INV-10" }))));
    await desk.flush(5000);
    const ours = (await cards(at)).find(({ binding_hash }) => binding_hash === escalation().binding_hash);
    await decide(at, ours?.["id"], "rejected");
    await desk.resume((await desk.waitForDecision(approval?.id ?? "")) as ApprovalDecision);
    desk.dispose();

    // Another process of the same run finds the refusal again.
    const { desk: other, told } = await client(at.url, at.agent, { store: folderOutbox(path) });
    const again = other.settle(held, bodies(escalation())).approval;
    await other.resume((await other.waitForDecision(again?.id ?? "")) as ApprovalDecision);
    expect(told.map(({ type }) => type)).toEqual(["refusal"]);
    expect(await cards(at)).toHaveLength(2);
    other.runEnded(escalation().binding.run_id ?? "");

    expect(await folderOutbox(path).due(Infinity)).toEqual([expect.objectContaining({ body: expect.objectContaining({ binding: expect.objectContaining({ args: { invoice: "INV-10" } }) }) })]);
  });
});

describe("decisions that do not count", () => {
  async function approved(parts: Partial<DeskParts> & { signed?: boolean } = {}): Promise<{ at: Endpoint; decision: ApprovalDecision } & Client> {
    const at = await endpoint();
    const made = await client(at.url, at.agent, { ...(parts.signed === false ? {} : { decisionKey: at.decisionKey }), ...parts });
    const { approval } = made.desk.settle(held, bodies(escalation()));
    await made.desk.flush(5000);
    await decide(at, (await cards(at))[0]?.["id"], "approved");
    return { at, ...made, decision: (await made.desk.waitForDecision(approval?.id ?? "")) as ApprovalDecision };
  }

  test.each<[string, Partial<ApprovalDecision>, string]>([
    ["Attack_26_ApprovalForAnotherCall", { binding_hash: "0".repeat(64) }, "bad_signature"],
    ["Attack_26_ApprovalOfAnotherTenant", { tenant: "other" }, "bad_signature"],
    ["Attack_27_ApproverSwappedInTransit", { decided_by: [{ principal: "user:eve@acme.example", auth: "session", at_ms: 1 }] }, "bad_signature"],
    ["Attack_27_OtherKeyId", { kid: "0123456789abcdef" }, "bad_signature"],
    ["Attack_28_ExpiryMoved", { expires_at_ms: 1_895_000_000_000 }, "bad_signature"],
  ])("%s is refused by the signature", async (_, change, code) => {
    const { desk, told, decision } = await approved();

    expect(await refusal(desk.resume({ ...decision, ...change }))).toMatchObject({ code });
    expect(told).toEqual([]);
  });

  test.each<[string, Partial<ApprovalDecision>, string]>([
    ["another call", { binding_hash: "0".repeat(64) }, "binding_mismatch"],
    ["another tenant", { tenant: "other" }, "binding_mismatch"],
    ["a card that is not ours", { escalation_id: "esc_other" }, "binding_mismatch"],
    ["nobody", { decided_by: [] }, "missing_field"],
    ["somebody with a link", { decided_by: [{ principal: "user:x", auth: "link-holder", at_ms: 1 }] }, "approver_not_allowed"],
    ["who asked", { decided_by: [{ principal: escalation().requester.principal, auth: "session", at_ms: 1 }] }, "self_approval"],
    ["the past", { expires_at_ms: 1_795_000_000_000 }, "expired"],
    ["other arguments than were hashed", { decision: "edited", edited_args: { amount_cents: 1 }, edited_binding_hash: "1".repeat(64) }, "binding_mismatch"],
    ["a document that is none", { schema: "agentmend.report/1" as never }, "invalid_input"],
    ["half a document", { kid: undefined as never }, "missing_field"],
  ])("a decision of or for %s is refused without a signature too", async (_, change, code) => {
    const { desk, told, decision } = await approved({ signed: false });

    expect(await refusal(desk.resume({ ...decision, ...change }))).toMatchObject({ code });
    expect(told).toEqual([]);
  });

  test("one person is not four eyes", async () => {
    const at = await endpoint();
    const { desk, told } = await client(at.url, at.agent, { policy: { schema: "agentmend.policy/1", rev: "default", approval: { four_eyes: ["governance"] } } });
    const { approval } = desk.settle(held, bodies(escalation()));
    await desk.flush(5000);
    await decide(at, (await cards(at))[0]?.["id"], "approved");

    expect(await refusal(desk.waitForDecision(approval?.id ?? ""))).toMatchObject({ code: "four_eyes_missing" });
    expect(told).toEqual([]);
  });

  test("Attack_25_AnApprovalIsUsedOnceAcrossProcesses", async () => {
    const at = await endpoint();
    const one = await client(at.url, at.agent);
    const other = await client(at.url, at.agent);
    const waits = [one, other].map(({ desk }) => desk.waitForDecision(desk.settle(held, bodies(escalation())).approval?.id ?? ""));
    await Promise.all([one, other].map(({ desk }) => desk.flush(5000)));
    expect(await cards(at)).toHaveLength(1);
    await decide(at, (await cards(at))[0]?.["id"], "approved");
    const decisions = (await Promise.all(waits)) as ApprovalDecision[];

    const [first, second] = await Promise.all([one.desk.resume(decisions[0] as ApprovalDecision), other.desk.resume(decisions[1] as ApprovalDecision)]);

    expect([first?.granted, second?.granted].filter(Boolean)).toHaveLength(1);
    expect([first?.reason, second?.reason]).toContain("already_consumed");
    expect(one.told.length + other.told.length).toBe(1);
  });
});

describe("the outbox", () => {
  const broken: OutboxStore = {
    durable: true,
    put: () => {
      throw new Error("disk full");
    },
    due: () => [],
    done: () => undefined,
    fail: () => undefined,
  };

  test("that cannot keep a question blocks the call", async () => {
    const { desk, errors } = await client("http://127.0.0.1:9", "t", { store: broken });

    expect(desk.settle(held, bodies(escalation()))).toMatchObject({ decision: "block", approval: { delivery: "failed", url: null } });
    expect(errors.map(({ message }) => message)).toEqual(["disk full"]);
    expect(desk.settle({ ...carryOn }, bodies(escalation())).decision).toBe("allow");
  });

  test("that is full refuses the next question loudly", async () => {
    const store = memoryOutbox();
    const item = { key: "", run_id: "r", binding_hash: "h", body: escalation(), queued_at_ms: 0, expires_at_ms: 9e15, attempts: 0, next_at_ms: 0, escalation: null };
    for (let i = 0; i < mostItems; i += 1) void store.put({ ...item, key: `k${i}` });

    expect(() => store.put({ ...item, key: "one more" })).toThrow(expect.objectContaining({ code: "outbox_full" }));
    void store.put({ ...item, key: "k1" });
    void store.done("k2");
    void store.put({ ...item, key: "one more" });
  });

  test("in a folder is private, survives a foreign file, and holds no half of an item", async () => {
    const path = join(folder(), "made", "here");
    const store = folderOutbox(path);
    const item = { key: "a/../../b", run_id: "r", binding_hash: "h", body: escalation(), queued_at_ms: 2, expires_at_ms: 9e15, attempts: 0, next_at_ms: 0, escalation: null };
    void store.put(item);
    void store.put({ ...item, key: "other", queued_at_ms: 1, next_at_ms: 50 });
    writeFileSync(join(path, "foreign.json"), '{"key": 7');

    const [name] = readdirSync(path).filter((file) => file.endsWith(".json"));
    expect(statSync(join(path, name ?? "")).mode & 0o777).toBe(0o600);
    expect((await store.due(49)).map(({ key }) => key)).toEqual(["a/../../b"]);
    expect((await folderOutbox(path).due(Infinity)).map(({ key }) => key)).toEqual(["other", "a/../../b"]);
    expect(readdirSync(path).some((file) => file.endsWith(".unreadable"))).toBe(true);
    expect(readdirSync(path).some((file) => file.endsWith(".tmp"))).toBe(false);
    void store.done("a/../../b");
    expect(await store.due(Infinity)).toHaveLength(1);
  });
});
