import { describe, expect, test } from "vitest";

import type { RunSession } from "../../sdk/src/session.js";
import { mender } from "./menders.js";
import { validate } from "./schemas.js";

const key = new Uint8Array(32).fill(7);
const payment = { tool: "wire_transfer", args: { to: "DE89", amount: 12_000 } };
const options = { runId: "run-1", agent: "main" };

const loop = (run: RunSession, times: number): string[] =>
  Array.from({ length: times }, (_, i) => {
    const action = run.beforeTool({ tool: "get_order", args: { id: "A-1" }, callId: `c${i}` });
    if (action.decision === "allow") run.afterTool({ tool: "get_order", callId: `c${i}`, output: "not found" });
    return action.decision;
  });

describe.each([["sealed", { snapshotKey: key }], ["without a key", {}]])("a snapshot, %s", (_, more) => {
  test("goes on where the run was, with its decisions", async () => {
    const first = (await mender(more)).session(options);
    const whole = (await mender(more)).session(options);
    loop(first, 3);
    const restored = (await mender(more)).restore(first.snapshot(), options);
    expect(restored.restoreError).toBeNull();
    expect(loop(restored, 3)).toEqual((loop(whole, 3), loop(whole, 3)));
    expect(restored.report()).toEqual(whole.report());
    expect(validate("report", (({ decisions, ...report }) => report)(restored.report()))).toEqual([]);
  });

  test("that is damaged starts afresh and says so", async () => {
    const maker = await mender(more);
    const run = maker.session(options);
    loop(run, 6);
    const good = run.snapshot();
    const fresh = (await mender(more)).session(options).report();
    for (const at of [0, 5, 20, good.indexOf(10) + 3, good.length - 1]) {
      const bad = good.slice();
      bad[at]! ^= 0x21;
      const restored = (await mender(more)).restore(bad, options);
      expect(restored.restoreError?.code).toBe("snapshot_invalid");
      expect(restored.report()).toEqual(fresh);
    }
    for (const bytes of [new Uint8Array(0), new TextEncoder().encode("{}\n"), good.slice(0, 40), good.slice(0, -1)]) {
      expect((await mender(more)).restore(bytes, options).restoreError?.code).toBe("snapshot_invalid");
    }
  });
});

test("one of another version is refused as such", async () => {
  const head = JSON.stringify({ schema: "agentmend.snapshot/9", run_id: "run-1", count: 0, dropped: 0, decisions: [] });
  const restored = (await mender()).restore(new TextEncoder().encode(`${JSON.stringify({ head, seal: null })}\n`), options);
  expect(restored.restoreError).toMatchObject({ code: "snapshot_version", at: "/schema" });
});

test("with a key, bytes without its seal are refused whole", async () => {
  const unsealed = (await mender()).session(options).snapshot();
  const foreign = (await mender({ snapshotKey: new Uint8Array(32).fill(8) })).session(options).snapshot();
  for (const bytes of [unsealed, foreign]) expect((await mender({ snapshotKey: key })).restore(bytes, options).restoreError).toMatchObject({ code: "snapshot_invalid", at: "/seal" });
});

test("what the user said counts as consent only under a seal", async () => {
  const asked = "Please transfer 12000 to DE89 now with wire_transfer.";
  const decide = async (more: { snapshotKey?: Uint8Array }): Promise<string> => {
    const run = (await mender(more)).session(options);
    run.message({ role: "user", text: asked });
    return (await mender(more)).restore(run.snapshot(), options).beforeTool(payment).decision;
  };
  expect(await decide({ snapshotKey: key })).toBe("allow");
  expect(await decide({})).toBe("block");
});

test("a snapshot is of its run, and options are the host's", async () => {
  const run = (await mender()).session(options);
  expect((await mender()).restore(run.snapshot()).runId).toBe("run-1");
  expect((await mender()).restore(run.snapshot(), { runId: "run-2" }).restoreError).toMatchObject({ code: "snapshot_invalid", at: "/run_id" });
  run.dispose();
  expect(() => run.snapshot()).toThrow("disposed");
});

test("a key that is none is bad use", async () => {
  await expect(mender({ snapshotKey: new Uint8Array(3) })).rejects.toThrow("snapshot key");
});
