// What a session and heal_now answer, against the frozen schemas: interventions, escalation requests (digests put in),
// reports, heal results.
import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { hashExact } from "../../sdk/src/seal.js";
import type { Core } from "../../wasm/core.js";
import { nativeCore, wasmCore, type Vector } from "../conformance/backends.js";
import { validate } from "./schemas.js";

type Json = Record<string, unknown>;

const core: Core = process.env["AGENTMEND_BACKEND"] === "wasm" ? wasmCore() : nativeCore();
const all = readFileSync(new URL("../conformance/vectors.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);
const vectors = all.filter((vector) => vector.session !== undefined);
const requests = all.filter((vector) => vector.op === "heal_now");

/** What the host adds: the two digests that the core does not make. */
function seal(body: Json): Json {
  const binding = body["binding"] as Json;
  const handoff = body["handoff"] as Json | null;
  const { agent, run_id: run, tool, target } = binding;
  const dedupe_key = hashExact({ detector: binding["detector"], run, agent, tool, target });
  return { ...body, binding_hash: hashExact(binding), handoff: handoff === null ? null : { ...handoff, dedupe_key } };
}

test.each(vectors)("$name: every document fits its schema", ({ session: options, events }) => {
  const session = core.session(options ?? "{}");
  for (const event of events ?? []) {
    if (session.event(event) !== 1) continue;
    expect(validate("intervention", JSON.parse(session.result(0)))).toEqual([]);
    const { escalations } = JSON.parse(session.result(2)) as { escalations: Json[] };
    for (const body of escalations) expect(validate("escalation-request", seal(body))).toEqual([]);
  }
  expect(validate("report", JSON.parse(session.result(1)))).toEqual([]);
  session.dispose();
});

test.each(requests)("$name: a heal result fits its schema", ({ request }) => {
  const { escalation, ...result } = JSON.parse(core.call("heal_now", new TextEncoder().encode(request ?? ""))) as Json;
  if (escalation !== undefined && escalation !== null) expect(validate("escalation-request", seal(escalation as Json))).toEqual([]);
  expect(escalation === undefined || (escalation !== null) === result["escalated"]).toBe(true);
  const handoff = result["handoff"] as Json | null;
  expect(validate("heal-result", { ...result, handoff: handoff === null ? null : { ...handoff, dedupe_key: hashExact("the host's") } })).toEqual([]);
});

test("some session holds a call for a person", () => {
  const held = vectors.flatMap(({ session: options, events }) => {
    const session = core.session(options ?? "{}");
    const bodies = (events ?? []).flatMap((event) => (session.event(event) === 1 ? (JSON.parse(session.result(2)) as { escalations: Json[] }).escalations : []));
    session.dispose();
    return bodies;
  });
  expect(held.length).toBeGreaterThan(2);
});
