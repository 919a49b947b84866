// The one interface that all three bindings have. What an operation takes and answers: docs/operations.md.

export type Backend = "native" | "wasm" | "embind";

export interface Core {
  readonly backend: Backend;
  /** One-shot: the operation's name and its request (header line, then payload); answers a JSON document. */
  call(operation: string, request: Uint8Array): string;
  /** A run while it happens. `options` is a JSON object; with a snapshot of the same run it goes on where that was taken. */
  session(options: string, snapshot?: Uint8Array): CoreSession;
}

/** Options, events and answers: core/include/agentmend/session.h. */
export interface CoreSession {
  /** Feeds one event (JSON, and perhaps U+0000 and its text). 0 = carry on; 1 = ask result(0); 2 = it was not taken, result(0) says why. */
  event(json: string): number;
  /**
   * About the last event: 0, what to do (an intervention, or {error, decision, degraded} after a 2); 2, what needs a person
   * ({escalations: [escalation-request without digests]}). 1: the report so far.
   */
  result(which: 0 | 1 | 2): string;
  /** The run so far, for `session(options, snapshot)`: the same bytes in every binding. */
  snapshot(): Uint8Array;
  /** Releases the memory; later calls throw a TypeError. Calling it twice is fine. */
  dispose(): void;
}

const encoder = new TextEncoder();

/** Joins a header and the payload documents into a request. */
export function request(header: object, payload: readonly Uint8Array[] = []): Uint8Array {
  const head = encoder.encode(JSON.stringify(header) + "\n");
  const size = payload.reduce((sum, part) => sum + part.length, head.length);
  const bytes = new Uint8Array(size);
  bytes.set(head);
  let at = head.length;
  for (const part of payload) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
