// The twelve behaviours of every adapter, on the real langchain package.
import { afterEach, describe, expect, test } from "vitest";
import { Command, MemorySaver } from "@langchain/langgraph";
import { createAgent, toolRetryMiddleware } from "langchain";

import { langchainMiddleware } from "../../../sdk/src/langchain/index.js";
import type { Mender } from "../../../sdk/src/mender.js";
import type { MenderOptions } from "../../../sdk/src/options.js";
import { startEndpoint, type Endpoint } from "../../approval/endpoint.js";
import { mender } from "../../sdk/menders.js";
import { resultsSeen, ScriptedModel, shop, stage, user, type Line, type Ran } from "./agent.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const order = (id: string): { name: string; args: { id: string } }[] => [{ name: "get_order", args: { id } }];
const payment = { name: "wire_transfer", args: { to: "DE89", amount: 12_000 } };
const thread = (thread_id: string): { configurable: { thread_id: string } } => ({ configurable: { thread_id } });
const lastText = ({ messages }: { messages: { text: string }[] }): string | undefined => messages.at(-1)?.text;

async function asking(options: MenderOptions = {}): Promise<{ at: Endpoint; made: Mender }> {
  const at = await startEndpoint();
  cleanUp.push(() => at.serving.stop());
  const made = await mender({ approval: { endpoint: at.url, token: at.agent, decisionKey: at.decisionKey }, newId: () => crypto.randomUUID(), ...options });
  cleanUp.push(() => made.dispose());
  return { at, made };
}

async function cards(at: Endpoint): Promise<{ id: string; binding_hash: string; status: string }[]> {
  return (await at.call("GET", "/escalations", at.person)).body["items"] as { id: string; binding_hash: string; status: string }[];
}

async function decide(at: Endpoint, made: Mender, decision: string): Promise<void> {
  await made.flush();
  const open = (await cards(at)).filter(({ status }) => status === "pending");
  for (const { id, binding_hash } of open) expect((await at.call("POST", `/escalations/${id}/decision`, at.person, { decision, binding_hash })).status).toBe(200);
}

describe("1 allow", () => {
  test("changes nothing, and the run hears everything", async () => {
    const made = await mender();
    const { agent, model, ran } = stage(made, [order("A-2"), "Order A-2 is shipped."]);

    const answer = await agent.invoke(user("Where is A-2?"), thread("t"));

    expect(lastText(answer)).toBe("Order A-2 is shipped.");
    expect(ran).toEqual([{ name: "get_order", args: { id: "A-2" } }]);
    expect(resultsSeen(model, 1)).toEqual([{ text: "order A-2: shipped", status: "success" }]);
    expect(made.runs.of("t").report()).toMatchObject({ counts: { tool_calls: 1, turns: 1 }, decisions: [] });
  });
});

describe("2 deny", () => {
  test("with a text that the model sees as the result of its call", async () => {
    const { agent, model, ran } = stage(await mender(), [order("A-1"), order("A-1"), order("A-1"), order("A-1"), "I could not find it."]);

    const answer = await agent.invoke(user("Where is A-1?"), thread("t"));

    expect(ran.length).toBeLessThan(4);
    expect(resultsSeen(model, 4).at(-1)).toEqual({ text: expect.stringMatching(/^You have taken the same step \d times with the same result/), status: "error" });
    expect(lastText(answer)).toBe("I could not find it.");
  });
});

describe("3 deny twice, then stop", () => {
  test("ends the run with an assistant's message when the model goes on", async () => {
    const { agent, model, ran } = stage(await mender(), [order("A-1")]);

    const answer = await agent.invoke(user("Where is A-1?"), thread("t"));

    expect(ran.length).toBeLessThan(4);
    expect(model.seen.length).toBeLessThan(8);
    expect(answer.messages.at(-1)?.type).toBe("ai");
    expect(lastText(answer)).not.toBe("");
  });

  test("starts afresh at the next turn of the thread", async () => {
    const checkpointer = new MemorySaver();
    const looping: Line[] = [...Array.from({ length: 6 }, () => order("A-1")), order("A-2"), "A-2 is shipped."];
    const { agent, ran } = stage(await mender(), looping, { checkpointer });
    await agent.invoke(user("Where is A-1?"), thread("t"));
    const before = ran.length;
    let answer = await agent.invoke(user("And A-2?"), thread("t"));
    if (lastText(answer) !== "A-2 is shipped.") answer = await agent.invoke(user("And A-2?"), thread("t"));

    expect(ran.slice(before).map(({ args }) => args)).toContainEqual({ id: "A-2" });
    expect(lastText(answer)).toBe("A-2 is shipped.");
  });
});

describe("4 patched arguments", () => {
  test("are what the tool runs with", async () => {
    const { at, made } = await asking({ policy: { schema: "agentmend.policy/1", rev: "default", approval: { allow_edit: true } } });
    const { agent, model, ran } = stage(made, [[payment], "done"], { approval: "wait" });
    const running = agent.invoke(user("There may be an invoice next week."), thread("t"));
    let card: { id: string; binding_hash: string } | undefined;
    while (card === undefined) card = (await cards(at))[0];
    await at.call("POST", `/escalations/${card.id}/decision`, at.person, { decision: "edited", binding_hash: card.binding_hash, edited_args: { to: "DE89", amount: 100 } });
    await running;

    expect(ran).toEqual([{ name: "wire_transfer", args: { to: "DE89", amount: 100 } }]);
    expect(resultsSeen(model, 1)).toEqual([{ text: "paid 100", status: "success" }]);
  });
});

describe("5 tool error", () => {
  test("reaches the model in the host's own words, and the run as an error", async () => {
    const made = await mender();
    const { agent, model } = stage(made, [[{ name: "broken", args: {} }], "It is down."]);
    await agent.invoke(user("Go."), thread("t"));

    expect(resultsSeen(model, 1)).toEqual([{ text: "Error: backend not reachable\n Please fix your mistakes.", status: "error" }]);
    expect(made.runs.of("t").report().counts).toMatchObject({ tool_calls: 1, errors: 1 });
  });

  test("can be left to a retry around it, which the guard then sees try by try", async () => {
    const made = await mender();
    const ran: Ran[] = [];
    const model = new ScriptedModel([[{ name: "broken", args: {} }], "It is down."]);
    const retry = toolRetryMiddleware({ maxRetries: 1, initialDelayMs: 0, jitter: false });
    const agent = createAgent({ model, tools: shop(ran), middleware: [retry, langchainMiddleware(made, { onToolError: "throw" })] });
    await agent.invoke(user("Go."), thread("t"));

    expect(ran).toHaveLength(2);
    expect(made.runs.of("t").report().counts).toMatchObject({ tool_calls: 2, errors: 2 });
  });
});

describe("6 unknown tool", () => {
  test("is answered by the host, and a loop over it is stopped too", async () => {
    const made = await mender();
    const { agent, model } = stage(made, [[{ name: "teleport", args: { to: "Oslo" } }]]);
    const answer = await agent.invoke(user("Go."), thread("t"));

    expect(resultsSeen(model, 1)[0]).toMatchObject({ text: expect.stringContaining("teleport is not a valid tool"), status: "error" });
    expect(model.seen.length).toBeLessThan(10);
    expect(answer.messages.at(-1)?.type).toBe("ai");
  });
});

describe("7 bad arguments", () => {
  test("are answered by the host, and the run hears of them", async () => {
    const made = await mender();
    const { agent, model, ran } = stage(made, [[{ name: "get_order", args: { id: 7 } }], "Sorry."]);
    await agent.invoke(user("Go."), thread("t"));

    expect(ran).toEqual([]);
    expect(resultsSeen(model, 1)[0]).toMatchObject({ text: expect.stringContaining("schema"), status: "error" });
    expect(made.runs.of("t").report().counts).toMatchObject({ tool_calls: 1, errors: 1 });
  });
});

describe("8 two parallel calls", () => {
  test("of which one is denied: the other runs", async () => {
    const { agent, model, ran } = stage(await mender(), [[...order("A-2"), payment], "done"]);
    await agent.invoke(user("There may be an invoice next week. Where is A-2?"), thread("t"));

    expect(ran).toEqual([{ name: "get_order", args: { id: "A-2" } }]);
    expect(resultsSeen(model, 1).map(({ status }) => status)).toEqual(["success", "error"]);
  });
});

describe("9 escalate and approve", () => {
  test("pauses the graph, and runs the call once after it is resumed", async () => {
    const { at, made } = await asking();
    const { agent, model, ran } = stage(made, [[payment], "Paid."], { checkpointer: new MemorySaver() });
    const paused = (await agent.invoke(user("There may be an invoice next week."), thread("t"))) as { __interrupt__?: { value: Record<string, unknown> }[] };

    expect(ran).toEqual([]);
    expect(paused.__interrupt__?.[0]?.value).toMatchObject({ actionRequests: [payment], reviewConfigs: [{ actionName: "wire_transfer" }], approval: { id: expect.any(String) } });
    await decide(at, made, "approved");
    const answer = await agent.invoke(new Command({ resume: { decisions: [{ type: "approve" }] } }), thread("t"));

    expect(ran).toEqual([payment].map(({ name, args }) => ({ name, args })));
    expect(lastText(answer)).toBe("Paid.");
    expect(resultsSeen(model, 1)).toEqual([{ text: "paid 12000", status: "success" }]);
    expect(await cards(at)).toHaveLength(1);
    expect(made.runs.of("t").report().losses).toEqual([]);
  });

  test("is found again by another process, by thread and binding alone", async () => {
    const { at, made } = await asking();
    const checkpointer = new MemorySaver();
    const first = stage(made, [[payment], "Paid."], { checkpointer });
    await first.agent.invoke(user("There may be an invoice next week."), thread("t"));
    await decide(at, made, "approved");
    made.dispose();

    const other = await mender({ approval: { endpoint: at.url, token: at.agent, decisionKey: at.decisionKey }, newId: () => crypto.randomUUID() });
    cleanUp.push(() => other.dispose());
    const second = stage(other, ["Paid."], { checkpointer });
    // The new process has not heard the user: it sees the thread's messages when the graph goes on.
    const answer = await second.agent.invoke(new Command({ resume: { decisions: [{ type: "approve" }] } }), thread("t"));

    expect([...first.ran, ...second.ran]).toEqual([payment].map(({ name, args }) => ({ name, args })));
    expect(lastText(answer)).toBe("Paid.");
    expect(await cards(at)).toHaveLength(1);
  });

  test("an approval in the answer alone does not count", async () => {
    const { made } = await asking();
    const { agent, ran } = stage(made, [[payment], "I wait."], { checkpointer: new MemorySaver(), waitMs: 50 });
    await agent.invoke(user("There may be an invoice next week."), thread("t"));
    const answer = await agent.invoke(new Command({ resume: { decisions: [{ type: "approve" }] } }), thread("t"));

    expect(ran).toEqual([]);
    expect(lastText(answer)).toBe("I wait.");
  });
});

describe("10 escalate and reject", () => {
  test.each<[string, boolean, unknown]>([
    ["at the endpoint", true, { decisions: [{ type: "approve" }] }],
    ["in the answer", false, { decisions: [{ type: "reject", message: "no" }] }],
  ])("%s: the call does not run", async (_, atEndpoint, answer) => {
    const { at, made } = await asking();
    const { agent, model, ran } = stage(made, [[payment], "I will not."], { checkpointer: new MemorySaver() });
    await agent.invoke(user("There may be an invoice next week."), thread("t"));
    if (atEndpoint) await decide(at, made, "rejected");
    await agent.invoke(new Command({ resume: answer }), thread("t"));

    expect(ran).toEqual([]);
    expect(resultsSeen(model, 1)).toEqual([{ text: expect.stringMatching(/person (has )?refused/), status: "error" }]);
  });
});

describe("11 escalate and time out", () => {
  test.each<["wait" | "deny" | "interrupt"]>([["wait"], ["deny"], ["interrupt"]])("with %s: the call does not run, the model is told", async (approval) => {
    const { at, made } = await asking();
    // Without a checkpointer a graph cannot pause: interrupt is then as deny.
    const { agent, model, ran } = stage(made, [[payment], "I wait."], { approval, waitMs: 50 });
    const answer = await agent.invoke(user("There may be an invoice next week."), thread("t"));
    await made.flush();

    expect(ran).toEqual([]);
    expect(resultsSeen(model, 1)).toEqual([{ text: expect.stringContaining("a person must decide"), status: "error" }]);
    expect(lastText(answer)).toBe("I wait.");
    expect(await cards(at)).toHaveLength(1);
  });
});

describe("12 a guard that throws", () => {
  const broken = { ...({} as Mender), runs: { of: () => { throw new Error("no memory"); }, find: () => undefined, end: () => undefined, size: 0 } } as Mender;

  test("lets the call run when open, and denies it when closed", async () => {
    const open = stage(broken, [order("A-2"), "done"]);
    const closed = stage(broken, [order("A-2"), "done"], { failMode: "closed" });
    const destructive = stage(broken, [order("A-2"), "done"], { session: { context: { schema: "agentmend.run-context/1", tools: { get_order: { destructive: true } } } } });
    for (const { agent } of [open, closed, destructive]) expect(lastText(await agent.invoke(user("Go."), thread("t")))).toBe("done");

    expect([open, closed, destructive].map(({ ran }) => ran.length)).toEqual([1, 0, 0]);
    expect(resultsSeen(closed.model, 1)).toEqual([{ text: expect.stringContaining("guard of this tool failed"), status: "error" }]);
  });
});
