import type { LogEvent } from "kysely";

import { loadCore } from "../../node/backend.js";
import { keyId } from "../../sdk/src/seal.js";
import { createApp } from "./app.js";
import { defaultLeastAuth, expireIfDue } from "./decide.js";
import type { Auth } from "./callers.js";
import { forgetKeys } from "./http/once.js";
import { createRates, defaultRates, type Rate, type RateKind } from "./http/rates.js";
import { fromBase64Url, newSecret } from "./ids.js";
import { readRegistry } from "./registry.js";
import type { Services } from "./services.js";
import { findEscalation, overdueEscalations } from "./store/escalations.js";
import { createKey, type NewKey } from "./store/keys.js";
import { forgetSessions } from "./store/sessions.js";
import { openDatabase } from "./store/open.js";
import { createStore, type Scope } from "./store/unit.js";

export interface ApprovalOptions {
  /** A file, or ":memory:". */
  readonly db: string;
  /** Where people reach the page, e.g. "https://approve.example.com"; may be a function, when the port is known later. */
  readonly publicUrl: string | (() => string);
  /** 32 bytes that key the audit chain. Without them the chain finds accidents, not attackers. */
  readonly auditKey?: Uint8Array | null;
  /** The weakest sign-in that may approve, by severity; critical needs the page ("session") unless you say otherwise. */
  readonly leastAuth?: Partial<Record<"low" | "medium" | "high" | "critical", Auth>>;
  readonly rates?: Partial<Record<RateKind, Rate>>;
  readonly now?: () => number;
  readonly log?: (line: Record<string, unknown>) => void;
  /** Called with every SQL statement. */
  readonly onQuery?: (event: LogEvent) => void;
}

/** What a new installation starts with; shown once. */
export interface FirstKeys {
  /** Signs in to the page and manages keys. */
  readonly person: string;
  /** For agents: may ask, and use what was approved; may never decide. */
  readonly agent: string;
  /** Lets clients check the signature of a decision. */
  readonly decision_key: string;
}

export interface Approval {
  /** Answers one request (WHATWG fetch). */
  fetch(request: Request, env?: object): Response | Promise<Response>;
  /** Makes tenant, project and first keys in an empty database; null when there are some. */
  firstRun(principal: string): Promise<FirstKeys | null>;
  createKey(key: NewKey): Promise<{ key_id: string; secret: string }>;
  /** Does what time asks for: expires cards, forgets old idempotency keys. Call it every minute. */
  tick(): Promise<void>;
  /** Lets everything that waits answer with the present state, at once. */
  stop(): void;
  /** Closes the database. */
  close(): Promise<void>;
}

const home: Scope = { tenant: "default", project: "default" };

/**
 * Opens the database and gives the endpoint as a fetch handler.
 *
 * @example
 * const approval = await createApproval({ db: ":memory:", publicUrl: "http://127.0.0.1:8787" });
 * const keys = await approval.firstRun("user:dana@acme.example");
 * const answer = await approval.fetch(new Request("http://127.0.0.1:8787/api/v1/me", { headers: { Authorization: `Bearer ${keys?.person}` } }));
 * answer.status; // 200
 */
export async function createApproval(options: ApprovalOptions): Promise<Approval> {
  const now = options.now ?? Date.now;
  const auditKey = options.auditKey ?? null;
  const db = await openDatabase(options.db, now(), options.onQuery);
  const stopping = new AbortController();
  const { core } = loadCore(process.env["AGENTMEND_BACKEND"] === "wasm" ? "wasm" : "auto", new URL("./agentmend.wasm", import.meta.url));
  const store = createStore(db, { auditKey, now, core });
  const { publicUrl } = options;
  const services: Services = {
    store,
    core,
    registry: readRegistry(core),
    publicUrl: typeof publicUrl === "string" ? () => publicUrl.replace(/\/+$/, "") : publicUrl,
    now,
    rates: createRates({ ...defaultRates, ...options.rates }, now),
    leastAuth: { ...defaultLeastAuth, ...options.leastAuth },
    auditKey,
    stopping: stopping.signal,
    log: options.log ?? (() => undefined),
  };
  const app = createApp(services);
  return {
    fetch: (request, env) => app.fetch(request, env),
    firstRun: (principal) => firstRun(services, principal),
    createKey: (key) => store.change(home, (unit) => createKey(unit, key, { kind: "system", id: "host", auth: "none" })),
    tick: () => tick(services),
    stop() {
      stopping.abort();
      store.wakeAll();
    },
    async close() {
      stopping.abort();
      store.wakeAll();
      await store.close();
    },
  };
}

async function firstRun(services: Services, principal: string): Promise<FirstKeys | null> {
  return services.store.change(home, async (unit) => {
    if ((await unit.tx.selectFrom("tenants").select("id").limit(1).executeTakeFirst()) !== undefined) return null;
    const decisionKey = `dk_${newSecret()}`;
    await unit.tx.insertInto("tenants").values({ id: home.tenant, name: home.tenant, created_at_ms: unit.now }).execute();
    await unit.tx
      .insertInto("projects")
      .values({ id: home.project, tenant_id: home.tenant, name: home.project, decision_kid: keyId(fromBase64Url(decisionKey.slice(3))), decision_key: decisionKey, created_at_ms: unit.now })
      .execute();
    const by = { kind: "system", id: "first-run", auth: "none" } as const;
    const person = await createKey(unit, { name: "first person", scopes: ["approve", "admin"], principal }, by);
    const agent = await createKey(unit, { name: "first agent", scopes: ["escalate"], principal: "svc:agent" }, by);
    return { person: person.secret, agent: agent.secret, decision_key: decisionKey };
  });
}

async function tick(services: Services): Promise<void> {
  for (const { id, tenant_id, project_id } of await overdueEscalations(services.store.db, services.now())) {
    await services.store.change({ tenant: tenant_id, project: project_id }, async (unit) => {
      const row = await findEscalation(unit.tx, unit.scope, id);
      if (row !== undefined) await expireIfDue(unit, row);
    });
  }
  await forgetKeys(services.store.db, services.now());
  await forgetSessions(services.store.db, services.now());
}
