import { afterEach, describe, expect, test } from "vitest";

import { guardTool, HealingDenied, withRun, type Denied } from "../../sdk/src/guard.js";
import type { InterventionAction } from "../../sdk/src/intervention.js";
import type { RunSession } from "../../sdk/src/session.js";
import { startEndpoint, type Endpoint } from "../approval/endpoint.js";
import { mender } from "./menders.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const session = async (): Promise<RunSession> => (await mender()).session({ runId: "run-1" });
const isDenied = (value: unknown): value is Denied => typeof value === "object" && value !== null && (value as Denied).isError === true;

/** A tool that counts how often it really runs. */
function counted<Args extends unknown[], Result>(work: (...args: Args) => Result): { tool: (...args: Args) => Result; ran: () => number } {
  let runs = 0;
  const tool = (...args: Args): Result => {
    runs += 1;
    return work(...args);
  };
  return { tool, ran: () => runs };
}

describe("guardTool", () => {
  test("runs what is allowed, and keeps name, length, this, and what is synchronous", async () => {
    const run = await session();
    const shop = {
      rate: 2,
      price(this: { rate: number }, amount: number, tax: number): number {
        return amount * this.rate + tax;
      },
    };
    const guarded = { rate: 2, price: guardTool(shop.price as (amount: number, tax: number) => number, { run }) };

    expect(guarded.price(10, 1)).toBe(21);
    expect([guarded.price.name, guarded.price.length]).toEqual(["price", 2]);
    expect(run.report().counts).toMatchObject({ tool_calls: 1, errors: 0 });
  });

  test("gives the model a text instead of the fourth equal call, then ends the run", async () => {
    const { tool, ran } = counted(async (_: { id: string }) => Promise.resolve("not found"));
    const search = guardTool(tool, { run: await session(), name: "search" });

    const results: unknown[] = [];
    for (let i = 0; i < 7; i += 1) results.push(await search({ id: "A-1" }));

    expect(ran()).toBe(3);
    expect(results[3]).toMatchObject({ isError: true, healing: { decision: "retry_with_fix", endRun: false } });
    expect((results[3] as Denied).healing.message).toMatch(/^You have taken the same step 4 times/);
    expect(results[6]).toMatchObject({ isError: true, healing: { decision: "block", endRun: true } });
  });

  test("throws what a host wants to be thrown", async () => {
    const search = guardTool(() => "not found", { run: await session(), name: "search", onDeny: "throw" });
    for (let i = 0; i < 3; i += 1) search();

    expect(() => search()).toThrow(HealingDenied);
    try {
      search();
    } catch (error) {
      expect((error as HealingDenied).decision.decision).toBe("retry_with_fix");
    }
  });

  test("counts calls that have started, so that parallel duplicates are seen", async () => {
    const { tool, ran } = counted(() => new Promise((resolve) => setTimeout(() => resolve("not found"), 5)));
    const search = guardTool(tool, { run: await session(), name: "search" });

    const results = await Promise.all(Array.from({ length: 8 }, () => search()));

    expect(ran()).toBeLessThan(8);
    expect(results.filter(isDenied)).toHaveLength(8 - ran());
  });

  test("keeps concurrent runs apart", async () => {
    const made = await mender();
    const search = guardTool(async (q: string) => Promise.resolve(q), { name: "search" });
    const loop = (id: string): Promise<unknown[]> =>
      withRun(made.session({ runId: id }), async () => {
        const results: unknown[] = [];
        for (let i = 0; i < 2; i += 1) results.push(await search("x"));
        return results;
      });

    expect((await Promise.all([loop("a"), loop("b"), loop("c")])).flat()).toEqual(Array.from({ length: 6 }, () => "x"));
  });

  test("tells the run about errors, and lets them through", async () => {
    const run = await session();
    const fails = guardTool(() => { throw new Error("no route"); }, { run, name: "fails" });
    const rejects = guardTool(() => Promise.reject(new TypeError("no host")), { run, name: "rejects" });

    expect(fails).toThrow("no route");
    await expect(rejects()).rejects.toThrow("no host");
    expect(run.report().counts).toMatchObject({ tool_calls: 2, errors: 2 });
  });

  test("passes a stream on as it is", async () => {
    const stream = guardTool(async function* () { yield 1; yield 2; }, { run: await session(), name: "stream" });
    const seen: number[] = [];
    for await (const item of stream() as AsyncGenerator<number>) seen.push(item);

    expect(seen).toEqual([1, 2]);
  });

  test("takes 10 MB of output, and arguments that JSON does not know", async () => {
    const run = await session();
    const big = guardTool((_: unknown) => "x".repeat(10 << 20), { run, name: "big" });
    const cyclic: Record<string, unknown> = { n: 1n };
    cyclic["self"] = cyclic;

    expect(big(cyclic)).toHaveLength(10 << 20);
    expect(run.report()).toMatchObject({ counts: { tool_calls: 1 }, losses: [] });
  });

  test("shows every decision to onAction, whose own failure changes nothing", async () => {
    const seen: InterventionAction[] = [];
    const search = guardTool(() => "not found", {
      run: await session(),
      name: "search",
      onAction: (action) => {
        seen.push(action);
        throw new Error("the log is full");
      },
    });
    const results = Array.from({ length: 4 }, () => search());

    expect(results[3]).toMatchObject({ isError: true, healing: { decision: "retry_with_fix" } });
    expect(seen.map(({ decision }) => decision)).toEqual(["retry_with_fix"]);
  });
});

describe("a guard that fails", () => {
  const gone = async (): Promise<RunSession> => {
    const run = await session();
    run.dispose();
    return run;
  };

  test.each<[string, () => Promise<RunSession | (() => RunSession | undefined)>]>([
    ["disposed", gone],
    ["missing", async () => Promise.resolve(() => undefined)],
    ["throwing", async () => Promise.resolve(() => { throw new Error("no"); })],
  ])("because its run is %s lets the call run when open, and not when closed", async (_, makeRun) => {
    const run = await makeRun();
    const { tool, ran } = counted(() => "done");

    expect(guardTool(tool, { run, name: "t" })()).toBe("done");
    expect(guardTool(tool, { run, name: "t", failMode: "open", destructive: true })()).toBe("done");
    expect(guardTool(tool, { run, name: "t", destructive: true })()).toMatchObject({ isError: true, healing: { decision: "block" } });
    expect(guardTool(tool, { run, name: "t", failMode: "closed" })()).toMatchObject({ isError: true });
    expect(ran()).toBe(2);
  });

  test("has no run outside of withRun", () => {
    expect(guardTool(() => 1, { name: "t", failMode: "closed" })()).toMatchObject({ isError: true });
    expect(guardTool(() => 1, { name: "t" })()).toBe(1);
  });
});

describe("a call that a person has to decide", () => {
  async function asked(answer: "approved" | "rejected" | null): Promise<{ at: Endpoint; result: unknown; ran: number; again: unknown }> {
    const at = await startEndpoint();
    cleanUp.push(() => at.serving.stop());
    const made = await mender({ approval: { endpoint: at.url, token: at.agent, decisionKey: at.decisionKey }, newId: () => crypto.randomUUID() });
    cleanUp.push(() => made.dispose());
    const run = made.session({ runId: "run-1" });
    run.message({ role: "user", text: "There may be an invoice from the printer next week." });
    const { tool, ran } = counted((payment: { amount: number }) => `paid ${payment.amount}`);
    const pay = guardTool(tool, { run, mender: made, name: "wire_transfer", waitMs: answer === null ? 50 : 10_000 });
    const result = pay({ amount: 12_000 });
    if (answer !== null) {
      await made.flush();
      const [card] = (await at.call("GET", "/escalations", at.person)).body["items"] as { id: string; binding_hash: string }[];
      expect((await at.call("POST", `/escalations/${card?.id}/decision`, at.person, { decision: answer, binding_hash: card?.binding_hash })).status).toBe(200);
    }
    const settled = await result;
    const again = await guardTool(tool, { run, mender: made, name: "wire_transfer" })({ amount: 12_000 });
    return { at, result: settled, ran: ran(), again };
  }

  test("runs once when it is approved", async () => {
    const { result, ran, again } = await asked("approved");

    expect(result).toBe("paid 12000");
    expect(ran).toBe(1);
    expect(again).toMatchObject({ isError: true, healing: { decision: "escalate" } });
  });

  test("does not run when it is rejected, and is not asked for again", async () => {
    const { result, ran, again } = await asked("rejected");

    expect(result).toMatchObject({ isError: true, healing: { decision: "block" } });
    expect(again).toMatchObject({ isError: true, healing: { decision: "block" } });
    expect(ran).toBe(0);
  });

  test("does not run when nobody decides, and tells where to", async () => {
    const { at, result, ran } = await asked(null);

    expect(isDenied(result) && result.healing).toMatchObject({ decision: "escalate" });
    expect(ran).toBe(0);
    expect((result as Denied).healing.approvalUrl === null || (result as Denied).healing.approvalUrl?.startsWith(`${at.url}/a/`)).toBe(true);
  });
});
