import { expect, test } from "vitest";

import { nativeCore } from "../conformance/backends.js";
import { samples, traceOf } from "./samples.js";

const cuts = 500;

/** Places to cut at: all of them in a small sample, else spread over it by a fixed generator, both ends among them. */
function placesIn(size: number): number[] {
  if (size <= cuts) return Array.from({ length: size }, (_, i) => i);
  let seed = 20_261_124;
  const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x80000000;
  return [0, 1, size - 1, ...Array.from({ length: cuts - 3 }, () => Math.floor(next() * size))];
}

const core = nativeCore();

test.each(samples())("$name, cut off anywhere, is an error with a code or a partial trace that says so", ({ bytes }) => {
  const whole = traceOf(core, bytes);
  for (const at of placesIn(bytes.length)) {
    const answer = traceOf(core, bytes.subarray(0, at));
    if ("error" in answer) {
      expect(answer.error.code, `cut at ${at}: ${answer.error.message}`).not.toBe("internal");
      continue;
    }
    const { counts } = answer;
    const read = counts.spans + counts.turns + counts.states + counts.graph.nodes;
    const same = !("error" in whole) && JSON.stringify(counts) === JSON.stringify(whole.counts); // only blanks were cut
    const atLineEnd = bytes[at - 1] === 10 || bytes[at] === 10 || bytes[at] === 13; // whole lines are left: a shorter run
    const marked = answer.losses.length > 0 || answer.truncated !== null;
    expect(same || marked || (atLineEnd && read > 0), `cut at ${at}: an unmarked partial trace`).toBe(true);
  }
});
