// The trail: whatever happens is in it, what is not in it did not happen, and who changes it is found.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { createAuditVerifier, readHead, type AuditHead, type AuditVerdict } from "../../sdk/src/audit.js";
import type { AuditEvent } from "../../sdk/src/wire.js";
import { validate } from "../sdk/schemas.js";
import { ask, auditKey, escalation, newKey, startEndpoint, type Endpoint } from "./endpoint.js";

vi.setConfig({ testTimeout: 120_000 });

interface Sql {
  exec(text: string): void;
  prepare(text: string): { all(): Record<string, any>[]; run(...values: unknown[]): void };
  close(): void;
}
// The database itself, behind the endpoint's back.
const Database = createRequire(new URL("../../approval/package.json", import.meta.url))("libsql") as new (file: string) => Sql;

let folder: string;
let endpoint: Endpoint;
let sql: Sql;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agentmend-audit-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  const db = join(folder, `${newKey()}.db`);
  endpoint = await startEndpoint({ db });
  sql = new Database(db);
});
afterEach(async () => {
  sql.close();
  await endpoint.serving.stop();
});

async function exported(): Promise<string[]> {
  return ((await endpoint.call("GET", "/audit/export", endpoint.person)).body["text"] as string).trim().split("\n");
}
function verify(lines: readonly string[], anchor?: AuditHead): AuditVerdict {
  const verifier = createAuditVerifier({ keys: [auditKey], anchor });
  for (const line of lines) verifier.line(line);
  return verifier.end();
}
const head = async (): Promise<AuditHead> => readHead((await endpoint.call("GET", "/audit/head", endpoint.person)).body["head"]) as AuditHead;
const card = (run: string, kind: "governance" | "fix" = "governance") => escalation(kind, (request) => (request.binding.run_id = run));

test("six hundred things at random: the chain holds, each state has its event, each event fits its schema", async () => {
  // A fixed sequence: the same run every time.
  let seed = 20_261_124;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed % below;
  };
  const made: { id: string; hash: string }[] = [];
  for (let step = 0; step < 600; step += 1) {
    const target = made[random(Math.max(1, made.length))];
    const what = random(10);
    if (what < 4 || target === undefined) {
      const request = card(`random-${random(60)}`, random(2) === 0 ? "governance" : "fix");
      const { body, status } = await ask(endpoint, request);
      if (status === 201) made.push({ id: body["id"], hash: request.binding_hash });
    } else if (what < 8) await endpoint.call("POST", `/escalations/${target.id}/decision`, endpoint.person, { decision: ["approved", "rejected", "acknowledged"][random(3)], binding_hash: target.hash });
    else if (what === 8) await endpoint.call("POST", `/escalations/${target.id}/consume`, endpoint.agent, { binding_hash: target.hash }, { "Idempotency-Key": newKey() });
    else if (random(4) === 0) {
      endpoint.clock.now += 600_000;
      await endpoint.serving.approval.tick();
    } else await endpoint.call("POST", `/escalations/${target.id}/cancel`, endpoint.agent, {});
  }

  const lines = await exported();

  expect(verify(lines, await head())).toMatchObject({ status: "ok", warnings: [] });
  const events = lines.slice(1, -1).map((line) => JSON.parse(line) as AuditEvent);
  for (const event of events) expect(validate("audit-event", event)).toEqual([]);
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  const rows = sql.prepare("SELECT status, consumed_at_ms FROM escalations").all() as { status: string; consumed_at_ms: number | null }[];
  const states = (...wanted: string[]): number => rows.filter(({ status }) => wanted.includes(status)).length;
  expect(count("escalation.opened")).toBe(rows.length);
  expect(count("escalation.decided")).toBe(states("approved", "rejected"));
  expect(count("escalation.expired")).toBe(states("expired"));
  expect(count("escalation.cancelled")).toBe(states("cancelled"));
  expect(count("escalation.consumed")).toBe(rows.filter(({ consumed_at_ms }) => consumed_at_ms !== null).length);
  for (const type of ["escalation.decided", "escalation.expired", "escalation.cancelled", "escalation.consumed", "escalation.acknowledged"]) expect(count(type), type).toBeGreaterThan(0);
});

test("Attack_36: where the trail cannot be written, nothing is opened, decided or used", async () => {
  const first = card("run-1");
  const second = card("run-2");
  const opened = (await ask(endpoint, first)).body["id"] as string;
  const approved = (await ask(endpoint, second)).body["id"] as string;
  await endpoint.call("POST", `/escalations/${approved}/approve`, endpoint.person, { binding_hash: second.binding_hash });
  sql.exec("ALTER TABLE audit_events RENAME TO audit_events_gone");
  const attempts = [
    () => ask(endpoint, card("run-3")),
    () => endpoint.call("POST", `/escalations/${opened}/approve`, endpoint.person, { binding_hash: first.binding_hash }),
    () => endpoint.call("POST", `/escalations/${approved}/consume`, endpoint.agent, { binding_hash: second.binding_hash }, { "Idempotency-Key": newKey() }),
    () => endpoint.call("POST", `/escalations/${opened}/cancel`, endpoint.agent, {}),
  ];

  for (const attempt of attempts) expect((await attempt()).body).toMatchObject({ status: 503, code: "audit_unavailable" });

  sql.exec("ALTER TABLE audit_events_gone RENAME TO audit_events");
  expect(sql.prepare("SELECT status, rev, consumed_at_ms FROM escalations ORDER BY id").all()).toEqual([
    { status: "pending", rev: 1, consumed_at_ms: null },
    { status: "approved", rev: 2, consumed_at_ms: null },
  ]);
  for (const attempt of attempts.slice(0, 3)) expect((await attempt()).status).toBeLessThan(300);
  expect(verify(await exported(), await head()).status).toBe("ok");
});

describe("somebody with the database in hand", () => {
  beforeEach(async () => {
    for (let at = 0; at < 5; at += 1) await ask(endpoint, card(`run-${at}`, "fix"));
  });

  test("edits an event: found", async () => {
    sql.exec("UPDATE audit_events SET doc = replace(doc, '\"severity\":\"medium\"', '\"severity\":\"low\"') WHERE seq = 4");

    expect(verify(await exported())).toMatchObject({ status: "edited", findings: [{ seq: 4 }] });
  });

  test("takes one out: found", async () => {
    sql.exec("DELETE FROM audit_events WHERE seq = 4");

    expect(verify(await exported()).status).toBe("gap");
  });

  test("cuts the tail: found by the head, and with the head by what was kept outside", async () => {
    const anchor = await head();
    const before = sql.prepare("SELECT doc FROM audit_events WHERE seq = 4").all()[0]?.["doc"] as string;
    sql.exec("DELETE FROM audit_events WHERE seq > 4");
    expect(verify(await exported()).status).not.toBe("ok");

    // With the hash of that time, but without the key, no head can be made.
    const { hash } = JSON.parse(before) as AuditEvent;
    const forged = JSON.stringify({ ...anchor, seq: 4, count: 5, hash });
    sql.exec("DELETE FROM audit_events WHERE seq > 4");
    sql.prepare("UPDATE audit_heads SET doc = ?").run(forged);
    expect(verify([(await exported())[0] as string, ...sql.prepare("SELECT doc FROM audit_events WHERE seq <= 4 ORDER BY seq").all().map(({ doc }) => doc as string), JSON.stringify({ head: JSON.parse(forged) as unknown })]).status).toBe("edited");
    expect(verify(await exported(), anchor).status).not.toBe("ok");
  });

  test("approves a card in its row: there is no decision to show, nothing to use", async () => {
    const row = sql.prepare("SELECT id, binding_hash FROM escalations LIMIT 1").all()[0] as { id: string; binding_hash: string };
    sql.exec(`UPDATE escalations SET status = 'approved', rev = 2 WHERE id = '${row.id}'`);

    const read = await endpoint.call("GET", `/escalations/${row.id}`, endpoint.agent);
    const used = await endpoint.call("POST", `/escalations/${row.id}/consume`, endpoint.agent, { binding_hash: row.binding_hash }, { "Idempotency-Key": newKey() });

    expect(read.body["decision"]).toBeUndefined();
    expect(used.status).toBe(409);
  });
});
