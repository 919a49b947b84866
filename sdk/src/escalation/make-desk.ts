import { AgentmendError } from "../errors.js";
import type { Host } from "../mender.js";
import { tellDecision, type RunSession } from "../session.js";
import type { Policy } from "../wire.js";
import { Desk } from "./desk.js";
import { sender } from "./http.js";
import type { EscalationOptions } from "./options.js";
import { memoryOutbox, type OutboxStore } from "./outbox.js";
import { keyBytes } from "./verify-decision.js";

export interface MakeDeskParts {
  readonly policy: Policy | undefined;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly onError: (error: Error) => void;
  /** The sessions that are open, by run. */
  readonly open: ReadonlyMap<string, RunSession>;
}

/** The desk of a mender, with what an earlier process left in its outbox. Throws AgentmendError for options that cannot be meant. */
export async function makeDesk(options: EscalationOptions, host: Host, parts: MakeDeskParts): Promise<Desk> {
  const token = options.token ?? host.env["AGENTMEND_APPROVAL_TOKEN"];
  if (token === undefined || token === "") throw new AgentmendError("missing_field", "/approval/token", "Give the endpoint's key as approval.token or in AGENTMEND_APPROVAL_TOKEN.");
  [options.decisionKey ?? []].flat().forEach(keyBytes);
  const { open, ...rest } = parts;
  const desk = new Desk({
    ...rest,
    options,
    send: sender(options, token),
    store: storeOf(options.outbox, host),
    random: Math.random,
    isOpen: (runId) => open.get(runId)?.open === true,
    tell: (runId, event) => {
      const session = open.get(runId);
      if (session !== undefined) tellDecision(session, event);
    },
  });
  await desk.load();
  return desk;
}

function storeOf(outbox: OutboxStore | string | undefined, host: Host): OutboxStore {
  if (outbox === undefined) return memoryOutbox();
  if (typeof outbox !== "string") return outbox;
  if (host.folderOutbox === undefined) throw new AgentmendError("invalid_input", "/approval/outbox", "There are no files here; pass an OutboxStore.");
  return host.folderOutbox(outbox);
}
