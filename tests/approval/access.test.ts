// Who may do what: every address with every wrong key.
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ask, auditKey, escalation, newKey, startEndpoint, type Endpoint } from "./endpoint.js";

let endpoint: Endpoint;
let card: string;
let hash: string;
const keys: Record<string, string> = {};

beforeAll(async () => {
  endpoint = await startEndpoint();
  const request = escalation();
  hash = request.binding_hash;
  card = (await ask(endpoint, request)).body["id"];
  for (const scope of ["read", "escalate", "approve", "admin"]) {
    keys[scope] = (await endpoint.call("POST", "/keys", endpoint.person, { name: scope, scopes: [scope], principal: scope === "approve" ? "user:eve@acme.example" : `svc:${scope}` })).body["secret"];
  }
});
afterAll(() => endpoint.serving.stop());

// Method, path, the scopes that may, whether somebody else's card is not found with the right scope.
const routes: [string, string, string[]][] = [
  ["POST", "/escalations", ["escalate"]],
  ["GET", "/escalations", ["read", "escalate", "approve", "admin"]],
  ["GET", "/escalations/CARD", ["read", "approve", "admin", "escalate"]],
  ["POST", "/escalations/CARD/decision", ["approve"]],
  ["POST", "/escalations/CARD/approve", ["approve"]],
  ["POST", "/escalations/CARD/reject", ["approve"]],
  ["POST", "/escalations/CARD/consume", ["escalate"]],
  ["POST", "/escalations/CARD/cancel", ["escalate", "admin"]],
  ["POST", "/escalations/CARD/claim", ["approve"]],
  ["GET", "/escalations/CARD/events", ["read", "approve", "admin", "escalate"]],
  ["POST", "/escalations/batch-decision", ["approve"]],
  ["GET", "/governance", ["read", "approve", "admin"]],
  ["GET", "/governance/gc_none", ["read", "approve", "admin"]],
  ["POST", "/governance/gc_none/acknowledge", ["approve"]],
  ["POST", "/governance/gc_none/resolve", ["approve"]],
  ["POST", "/detections", ["escalate"]],
  ["GET", "/detections/run-none.d1", ["read", "escalate", "approve", "admin"]],
  ["POST", "/healing/trigger/run-none.d1", ["escalate"]],
  ["GET", "/healing", ["read", "escalate", "approve", "admin"]],
  ["GET", "/healing/heal_none", ["read", "escalate", "approve", "admin"]],
  ["POST", "/healing/heal_none/approve", ["approve"]],
  ["POST", "/healing/heal_none/reject", ["approve"]],
  ["POST", "/healing/heal_none/lease", ["escalate"]],
  ["POST", "/healing/heal_none/report", ["escalate"]],
  ["POST", "/healing/heal_none/rollback", ["approve", "admin", "escalate"]],
  ["POST", "/targets/none/reset", ["admin"]],
  ["GET", "/me", ["read", "escalate", "approve", "admin"]],
  ["GET", "/keys", ["admin"]],
  ["POST", "/keys", ["admin"]],
  ["DELETE", "/keys/key_none", ["admin"]],
  ["GET", "/audit/head", ["admin"]],
  ["GET", "/audit/export", ["admin"]],
];

describe.each(routes)("%s %s", (method, path, may) => {
  const call = (key: string | null, headers: Record<string, string> = {}) =>
    endpoint.call(method, path.replace("CARD", "esc_none"), key, method === "GET" || method === "DELETE" ? undefined : {}, { "Idempotency-Key": newKey(), ...headers });

  test("needs a key", async () => {
    expect((await call(null)).body).toMatchObject({ status: 401, code: "unauthenticated" });
    expect((await call("amk_01ARZ3NDEKTSV4RRFFQ69G5FAV_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).body).toMatchObject({ status: 401, code: "unauthenticated" });
    expect((await call("nonsense")).headers.get("www-authenticate")).toBe("Bearer");
  });

  test.each(["read", "escalate", "approve", "admin"])("with a key of scope %s", async (scope) => {
    const answer = await call(keys[scope] ?? "");

    if (may.includes(scope)) expect(answer.status).not.toBe(403);
    else expect(answer.body).toMatchObject({ status: 403, code: "missing_scope" });
  });

  test("of another project is not found", async () => {
    expect((await call(keys["admin"] ?? "", { "AgentMend-Project": "other" })).body).toMatchObject({ status: 404, code: "not_found" });
  });

  test("never with a key in the address", async () => {
    const response = await fetch(`${endpoint.url}/api/v1${path}?key=${keys["admin"]}`, { method });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "credential_in_url" });
  });
});

describe("keys", () => {
  test("who asks cannot be able to decide", async () => {
    expect((await endpoint.call("POST", "/keys", endpoint.person, { name: "both", scopes: ["escalate", "approve"], principal: "user:mallory@acme.example" })).body).toMatchObject({ status: 422, errors: [{ pointer: "/scopes" }] });
  });

  test.each(["svc:bot", "agent:planner"])("%s cannot hold approve", async (principal) => {
    expect((await endpoint.call("POST", "/keys", endpoint.person, { name: "bot", scopes: ["approve"], principal })).body).toMatchObject({ status: 422, errors: [{ pointer: "/principal" }] });
  });

  test("are shown once, and not found in any list", async () => {
    const made = await endpoint.call("POST", "/keys", endpoint.person, { name: "once", scopes: ["read"], principal: "svc:once" });
    const listed = await endpoint.call("GET", "/keys", endpoint.person);

    expect(made.body["secret"]).toMatch(/^amk_[0-9A-Z]{26}_[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(listed.body)).not.toContain((made.body["secret"] as string).slice(-20));
    expect((await endpoint.call("POST", "/keys", endpoint.person, { name: "twice", scopes: ["read"], principal: "svc:twice" }, { "Idempotency-Key": newKey() })).status).toBe(422);
  });

  test("end with their time or when they are revoked", async () => {
    const short = await endpoint.call("POST", "/keys", endpoint.person, { name: "short", scopes: ["read"], principal: "svc:short", expires_at_ms: endpoint.clock.now + 10 });
    expect((await endpoint.call("GET", "/me", short.body["secret"])).status).toBe(200);
    endpoint.clock.now += 10;
    expect((await endpoint.call("GET", "/me", short.body["secret"])).body).toMatchObject({ status: 401, code: "key_expired" });

    const gone = await endpoint.call("POST", "/keys", endpoint.person, { name: "gone", scopes: ["read"], principal: "svc:gone" });
    expect((await endpoint.call("DELETE", `/keys/${gone.body["key_id"]}`, endpoint.person)).status).toBe(204);
    expect((await endpoint.call("GET", "/me", gone.body["secret"])).body).toMatchObject({ status: 401, code: "key_revoked" });
    expect((await endpoint.call("DELETE", `/keys/${gone.body["key_id"]}`, endpoint.person)).status).toBe(404);
  });

  test("for all projects have to say which", async () => {
    const { secret } = await endpoint.serving.approval.createKey({ name: "wide", scopes: ["read"], principal: "svc:wide", one_project: false });

    expect((await endpoint.call("GET", "/me", secret)).body).toMatchObject({ status: 400, code: "project_required" });
    expect((await endpoint.call("GET", "/me", secret, undefined, { "AgentMend-Project": "default" })).body).toMatchObject({ project: "default" });
  });

  test("that may not see evidence do not", async () => {
    const { secret } = await endpoint.serving.approval.createKey({ name: "redacted", scopes: ["read"], principal: "svc:stats", redacted: true });

    const shown = (await endpoint.call("GET", `/escalations/${card}`, secret)).body["request"];

    expect(shown.binding.args).toBeNull();
    expect(shown.detection.evidence).toEqual([]);
    expect(shown.handoff.evidence).toEqual([]);
    expect((await endpoint.call("GET", `/escalations/${card}`, endpoint.person)).body["request"].binding.args).toEqual({ invoice: "INV-9", amount_cents: 125000 });
  });
});

describe("lists", () => {
  test("go page by page, with cursors that nobody can make up", async () => {
    for (let at = 0; at < 5; at += 1) await ask(endpoint, escalation("governance", (request) => (request.binding.run_id = `list-${at}`)));

    const first = await endpoint.call("GET", "/escalations?limit=4", endpoint.person);
    const second = await endpoint.call("GET", `/escalations?limit=4&cursor=${encodeURIComponent(first.body["next_cursor"])}`, endpoint.person);

    const ids = [...first.body["items"], ...second.body["items"]].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(6);
    expect(second.body["next_cursor"]).toBeNull();
    expect((await endpoint.call("GET", "/escalations?cursor=1.esc_x.00", endpoint.person)).body).toMatchObject({ status: 400, code: "bad_cursor" });
    expect((await endpoint.call("GET", "/escalations?status=approved", endpoint.person)).body["items"]).toEqual([]);
  });

  test("an agent sees its own cards alone", async () => {
    expect((await endpoint.call("GET", "/escalations", keys["escalate"] ?? "")).body["items"]).toEqual([]);
    expect((await endpoint.call("GET", "/escalations?limit=1", endpoint.agent)).body["items"]).toHaveLength(1);
  });
});

describe("governance cases", () => {
  test("count repeats, and are closed by somebody who did not cause them", async () => {
    const { body } = await endpoint.call("GET", "/governance?state=open", endpoint.person);
    const [opened] = body["items"];
    expect(body["items"]).toHaveLength(1);
    expect(opened).toMatchObject({ state: "open", detector: "approval_bypass", repeats: 6, handoff: { never_auto: true } });

    const path = `/governance/${opened.id}`;
    for (const verb of ["approve", "apply", "promote", "rollback"]) expect((await endpoint.call("POST", `${path}/${verb}`, endpoint.person, {})).body).toMatchObject({ status: 409, code: "governance_has_no_apply" });
    expect((await endpoint.call("POST", `${path}/acknowledge`, keys["approve"] ?? "", { note: "on it" })).body).toMatchObject({ state: "acknowledged", rev: 2 });
    expect((await endpoint.call("POST", `${path}/acknowledge`, keys["approve"] ?? "", {})).body).toMatchObject({ status: 409, code: "illegal_transition" });
    expect((await endpoint.call("POST", `${path}/resolve`, keys["approve"] ?? "", { outcome: "false_alarm" })).body).toMatchObject({ status: 422 });
    expect((await endpoint.call("POST", `${path}/resolve`, keys["approve"] ?? "", { outcome: "false_alarm", note: "A test payment." })).body).toMatchObject({ state: "resolved", outcome: "false_alarm" });
  });
});

describe("limits", () => {
  test("say how long to wait, per key, and identical escalations do not count", async () => {
    const tight = await startEndpoint({ rates: { write: { perSecond: 1, burst: 3 }, failed: { perSecond: 1, burst: 2 } } });
    try {
      const request = escalation();
      for (let at = 0; at < 10; at += 1) expect((await ask(tight, request)).status).toBe(at === 0 ? 201 : 200);
      const others = [];
      for (let at = 0; at < 3; at += 1) others.push(await ask(tight, escalation("governance", (changed) => (changed.binding.run_id = `run-${at}`))));
      expect(others.map(({ status }) => status)).toEqual([201, 201, 429]);
      expect(others[2]?.headers.get("retry-after")).toBe("1");
      expect(others[0]?.headers.get("ratelimit-limit")).toBe("3");
      expect((await tight.call("GET", "/me", tight.person)).status).toBe(200);

      for (const status of [401, 401, 429]) expect((await tight.call("GET", "/me", "wrong")).status).toBe(status);
    } finally {
      await tight.serving.stop();
    }
  });

  test("five decisions a minute for one person", async () => {
    const tight = await startEndpoint({ rates: {} });
    try {
      const answers = [];
      for (let at = 0; at < 6; at += 1) answers.push((await tight.call("POST", "/escalations/esc_none/decision", tight.person, { decision: "rejected", binding_hash: hash })).status);
      expect(answers).toEqual([404, 404, 404, 404, 404, 429]);
    } finally {
      await tight.serving.stop();
    }
  });
});

test("every statement names its project, but for the few that come before one is known", async () => {
  const statements = new Set<string>();
  const own = await startEndpoint({ auditKey, onQuery: (event) => void statements.add(event.query.sql) });
  try {
    const request = escalation();
    const { body } = await ask(own, request);
    await own.call("POST", `/escalations/${body["id"]}/approve`, own.person, { binding_hash: request.binding_hash });
    await own.call("POST", `/escalations/${body["id"]}/consume`, own.agent, { binding_hash: request.binding_hash }, { "Idempotency-Key": newKey() });
    for (const path of ["/escalations", "/governance", "/audit/export", "/audit/head", "/keys"]) await own.call("GET", path, own.person);
  } finally {
    await own.serving.stop();
  }
  const ownedTables = /(from|update|into) "(escalations|decisions|governance_cases|audit_events|audit_heads|idempotency|healing_records|detections|targets)"/;

  const outside = [...statements].filter((sql) => ownedTables.test(sql) && !(/tenant_id = \? AND project_id = \?/.test(sql) || (/^insert into/.test(sql) && /"tenant_id".*"project_id"|"project_id".*"tenant_id"/.test(sql))));

  expect(outside).toEqual([]);
  expect([...statements].filter((sql) => ownedTables.test(sql)).length).toBeGreaterThan(10);
});

test("health says nothing about anybody", async () => {
  expect(await (await fetch(`${endpoint.url}/health/live`)).json()).toEqual({ status: "ok" });
  expect(await (await fetch(`${endpoint.url}/health/ready`)).json()).toMatchObject({ status: "ok", checks: { store: "ok", audit: "keyed" } });
  expect((await fetch(`${endpoint.url}/nowhere`)).status).toBe(404);
});
