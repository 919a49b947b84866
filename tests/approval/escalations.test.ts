import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { bindingHash, decisionSignature, type BindingParts } from "../../sdk/src/seal.js";
import { validate } from "../sdk/schemas.js";
import { ask, escalation, newKey, startEndpoint, type Answer, type Endpoint } from "./endpoint.js";

let endpoint: Endpoint;
let run = 0;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.serving.stop());
beforeEach(() => {
  run += 1;
});

/** A card of a run of its own, so that tests do not meet. */
const card = (change: Parameters<typeof escalation>[1] = () => undefined, kind: "governance" | "fix" = "governance") =>
  escalation(kind, (request) => {
    request.binding.run_id = `run-${run}`;
    change(request);
  });
const decide = (id: string, body: object, key = endpoint.person): Promise<Answer> => endpoint.call("POST", `/escalations/${id}/decision`, key, body);
const consume = (id: string, hash: string, key = endpoint.agent): Promise<Answer> => endpoint.call("POST", `/escalations/${id}/consume`, key, { binding_hash: hash }, { "Idempotency-Key": newKey() });
const read = (id: string, query = ""): Promise<Answer> => endpoint.call("GET", `/escalations/${id}${query}`, endpoint.agent);
async function person(principal: string, scopes = ["approve"]): Promise<string> {
  const made = await endpoint.call("POST", "/keys", endpoint.person, { name: principal, scopes, principal });
  expect(made.status).toBe(201);
  return made.body["secret"] as string;
}

describe("asking", () => {
  test("makes a card, with where a person decides", async () => {
    const request = card();

    const answer = await ask(endpoint, request);

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ status: "pending", rev: 1, kind: "governance", binding_hash: request.binding_hash, repeat_count: 1, approvals_needed: 1, expires_at_ms: endpoint.clock.now + 3_600_000 });
    expect(answer.body["approval_url"]).toBe(`${endpoint.url}/a/${answer.body["id"]}`);
    expect(answer.headers.get("location")).toBe(`/api/v1/escalations/${answer.body["id"]}`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("the same idempotency key and body get the stored answer", async () => {
    const request = card();
    const key = newKey();
    const first = await ask(endpoint, request, key);

    const again = await ask(endpoint, request, key);

    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotent-replay")).toBe("true");
    expect((await ask(endpoint, card((changed) => (changed.title = "Other")), key)).body).toMatchObject({ status: 409, code: "idempotency_conflict" });
  });

  test("fifty equal requests at once are one card with a counter", async () => {
    const request = card();

    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(endpoint, request)));

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body["id"]))).toHaveProperty("size", 1);
    expect((await read(answers[0]?.body["id"])).body["repeat_count"]).toBe(50);
  });

  test("what was approved and not used is answered again with its decision", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash });

    const again = await ask(endpoint, request);

    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: body["id"], deduplicated: true, status: "approved", decision: { decision: "approved" } });
  });

  test("after a rejection the same request is a new card", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    await decide(body["id"], { decision: "rejected", binding_hash: request.binding_hash });

    const again = await ask(endpoint, request);

    expect(again.status).toBe(201);
    expect(again.body["id"]).not.toBe(body["id"]);
  });

  test("arguments that look like secrets are masked before they rest; the hash is of the exact ones", async () => {
    const request = card((made) => (made.binding.args = { password: "hunter2", note: "use sk-abcdefghijklmnopqrst", amount: 3 }));

    const { body } = await ask(endpoint, request);
    const stored = await read(body["id"]);

    expect(stored.body["request"].binding.args).toEqual({ password: "••••", note: "use ••••", amount: 3 });
    expect(stored.body["binding_hash"]).toBe(bindingHash(request.binding as BindingParts));
  });

  test.each<[string, (request: ReturnType<typeof escalation>) => void]>([
    ["risk", (request) => ((request.suggestion as { risk: string }).risk = "safe")],
    ["bucket", (request) => (request.detection.bucket = "safe_auto")],
    ["governance", (request) => (request.detection.governance = true)],
  ])("what a request says about its %s lowers nothing", async (_what, change) => {
    const answer = await ask(endpoint, card(change, "fix"));

    if (answer.status === 422) expect(answer.body["code"]).toBe("invalid_input");
    else expect((await read(answer.body["id"])).body).toMatchObject({ risk: "dangerous", request: { detection: { bucket: "dangerous_escalate", governance: false } } });
  });

  test.each<[string, (request: ReturnType<typeof escalation>) => void, number, string, string]>([
    ["another hash", (request) => (request.binding_hash = "0".repeat(64)), 422, "binding_mismatch", "/binding_hash"],
    ["arguments that were changed after sealing", (request) => (request.binding.args = { amount_cents: 1 }), 422, "binding_mismatch", "/binding_hash"],
    ["a detector nobody knows", (request) => (request.binding.detector = "Approval_Bypass" as "loop"), 422, "unknown_detector", "/binding/detector"],
    ["a lookalike of a detector", (request) => (request.binding.detector = "approv\u0430l_bypass" as "loop"), 422, "unknown_detector", "/binding/detector"],
    ["a governance finding dressed as a tool call", (request) => ((request.kind = "tool_call"), (request.binding.kind = "tool_call"), (request.handoff = null), (request.detection.governance = false)), 422, "invalid_input", "/detection/governance"],
    ["a member nobody knows", (request) => ((request as unknown as Record<string, unknown>)["risk_override"] = "safe"), 422, "invalid_input", "/risk_override"],
    ["another tenant", (request) => (request.binding.tenant = "acme"), 422, "invalid_input", "/binding/tenant"],
    ["an expiry beyond a day", (request) => (request.expires_in_s = 90_000), 422, "invalid_input", "/expires_in_s"],
    ["a finding of another detector", (request) => (request.detection.detector = "reward_hacking"), 422, "invalid_input", "/detection/detector"],
  ])("refuses %s", async (_what, change, status, code, pointer) => {
    const request = card();
    change(request);

    const answer = await ask(endpoint, request);

    expect(answer.body).toMatchObject({ status, code, errors: [{ pointer }] });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test.each<[string, (request: ReturnType<typeof escalation>) => void, string]>([
    ["a fix nobody knows", (request) => ((request.binding.fix as { fix_type: string }).fix_type = "retry_limit;prompt_modification"), "unknown_fix_type"],
    ["a fix of another detector", (request) => ((request.binding.fix as { fix_type: string }).fix_type = "retry_limit"), "fix_not_allowed"],
  ])("refuses %s", async (_what, change, code) => {
    const answer = await ask(endpoint, card(change, "fix"));

    expect(answer.body).toMatchObject({ status: 422, code });
  });

  test("a fix for a governance finding is refused, whatever its kind says", async () => {
    const answer = await ask(endpoint, card((request) => (request.binding.detector = "reward_hacking"), "fix"));

    expect(answer.body).toMatchObject({ status: 422, errors: [{ code: "governance_has_no_apply" }] });
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    ["text that is no JSON", "{", {}, 400, "bad_json"],
    ["a key that is there twice", '{"kind":"fix","kind":"governance"}', {}, 400, "duplicate_key"],
    ["a deep body", "[".repeat(70) + "]".repeat(70), {}, 400, "bad_json"],
    ["a very deep body", "[".repeat(900_000), {}, 400, "bad_json"],
    ["a long text", JSON.stringify({ title: "x".repeat(300_000) }), {}, 413, "body_too_large"],
    ["a large body", JSON.stringify({ title: "x".repeat(1_100_000) }), {}, 413, "body_too_large"],
    ["a form", "a=1", { "Content-Type": "multipart/form-data; boundary=x" }, 415, "unsupported_media_type"],
    ["nothing", "", {}, 422, "invalid_input"],
  ])("refuses %s", async (_what, body, headers, status, code) => {
    const answer = await endpoint.call("POST", "/escalations", endpoint.agent, body, { "Idempotency-Key": newKey(), ...headers });

    expect(answer.body).toMatchObject({ status, code });
  });

  test("says where a key is there twice", async () => {
    const answer = await endpoint.call("POST", "/escalations", endpoint.agent, '{"binding":{"a/b":[{"x":1,"x":2}]}}', { "Idempotency-Key": newKey() });

    expect(answer.body["errors"]).toMatchObject([{ pointer: "/binding/a~1b/0/x" }]);
  });

  test("wants an idempotency key", async () => {
    expect((await endpoint.call("POST", "/escalations", endpoint.agent, card())).body).toMatchObject({ status: 428, code: "precondition_required" });
    expect((await ask(endpoint, card(), "short")).body).toMatchObject({ status: 422, code: "invalid_input" });
  });
});

describe("deciding", () => {
  test("gives a signed decision that fits its schema", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);

    const decision = await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash, note: "Checked." });

    expect(decision.status).toBe(200);
    expect(validate("approval-decision", decision.body)).toEqual([]);
    expect(decision.body).toMatchObject({ decision: "approved", binding_hash: request.binding_hash, note: "Checked.", single_use: true, consumed_at_ms: null, decided_by: [{ principal: "user:dana@acme.example", auth: "api-key" }] });
    const key = Uint8Array.from(Buffer.from(endpoint.decisionKey.slice(3), "base64url"));
    expect(decisionSignature(decision.body, key)).toBe(decision.body["signature"]);
    expect(decisionSignature({ ...decision.body, decision: "rejected" }, key)).not.toBe(decision.body["signature"]);
  });

  test("wants to know what the person saw", async () => {
    const { body } = await ask(endpoint, card());

    expect((await decide(body["id"], { decision: "approved" })).body).toMatchObject({ status: 428, code: "precondition_required" });
    expect((await decide(body["id"], { decision: "approved", binding_hash: "0".repeat(64) })).body).toMatchObject({ status: 409, code: "binding_mismatch" });
    expect((await endpoint.call("POST", `/escalations/${body["id"]}/approve`, endpoint.person, {}, { "If-Match": '"7"' })).body).toMatchObject({ status: 412, code: "stale_revision" });
    expect((await read(body["id"])).body["status"]).toBe("pending");
    expect((await endpoint.call("POST", `/escalations/${body["id"]}/approve`, endpoint.person, {}, { "If-Match": '"1"' })).status).toBe(200);
  });

  test("200 people at once: one decision, one event", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);

    const answers = await Promise.all(Array.from({ length: 200 }, (_, at) => decide(body["id"], { decision: at % 2 === 0 ? "approved" : "rejected", binding_hash: request.binding_hash })));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body: answer }) => answer["code"] === "already_decided")).toHaveLength(199);
    const trail = (await endpoint.call("GET", "/audit/export", endpoint.person)).body["text"] as string;
    expect(trail.split("\n").filter((line) => line.includes("escalation.decided") && line.includes(body["id"]))).toHaveLength(1);
  });

  test("a repeat by the same person is answered, by another refused with who was first", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    const approve = (key: string) => endpoint.call("POST", `/escalations/${body["id"]}/approve`, key, { binding_hash: request.binding_hash });
    const first = await approve(endpoint.person);

    expect((await approve(endpoint.person)).body["id"]).toBe(first.body["id"]);
    const other = await approve(await person("user:eve@acme.example"));
    expect(other.body).toMatchObject({ status: 409, code: "already_decided", current: { status: "approved", rev: 2 } });
    expect(other.body["detail"]).toContain("dana@acme.example");
  });

  test("the agent's own key cannot decide, and the attempt is in the trail", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);

    expect((await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash }, endpoint.agent)).body).toMatchObject({ status: 403, code: "missing_scope" });
    expect((await read(body["id"])).body["status"]).toBe("pending");
    const trail = (await endpoint.call("GET", "/audit/export", endpoint.person)).body["text"] as string;
    expect(trail.split("\n").filter((line) => line.includes("override_refused") && line.includes(body["id"]))).toHaveLength(1);
  });

  test("nobody decides what they asked for", async () => {
    const request = card((made) => (made.requester.principal = "user:dana@acme.example"));
    const { body } = await ask(endpoint, request);

    expect((await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash })).body).toMatchObject({ status: 403, code: "self_approval" });
  });

  test("a body cannot name somebody else as the approver", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);

    expect((await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash, approver_id: "user:boss@acme.example" })).body).toMatchObject({ status: 422, code: "invalid_input" });
  });

  test("four eyes are two people, whatever number of keys they hold", async () => {
    const request = card((made) => (made.four_eyes = true));
    const { body } = await ask(endpoint, request);
    const approve = (key: string) => decide(body["id"], { decision: "approved", binding_hash: request.binding_hash }, key);

    expect((await approve(endpoint.person)).body).toMatchObject({ status: "pending" });
    expect((await read(body["id"])).body).toMatchObject({ status: "pending", approvals: 1 });
    expect((await approve(await person("user:dana@acme.example"))).body).toMatchObject({ code: "four_eyes_same_principal" });
    expect((await approve(await person("user:eve@acme.example"))).body).toMatchObject({ decision: "approved", decided_by: [{}, {}] });
  });

  test("one no is enough under four eyes", async () => {
    const request = card((made) => (made.four_eyes = true));
    const { body } = await ask(endpoint, request);
    await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash });

    expect((await decide(body["id"], { decision: "rejected", binding_hash: request.binding_hash }, await person("user:eve@acme.example"))).body).toMatchObject({ decision: "rejected" });
  });

  test("edited arguments make a second hash; only the edited call can be used", async () => {
    const request = card((made) => (made.allow_edit = true));
    const { body } = await ask(endpoint, request);
    const edited = { invoice: "INV-9", amount_cents: 100 };

    const decision = await decide(body["id"], { decision: "edited", binding_hash: request.binding_hash, edited_args: edited });

    expect(validate("approval-decision", decision.body)).toEqual([]);
    expect(decision.body["edited_binding_hash"]).toBe(bindingHash({ ...(request.binding as BindingParts), args: edited }));
    expect((await consume(body["id"], request.binding_hash)).body).toMatchObject({ code: "binding_mismatch" });
    expect((await consume(body["id"], decision.body["edited_binding_hash"])).status).toBe(200);
  });

  test("edited arguments are refused when the client does not take them", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);

    expect((await decide(body["id"], { decision: "edited", binding_hash: request.binding_hash, edited_args: {} })).body).toMatchObject({ status: 422 });
  });

  test("a governance card without a call has nothing to approve; it is acknowledged and resolved", async () => {
    const request = card((made) => ((made.binding.tool = null), (made.binding.args = null)));
    const { body } = await ask(endpoint, request);
    const hash = request.binding_hash;

    expect((await decide(body["id"], { decision: "approved", binding_hash: hash })).body).toMatchObject({ status: 409, code: "governance_has_no_apply" });
    expect((await decide(body["id"], { decision: "acknowledged", binding_hash: hash })).body).toMatchObject({ decision: "acknowledged" });
    expect((await decide(body["id"], { decision: "resolved", binding_hash: hash, note: "ok" })).body).toMatchObject({ status: 422 });
    expect((await decide(body["id"], { decision: "resolved", binding_hash: hash, outcome: "confirmed_violation", note: "Refund started." })).body).toMatchObject({ decision: "resolved", outcome: "confirmed_violation" });
  });

  test("critical cards need more than a key, unless the owner says otherwise", async () => {
    const strict = await startEndpoint({ leastAuth: {} });
    try {
      const request = card();
      const { body } = await ask(strict, request);
      const path = `/escalations/${body["id"]}`;

      expect((await strict.call("POST", `${path}/approve`, strict.person, { binding_hash: request.binding_hash })).body).toMatchObject({ status: 403, code: "approver_not_allowed" });
      expect((await strict.call("POST", `${path}/reject`, strict.person, { binding_hash: request.binding_hash })).status).toBe(200);
    } finally {
      await strict.serving.stop();
    }
  });
});

describe("time", () => {
  test("expiry means rejected: at t-1 ms it can be approved, from t on never", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    const due = body["expires_at_ms"] as number;

    for (const late of [0, 1]) {
      endpoint.clock.now = due + late;
      expect((await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash })).body).toMatchObject({ status: 410, code: "expired" });
    }
    expect((await read(body["id"])).body).toMatchObject({ status: "expired", decision: { decision: "expired", decided_by: [] } });
    expect(validate("approval-decision", (await read(body["id"])).body["decision"])).toEqual([]);

    const early = card((made) => (made.title = "Just in time"));
    const second = await ask(endpoint, early);
    endpoint.clock.now = (second.body["expires_at_ms"] as number) - 1;
    expect((await decide(second.body["id"], { decision: "approved", binding_hash: early.binding_hash })).status).toBe(200);
    endpoint.clock.now += 1;
    expect((await consume(second.body["id"], early.binding_hash)).body).toMatchObject({ status: 410, code: "expired" });
  });

  test("the sweep expires what nobody reads", async () => {
    const { body } = await ask(endpoint, card());
    endpoint.clock.now = body["expires_at_ms"] as number;

    await endpoint.serving.approval.tick();

    const trail = (await endpoint.call("GET", "/audit/export", endpoint.person)).body["text"] as string;
    expect(trail.split("\n").filter((line) => line.includes("escalation.expired") && line.includes(body["id"]))).toHaveLength(1);
  });
});

describe("using an approval", () => {
  test("works exactly once, also when two ask at the same time", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash });

    const answers = await Promise.all(Array.from({ length: 20 }, () => consume(body["id"], request.binding_hash)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body: answer }) => answer["code"] === "already_consumed")).toHaveLength(19);
    const used = answers.find(({ status }) => status === 200);
    expect(used?.body).toMatchObject({ consumed_at_ms: endpoint.clock.now, decision: { decision: "approved", consumed_at_ms: endpoint.clock.now } });
  });

  test("is not possible before somebody decided, after a rejection, or for something else", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);

    expect((await consume(body["id"], request.binding_hash)).body).toMatchObject({ status: 409, code: "illegal_transition" });
    await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash });
    expect((await consume(body["id"], "0".repeat(64))).body).toMatchObject({ status: 409, code: "binding_mismatch" });
    const other = await ask(endpoint, card((made) => (made.binding.args = { amount_cents: 9 })));
    await decide(other.body["id"], { decision: "rejected", binding_hash: other.body["binding_hash"] });
    expect((await consume(other.body["id"], other.body["binding_hash"])).body).toMatchObject({ status: 409, code: "illegal_transition" });
  });

  test("is for who asked alone", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash });
    const stranger = await person("svc:other", ["escalate"]);

    expect((await consume(body["id"], request.binding_hash, stranger)).body).toMatchObject({ status: 404, code: "not_found" });
    expect((await endpoint.call("GET", `/escalations/${body["id"]}`, stranger)).body).toMatchObject({ status: 404 });
    expect((await consume(body["id"], request.binding_hash, endpoint.person)).body).toMatchObject({ status: 403, code: "missing_scope" });
  });

  test("a request can be taken back while it is open", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);

    expect((await endpoint.call("POST", `/escalations/${body["id"]}/cancel`, endpoint.agent, { reason: "run ended" })).body).toMatchObject({ status: "cancelled", rev: 2 });
    expect((await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash })).body).toMatchObject({ status: 409, code: "already_decided" });
  });
});
