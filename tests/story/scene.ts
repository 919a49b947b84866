// What every chapter needs: a folder, the endpoint as a process, one browser; all of it gone afterwards.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Endpoint } from "../approval/endpoint.js";
import { end, endAll, keysOf, startServe } from "../approval/process.js";
import { agentmend, type Ran } from "../cli/run.js";
import { startAgent, type Agent, type Settings } from "./processes.js";

export const auditKey = "5a".repeat(32);

/** A card as the API shows it. */
export type Card = Endpoint["call"] extends (...args: never) => Promise<{ body: infer Body }> ? Body : never;

export interface Scene {
  readonly url: string;
  readonly keys: ReturnType<typeof keysOf>;
  readonly call: Endpoint["call"];
  /** Starts an agent on run `run-7`; `outbox` says whether it keeps its questions in a folder or in memory alone. */
  agent(settings?: Partial<Pick<Settings, "hang" | "lose">> & { outbox?: boolean }): Agent;
  /** Kills the endpoint. */
  killEndpoint(): Promise<unknown>;
  /** Starts it again, on the same port and database. */
  startEndpoint(): Promise<void>;
  /** How often each tool was run, by whatever process. */
  executions(): Record<string, number>;
  /** All cards, newest first. */
  cards(): Promise<Card[]>;
  /** The cards that wait, as soon as there is one. */
  pending(): Promise<Card[]>;
  /** The audit trail as exported by the endpoint. */
  trail(): Promise<string>;
  /** What `agentmend audit verify` says of a trail. */
  verify(trail: string): Ran;
  end(): Promise<void>;
}

/** Sets the stage: the endpoint runs, nothing has happened. */
export async function openScene(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "agentmend-story-"));
  const db = join(folder, "approvals.db");
  const ledger = join(folder, "ledger");
  const serve = (port: string) => startServe(db, ["--port", port], { AGENTMEND_AUDIT_KEY: auditKey });
  let served = await serve("0");
  const { url, call } = served;
  const keys = keysOf(served.out);
  const cards = async (): Promise<Card[]> => {
    const { items } = (await call("GET", "/escalations", keys.person)).body as { items: { id: string }[] };
    return Promise.all(items.map(async ({ id }) => (await call("GET", `/escalations/${id}`, keys.person)).body));
  };
  return {
    url,
    keys,
    call,
    agent({ outbox = true, ...more } = {}) {
      return startAgent({ endpoint: url, token: keys.agent, decisionKey: keys.decision, outbox: outbox ? join(folder, "outbox") : null, ledger, runId: "run-7", ...more });
    },
    killEndpoint: () => end(served.child, "SIGKILL"),
    async startEndpoint() {
      served = await serve(new URL(url).port);
    },
    executions() {
      const counts: Record<string, number> = {};
      const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").trimEnd().split("\n") : [];
      for (const tool of lines) counts[tool] = (counts[tool] ?? 0) + 1;
      return counts;
    },
    cards,
    async pending() {
      for (;;) {
        const waiting = (await cards()).filter(({ status }) => status === "pending");
        if (waiting.length > 0) return waiting;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    trail: async () => (await call("GET", "/audit/export", keys.person)).body["text"] as string,
    verify(trail) {
      const file = join(folder, "trail.jsonl");
      writeFileSync(file, trail);
      return agentmend(["audit", "verify", file, "--key", auditKey]);
    },
    async end() {
      await endAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
