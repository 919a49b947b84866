import { expect, test } from "vitest";

import { makeRuns } from "../../sdk/src/runs.js";
import { mender, startMs } from "./menders.js";

test("gives one session per host run, whatever the key is", async () => {
  const { runs } = await mender();
  const key = {};

  expect(runs.of("thread-1")).toBe(runs.of("thread-1"));
  expect(runs.of(key)).toBe(runs.of(key));
  expect(runs.of("thread-1")).not.toBe(runs.of("thread-2"));
  expect(runs.of("thread-1").runId).toBe("thread-1");
  expect(runs.find("thread-9")).toBeUndefined();
  expect(runs.size).toBe(3);
});

test("forgets a run that has ended", async () => {
  const { runs } = await mender();
  const run = runs.of("a");
  run.beforeTool({ tool: "search", args: { q: 1 } });
  run.end();

  expect(run.open).toBe(false);
  expect(run.report().counts?.tool_calls).toBe(1);
  expect(runs.find("a")).toBeUndefined();
  expect(runs.of("a")).not.toBe(run);
});

test("disposes the run that was quiet longest when there are too many", async () => {
  const { runs } = await mender({ maxRuns: 2 });
  const [a, b] = [runs.of("a"), runs.of("b")];
  runs.of("a");
  runs.of("c");

  expect([a.open, b.open]).toEqual([true, false]);
  expect(runs.size).toBe(2);
});

test("disposes a run that was quiet too long", async () => {
  let now = startMs;
  const { runs } = await mender({ idleMs: 1000, clock: () => now });
  const run = runs.of("a");
  now += 1000;
  expect(runs.of("a")).toBe(run);
  now += 1001;

  expect(runs.find("a")).toBeUndefined();
  expect(run.open).toBe(false);
  runs.of("b");
  expect(runs.size).toBe(1);
});

test("keeps no more than its bound over a long time", async () => {
  const made = await mender();
  const runs = makeRuns({ open: (options) => made.session(options), clock: () => startMs, maxRuns: 50, idleMs: 1000 });
  for (let i = 0; i < 2000; i += 1) runs.of(`run-${i}`);

  expect(runs.size).toBe(50);
});
