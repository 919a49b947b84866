// A session as bytes: a line of JSON (whose run, what was decided, the seal), then the core's snapshot.
import { hmacSha256Hex } from "./seal.js";
import type { Decided } from "./session.js";

export interface Snapshot {
  readonly runId: string;
  /** Events that the run has seen, decisions that were taken, and decisions that are no longer kept. */
  readonly count: number;
  readonly dropped: number;
  readonly decisions: readonly Decided[];
  readonly core: Uint8Array;
  /** The seal fits the key: nobody but its holder wrote these bytes. */
  readonly sealed: boolean;
}

export interface SnapshotError {
  readonly code: string;
  readonly at: string;
  readonly message: string;
}

const schema = "agentmend.snapshot/1";
const longestHead = 8 << 20;

export function writeSnapshot(parts: Omit<Snapshot, "sealed">, key: Uint8Array | undefined): Uint8Array {
  const { runId, count, dropped, decisions, core } = parts;
  const head = JSON.stringify({ schema, run_id: runId, count, dropped, decisions });
  const seal = key === undefined ? null : sealOf(head, core, key);
  const line = new TextEncoder().encode(`${JSON.stringify({ head, seal })}\n`);
  const bytes = new Uint8Array(line.length + core.length);
  bytes.set(line);
  bytes.set(core, line.length);
  return bytes;
}

/** Never throws on bytes. With a key, a snapshot that lacks its seal is refused whole. */
export function readSnapshot(bytes: Uint8Array, key: Uint8Array | undefined): Snapshot | SnapshotError {
  const end = bytes.subarray(0, longestHead).indexOf(10);
  let head: { schema?: unknown; run_id?: unknown; count?: unknown; dropped?: unknown; decisions?: unknown };
  let text: unknown;
  let seal: unknown;
  try {
    ({ head: text, seal } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, Math.max(end, 0)))) as { head: unknown; seal: unknown });
    head = JSON.parse(text as string) as typeof head;
  } catch {
    return broken("", "This is no snapshot of a session (its first line).");
  }
  if (typeof head.schema === "string" && head.schema !== schema && head.schema.startsWith("agentmend.snapshot/")) {
    return { code: "snapshot_version", at: "/schema", message: `The snapshot is ${head.schema.slice(0, 40)}; this build reads ${schema}.` };
  }
  if (head.schema !== schema || typeof head.run_id !== "string" || !isCount(head.count) || !isCount(head.dropped) || !Array.isArray(head.decisions)) {
    return broken("/head", "The first line of the snapshot lacks what it must hold.");
  }
  const core = bytes.slice(end + 1);
  const sealed = key !== undefined && seal === sealOf(text as string, core, key);
  if (key !== undefined && !sealed) return broken("/seal", "The snapshot does not carry the seal of this mender's key.");
  return { runId: head.run_id, count: head.count, dropped: head.dropped, decisions: head.decisions as Decided[], core, sealed };
}

function sealOf(head: string, core: Uint8Array, key: Uint8Array): string {
  const text = new TextEncoder().encode(`${schema}\n${head}\n`);
  const all = new Uint8Array(text.length + core.length);
  all.set(text);
  all.set(core, text.length);
  return hmacSha256Hex(key, all);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function broken(at: string, message: string): SnapshotError {
  return { code: "snapshot_invalid", at, message };
}
