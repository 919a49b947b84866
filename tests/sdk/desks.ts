// Clients of an endpoint for tests, as one process has them; endpoints and what is none.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AgentmendError } from "../../sdk/src/errors.js";
import { Desk, type DeskParts } from "../../sdk/src/escalation/desk.js";
import { sender } from "../../sdk/src/escalation/http.js";
import { memoryOutbox } from "../../sdk/src/escalation/outbox.js";
import { carryOn } from "../../sdk/src/intervention.js";
import { escalation, startEndpoint, type Endpoint } from "../approval/endpoint.js";

/** What a test has to undo, newest first; `afterEach(undo)`. */
export const cleanUp: (() => unknown)[] = [];
export async function undo(): Promise<void> {
  for (const step of cleanUp.splice(0).reverse()) await step();
}

export async function endpoint(options: Parameters<typeof startEndpoint>[0] = {}): Promise<Endpoint> {
  const started = await startEndpoint(options);
  cleanUp.push(() => started.serving.stop());
  return started;
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "agentmend-outbox-"));
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Something on a free port that is not our endpoint. */
export async function stranger(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Client {
  desk: Desk;
  told: Record<string, unknown>[];
  errors: Error[];
}

let ids = 0;
/** A client as one process has it. Pauses between attempts are none: `random` is 0. */
export async function client(url: string, token: string, parts: Partial<DeskParts> & { decisionKey?: string } = {}): Promise<Client> {
  const { decisionKey, ...rest } = parts;
  const told: Record<string, unknown>[] = [];
  const errors: Error[] = [];
  const options = { endpoint: url, token, decisionKey };
  const desk = new Desk({
    options,
    send: sender(options, token),
    store: memoryOutbox(),
    policy: undefined,
    clock: () => 1_795_000_000_000,
    newId: () => `request-${process.pid}-${(ids += 1)}`,
    random: () => 0,
    onError: (error) => errors.push(error),
    tell: (_, event) => told.push(event),
    isOpen: () => true,
    ...rest,
  });
  await desk.load();
  cleanUp.push(() => desk.dispose());
  return { desk, told, errors };
}

export const held = { ...carryOn, decision: "escalate" as const, message: "Wait.", findings: ["d1"] };
export const bodies = (...requests: object[]): (() => string) => () => JSON.stringify({ escalations: requests });
export const cards = async (at: Endpoint): Promise<Record<string, any>[]> => ((await at.call("GET", "/escalations", at.person)).body["items"] ?? []) as Record<string, any>[];
export const decide = (at: Endpoint, id: string, decision: string, more: object = {}): ReturnType<Endpoint["call"]> =>
  at.call("POST", `/escalations/${id}/decision`, at.person, { decision, binding_hash: escalation().binding_hash, ...more });

export async function refusal(work: Promise<unknown>): Promise<{ code: string; at: string }> {
  const error = await work.then(() => null, (reason: unknown) => reason);
  if (!(error instanceof AgentmendError)) throw new Error(`was not refused: ${String(error)}`);
  return { code: error.code, at: error.at };
}
