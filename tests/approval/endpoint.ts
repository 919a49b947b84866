// A real endpoint on a free port of this machine, and requests as clients make them.
import { readFileSync } from "node:fs";

import { serve, type ServeOptions, type Serving } from "@agentmend/approval";

import { bindingHash, type BindingParts } from "../../sdk/src/seal.js";
import type { EscalationRequest } from "../../sdk/src/wire.js";

export interface Answer {
  status: number;
  headers: Headers;
  // The tests look at what came over the wire, whatever it is.
  body: Record<string, any>;
}

export interface Endpoint {
  serving: Serving;
  url: string;
  /** For agents: svc:agent. */
  agent: string;
  /** Decides and manages: user:dana@acme.example. */
  person: string;
  decisionKey: string;
  clock: { now: number };
  call(method: string, path: string, key: string | null, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

const noLimit = { perSecond: 1e6, burst: 1e6 };
export const noLimits = { read: noLimit, write: noLimit, decide: noLimit, failed: noLimit };
export const auditKey = new Uint8Array(32).fill(7);

/** Starts an endpoint; the clock stands still until a test moves it. */
export async function startEndpoint(options: Partial<ServeOptions> = {}): Promise<Endpoint> {
  const clock = { now: 1_795_000_000_000 };
  const serving = await serve({ port: 0, db: ":memory:", principal: "user:dana@acme.example", rates: noLimits, auditKey, now: () => clock.now, leastAuth: { critical: "api-key" }, ...options });
  const keys = serving.firstKeys ?? { agent: "", person: "", decision_key: "" };
  return { serving, url: serving.url, agent: keys.agent, person: keys.person, decisionKey: keys.decision_key, clock, call: caller(serving.url) };
}

export function caller(url: string): Endpoint["call"] {
  return async (method, path, key, body, headers = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...(key === null ? {} : { Authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text.startsWith("{") && !text.includes("\n") ? JSON.parse(text) : { text }) as Answer["body"] };
  };
}

const examples = (JSON.parse(readFileSync(new URL("../data/schemas/escalation-request.schema.json", import.meta.url), "utf8")) as { examples: EscalationRequest[] }).examples;

/** The governance (held payment) or fix example of the schema, for this endpoint, sealed. */
export function escalation(kind: "governance" | "fix" = "governance", change: (request: EscalationRequest) => void = () => undefined): EscalationRequest {
  const request = structuredClone(examples[kind === "governance" ? 0 : 1]) as EscalationRequest;
  request.binding.tenant = "default";
  request.binding.project = "default";
  change(request);
  request.binding_hash = bindingHash(request.binding as BindingParts);
  return request;
}

let made = 0;
/** A fresh idempotency key. */
export function newKey(): string {
  made += 1;
  return `test-key-${process.pid}-${made}`;
}

/** Posts an escalation and answers the card. */
export async function ask(endpoint: Endpoint, request = escalation(), key = newKey()): Promise<Answer> {
  return endpoint.call("POST", "/escalations", endpoint.agent, request, { "Idempotency-Key": key });
}
