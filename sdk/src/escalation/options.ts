import type { OutboxStore } from "./outbox.js";

export interface EscalationOptions {
  /** Where the endpoint answers, without `/api/v1`: `https://approve.example.com`. Plain http is for loopback only. */
  readonly endpoint: string;
  /** A key with the scope `escalate`. Default: the environment's AGENTMEND_APPROVAL_TOKEN. */
  readonly token?: string | undefined;
  /** Part of every binding; both must be the endpoint's. Default `default`. */
  readonly tenant?: string | undefined;
  readonly project?: string | undefined;
  /** Who asks: a decision by the same principal is refused. Default: the agent that the call is of. */
  readonly principal?: string | undefined;
  /** The project's decision key (`dk_…`, as the endpoint shows it; several while it is rotated): decisions must carry its signature. Without it
   * the channel (TLS and the token) vouches for them. */
  readonly decisionKey?: string | readonly string[] | undefined;
  /** Where what was not sent yet is kept. Default: memory, lost with the process. On Node also the path of a folder. */
  readonly outbox?: OutboxStore | string | undefined;
  /** Seconds until an open card expires, which rejects it (30 to 86,400). Default: the policy's, else a day. */
  readonly expiresInS?: number | undefined;
  /** Default: the platform's fetch. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}
