import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { AgentmendError } from "../../sdk/src/errors.js";
import type { MenderOptions } from "../../sdk/src/options.js";
import { canonicalExact } from "../../sdk/src/seal.js";
import type { Detection, Policy } from "../../sdk/src/wire.js";
import { backend, mender, startMs } from "./menders.js";
import { validate } from "./schemas.js";

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8"));
const workflow = read("n8n/price-watch/workflow.json");
const execution = read("n8n/price-watch/execution.json");
const injected = read("chat/injected-invoice.json");
const looping = read("chat/looping-orders.json");
const step = [
  { agent_id: "agent", content: 'tool.call: search({"q":"x"})' },
  { agent_id: "agent", content: "tool.result: nothing found" },
];
const loopInput = { states: [...step, ...step, ...step, ...step] };

/** The code and place of what is thrown. */
async function refusal(act: () => unknown): Promise<{ code: string; at: string }> {
  try {
    await act();
  } catch (error) {
    if (error instanceof AgentmendError) return { code: error.code, at: error.at };
    throw error;
  }
  throw new Error("was not refused");
}

describe("createMender", () => {
  test("loads from the built package, and says which binding it took", async () => {
    const { createMender } = (await import(new URL("../../dist/index.js", import.meta.url).href)) as typeof import("../../sdk/src/index.js");

    const made = await createMender({ backend });

    expect(made.backend).toBe(backend);
    expect(made.detectOne("loop", loopInput).detected).toBe(true);
  });

  test.each<[string, MenderOptions, string, string]>([
    ["a mode that is none", { mode: "enforced" as never }, "invalid_input", "/mode"],
    ["a fail mode that is none", { failMode: "shut" as never }, "invalid_input", "/failMode"],
    ["a policy that loosens", { policy: { schema: "agentmend.policy/1", rev: "1", max_auto_risk: "dangerous" as never } }, "policy_invalid", "/max_auto_risk"],
    ["a policy with a key of its own", { policy: { schema: "agentmend.policy/1", rev: "1", allow_governance_auto: true } as unknown as Policy }, "policy_invalid", "/allow_governance_auto"],
    ["a policy that is a class", { policy: new Map() as unknown as Policy }, "unsupported_value", ""],
    ["an endpoint without encryption", { approval: { endpoint: "http://approve.example.com", token: "t" } }, "invalid_input", "/approval/endpoint"],
    ["an endpoint with a key in its address", { approval: { endpoint: "https://me:secret@approve.example.com", token: "t" } }, "invalid_input", "/approval/endpoint"],
    ["an endpoint that is no address", { approval: { endpoint: "approve", token: "t" } }, "invalid_input", "/approval/endpoint"],
    ["an endpoint without a key", { approval: { endpoint: "https://approve.example.com" } }, "missing_field", "/approval/token"],
  ])("refuses %s", async (_, options, code, at) => {
    expect(await refusal(() => mender(options))).toEqual({ code, at });
  });

  test("takes the lowest mode of policy, caller and environment", async () => {
    const policy = (mode: Policy["mode"]): Policy => ({ schema: "agentmend.policy/1", rev: "1", ...(mode === undefined ? {} : { mode }) });

    expect((await mender()).mode).toBe("enforce");
    expect((await mender({ mode: "recommend" })).mode).toBe("recommend");
    expect((await mender({ mode: "enforce" }, { AGENTMEND_MODE: "observe" })).mode).toBe("observe");
    expect((await mender({ mode: "observe" }, { AGENTMEND_MODE: "enforce" })).mode).toBe("observe");
    expect((await mender({ mode: "enforce", policy: policy("recommend") })).mode).toBe("recommend");
    expect(await refusal(() => mender({}, { AGENTMEND_MODE: "observ" }))).toEqual({ code: "invalid_input", at: "/env/AGENTMEND_MODE" });
  });

  test("keeps the policy it was given, whatever becomes of the caller's object", async () => {
    const policy: Policy = { schema: "agentmend.policy/1", rev: "1", max_auto_risk: "none" };
    const made = await mender({ policy });
    policy.max_auto_risk = "medium";

    const { records } = await made.heal({ trace: looping, target: { framework: "generic", config: {} } });

    expect(records.map(({ state }) => state)).not.toContain("applied");
  });

  test("refuses work once it is disposed", async () => {
    const made = await mender();
    const run = made.session();
    made.dispose();

    expect(await refusal(() => made.detect(looping))).toEqual({ code: "disposed", at: "" });
    expect(await refusal(() => made.session())).toEqual({ code: "disposed", at: "" });
    expect(await refusal(() => run.beforeTool({ tool: "search", args: {} }))).toEqual({ code: "disposed", at: "" });
  });
});

describe("detect", () => {
  test.each<[string, unknown]>([
    ["an object", looping],
    ["a text", JSON.stringify(looping)],
    ["bytes", new TextEncoder().encode(JSON.stringify(looping))],
  ])("reads %s", async (_, trace) => {
    const report = (await mender()).detect(trace);

    expect(validate("report", report)).toEqual([]);
    expect(report.detections.map(({ detector }) => detector)).toContain("loop");
  });

  test("reads what belongs together", async () => {
    const report = (await mender()).detect(execution, { alongside: [workflow] });

    expect(report.source.format).toBe("n8n-execution");
    expect(report.detections.map(({ detector }) => detector)).toEqual(["n8n_error"]);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "input_empty"],
    ["an empty text", "", "input_empty"],
    ["a text that is not JSON", "{]", "json_syntax"],
    ["an object that contains itself", cyclic, "unsupported_value"],
    ["a number that JSON does not know", { n: 1n }, "unsupported_value"],
    ["an object that throws when it is read", Object.defineProperty({}, "x", { enumerable: true, get: () => { throw new Error("no"); } }), "unsupported_value"],
    ["a shape that is none of ours", { hello: "world" }, "detect_unknown"],
  ])("answers %s with an error in the report", async (_, trace, code) => {
    const report = (await mender()).detect(trace);

    expect(validate("report", report)).toEqual([]);
    expect(report.error).toMatchObject({ code });
    expect(report.detections).toEqual([]);
  });

  test("throws for a detector that there is not, with its place", async () => {
    const made = await mender();

    expect(await refusal(() => made.detect(looping, { only: ["loop", "Loop"] }))).toEqual({ code: "unknown_detector", at: "/only/1" });
    expect(await refusal(() => made.detectOne("approval-bypass", {}))).toEqual({ code: "unknown_detector", at: "/detector" });
    expect(await refusal(() => made.explain("nothing"))).toMatchObject({ code: "unknown_detector" });
  });
});

describe("detectOne and suggest", () => {
  test("calls back when the detector fired, and only then", async () => {
    const made = await mender();
    const found: Detection[] = [];
    const onDetection = (detection: Detection): void => void found.push(detection);

    const fired = made.detectOne("loop", loopInput, { onDetection, runId: "run-1" });
    made.detectOne("loop", { states: step }, { onDetection });

    expect(validate("detection", fired)).toEqual([]);
    expect(found).toEqual([fired]);
    expect(fired.id).toBe("run-1.d1");
  });

  test("says that an input cannot be used, and does not throw", async () => {
    const made = await mender();

    for (const input of [undefined, null, 7, "x", [], {}, { states: "x" }, cyclicInput()]) expect(["invalid_input", "insufficient_input"]).toContain(made.detectOne("loop", input).status);
  });

  test("suggests fixes of the detector, never for a governance finding", async () => {
    const made = await mender();
    const loop = made.suggest(made.detectOne("loop", loopInput), { framework: "generic", config: {} });
    const bypass = made.detectOne("approval_bypass", { tool_name: "delete_database", tool_input: { name: "orders" }, preceding_context: [{ role: "user", content: "The pages are slow." }] });

    expect(loop.map(({ fix_type }) => fix_type)).toContain("loop_breaker");
    for (const fix of loop) expect(validate("fix-suggestion", fix)).toEqual([]);
    expect(bypass).toMatchObject({ detected: true, governance: true });
    expect(made.suggest(bypass)).toEqual([]);
  });
});

describe("heal and rollback", () => {
  test("applies to a copy, and gives the original back", async () => {
    const made = await mender();
    const before = canonicalExact(workflow);

    const { records, config, report } = await made.heal({ trace: execution, alongside: [workflow], target: { framework: "n8n", config: workflow } });

    expect(report.detections).toHaveLength(1);
    expect(records.map(({ state }) => state)).toEqual(["applied"]);
    expect(canonicalExact(config)).not.toBe(before);
    expect(canonicalExact(workflow)).toBe(before);
    for (const record of records) expect(validate("healing-record", record)).toEqual([]);
    const undone = made.rollback(records[0] as never, config);
    expect(undone.record.state).toBe("rolled_back");
    expect(canonicalExact(undone.config)).toBe(before);
  });

  test("applies nothing in recommend and observe, and nothing that a person has to decide", async () => {
    for (const mode of ["recommend", "observe"] as const) {
      const { records, config } = await (await mender({ mode })).heal({ trace: looping, target: { framework: "generic", config: {} } });
      expect(records.map(({ state }) => state)).not.toContain("applied");
      expect(canonicalExact(config)).toBe("{}");
    }
    const { records, config } = await (await mender()).heal({ trace: injected, target: { framework: "generic", config: {} } });
    expect(records.map(({ state }) => state)).toEqual(["awaiting_approval"]);
    expect(canonicalExact(config)).toBe("{}");
  });

  test("asks the host's own check, and takes the change back when it says no", async () => {
    const made = await mender({ validate: () => ({ ok: false, note: "not on a Friday" }) });

    const { records, config } = await made.heal({ trace: looping, target: { framework: "generic", config: { limits: { max_turns: 20 } } } });

    expect(records.map(({ state }) => state)).toEqual(["rolled_back"]);
    expect(canonicalExact(config)).toBe('{"limits":{"max_turns":20}}');
  });

  test("is limited for each target that has a name: five attempts an hour, and a pause after a roll-back", async () => {
    let now = startMs;
    const made = await mender({ clock: () => now });
    const heal = async (id?: string): Promise<string> => (await made.heal({ trace: looping, target: { framework: "generic", config: {}, id } })).records.map(({ state }) => state).join();

    const attempts: string[] = [];
    for (let i = 0; i < 6; i += 1) attempts.push(await heal("support-bot"));
    expect(attempts.slice(0, 4)).toEqual(["applied", "applied", "applied", "applied"]);
    expect(attempts[5]).not.toBe("applied");
    expect(await heal("other-bot")).toBe("applied");
    for (let i = 0; i < 6; i += 1) expect(await heal()).toBe("applied");
    now += 2 * 3_600_000;
    expect(await heal("support-bot")).toBe("applied");

    const { records, config } = await made.heal({ trace: looping, target: { framework: "generic", config: {}, id: "third-bot" } });
    made.rollback(records[0] as never, config);
    now += 299_000;
    expect(await heal("third-bot")).not.toBe("applied");
    now += 2_000;
    expect(await heal("third-bot")).toBe("applied");
  });

  test("answers a trace that cannot be read with its report", async () => {
    const { records, report } = await (await mender()).heal({ trace: "{]", target: { framework: "generic", config: {} } });

    expect(records).toEqual([]);
    expect(report.error).toMatchObject({ code: "json_syntax" });
  });
});

function cyclicInput(): unknown {
  const states: unknown[] = [];
  states.push(states);
  return { states };
}
