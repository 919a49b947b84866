// The audit chain (healing.md 9): how an event is linked to the one before, and how an export is checked.
import { AgentmendError } from "./errors.js";
import { auditEventHash, auditHeadMac, equalInConstantTime, keyId } from "./seal.js";
import type { AuditEvent } from "./wire.js";

/** The newest link of a stream, sealed: what shows that a tail was cut off. */
export interface AuditHead {
  readonly v: 1;
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  readonly count: number;
  readonly at_ms: number;
  readonly kid: string;
  readonly mac: string;
}

/** What the writer of an event says; the chain adds the rest. */
export type AuditEntry = Pick<AuditEvent, "id" | "at_ms" | "type" | "actor" | "subject" | "data">;

/** `prev` of the first event. */
export const noHash = "0".repeat(64);

/**
 * Links an event to the head of its stream (null = the stream is empty). Without a key the chain is a plain SHA-256 chain:
 * it finds accidents, not attackers, and says so (`keyed: false`).
 *
 * @example
 * const first = linkEvent(null, { tenant: "acme", project: "support" }, entry, key);
 * const second = linkEvent(first.head, { tenant: "acme", project: "support" }, other, key);
 * second.event.prev === first.event.hash; // true
 */
export function linkEvent(head: AuditHead | null, where: { tenant: string; project: string }, entry: AuditEntry, key: Uint8Array | null): { event: AuditEvent; head: AuditHead } {
  const body = {
    v: 1 as const,
    stream: `${where.tenant}/${where.project}`,
    seq: head === null ? 0 : head.seq + 1,
    id: entry.id,
    at_ms: entry.at_ms,
    tenant: where.tenant,
    project: where.project,
    type: entry.type,
    actor: entry.actor,
    subject: entry.subject,
    data: entry.data,
    prev: head === null ? noHash : head.hash,
    kid: key === null ? "none" : keyId(key),
    keyed: key !== null,
  };
  const event = { ...body, hash: auditEventHash(body, key) };
  return { event, head: sealHead({ v: 1, stream: body.stream, seq: body.seq, hash: event.hash, count: body.seq + 1, at_ms: body.at_ms, kid: body.kid }, key) };
}

/** A head with its mac. */
export function sealHead(head: Omit<AuditHead, "mac">, key: Uint8Array | null): AuditHead {
  return { ...head, mac: auditHeadMac(head, key) };
}

export type AuditFindingCode =
  | "edited"
  | "broken_link"
  | "reordered"
  | "duplicate"
  | "gap"
  | "truncated_tail"
  | "truncated_start"
  | "forked"
  | "wrong_key"
  | "unknown_kid"
  | "bad_json";

export interface AuditFinding {
  readonly code: AuditFindingCode;
  /** The event's place in the stream; null where there is none. */
  readonly seq: number | null;
  /** The line of the export, from 1. */
  readonly line: number;
  readonly message: string;
}

export interface AuditVerdict {
  readonly status: "ok" | AuditFindingCode;
  /** The first findings, oldest first (at most 100); `found` counts all. */
  readonly findings: AuditFinding[];
  readonly found: number;
  /** What could not be known: `unkeyed` (no key protects the chain), `unanchored` (no head from outside). */
  readonly warnings: ("unkeyed" | "unanchored")[];
  readonly stream: string | null;
  readonly events: number;
  readonly first_seq: number | null;
  readonly last_seq: number | null;
  readonly last_hash: string | null;
}

export interface AuditVerifyOptions {
  /** Every key that signed a part of the stream. Without one, keyed events cannot be checked (`unknown_kid`). */
  readonly keys: readonly Uint8Array[];
  /** A head that was kept outside: the only thing that shows a tail cut by somebody who holds the key. */
  readonly anchor?: AuditHead | undefined;
  /** The part that is checked, when it is not the whole stream. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const mostFindings = 100;
const hex64 = /^[0-9a-f]{64}$/;

/**
 * Checks an export line by line, in constant memory.
 *
 * @example
 * const verifier = createAuditVerifier({ keys: [key] });
 * for (const line of text.split("\n")) verifier.line(line);
 * verifier.end().status; // "ok"
 */
export function createAuditVerifier(options: AuditVerifyOptions): { line(text: string): void; end(): AuditVerdict } {
  const check = new Check(options);
  return { line: (text) => check.line(text), end: () => check.end() };
}

class Check {
  private readonly keys: Map<string, Uint8Array>;
  private readonly findings: AuditFinding[] = [];
  private readonly warnings = new Set<"unkeyed" | "unanchored">();
  private found = 0;
  private lines = 0;
  private stream: string | null = null;
  private opening: Record<string, unknown> | null = null;
  private head: AuditHead | null = null;
  private last: { seq: number; hash: string; keyed: boolean } | null = null;
  private highest = -1;
  private first: number | null = null;
  private events = 0;
  private checked = 0;
  private readonly unknown = new Map<string, { events: number; seq: number }>();
  private anchorSeen = false;

  constructor(private readonly options: AuditVerifyOptions) {
    this.keys = new Map(options.keys.map((key) => [keyId(key), key]));
  }

  line(text: string): void {
    this.lines += 1;
    if (text.trim() === "") return;
    const value = this.parse(text);
    if (value === null) return;
    if (this.head !== null) this.say("bad_json", null, "There is a line after the head. An export ends with it.");
    else if ("agentmend_audit" in value) this.open(value);
    else if ("head" in value) this.close(value["head"]);
    else this.event(value);
  }

  end(): AuditVerdict {
    if (this.opening === null && this.found === 0) this.say("bad_json", null, "This is not an audit export: its first line starts with {\"agentmend_audit\":1.");
    this.compareHead();
    this.compareAnchor();
    this.sayUnknownKeys();
    const worst = this.findings.find(({ code }) => code === "bad_json") ?? this.findings.find(({ code }) => code === "wrong_key" || code === "unknown_kid") ?? this.findings[0];
    return {
      status: worst?.code ?? "ok",
      findings: this.findings,
      found: this.found,
      warnings: [...this.warnings].sort().reverse(),
      stream: this.stream,
      events: this.events,
      first_seq: this.first,
      last_seq: this.last?.seq ?? null,
      last_hash: this.last?.hash ?? null,
    };
  }

  private say(code: AuditFindingCode, seq: number | null, message: string): void {
    this.found += 1;
    if (this.findings.length < mostFindings) this.findings.push({ code, seq, line: this.lines, message });
  }

  private parse(text: string): Record<string, unknown> | null {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // said below
    }
    this.say("bad_json", null, "This line is not a JSON object.");
    return null;
  }

  private open(value: Record<string, unknown>): void {
    if (this.opening !== null || this.events > 0) return this.say("bad_json", null, "A second opening line: this file is two exports in one. Check them one by one.");
    if (value["agentmend_audit"] !== 1 || typeof value["stream"] !== "string") return this.say("bad_json", null, "The opening line is of another version, or names no stream.");
    this.opening = value;
    this.stream = value["stream"];
  }

  private close(value: unknown): void {
    const head = readHead(value);
    if (head === null) return this.say("bad_json", null, "The head is not one of version 1.");
    this.head = head;
  }

  private event(value: Record<string, unknown>): void {
    const { seq, hash, prev, kid, keyed } = value;
    if (this.opening === null) {
      this.opening = {};
      this.say("bad_json", null, 'The first line of an export starts with {"agentmend_audit":1. It is missing.');
    }
    if (typeof seq !== "number" || !Number.isSafeInteger(seq) || typeof hash !== "string" || typeof prev !== "string" || typeof kid !== "string") {
      return this.say("bad_json", null, "This is not an audit event: seq, hash, prev and kid are needed.");
    }
    const { from, to } = this.options;
    if (to !== undefined && seq > to) return;
    if (from !== undefined && seq < from) return void (this.last = seq === from - 1 ? { seq, hash, keyed: keyed === true } : this.last);
    this.events += 1;
    this.first ??= seq;
    const intact = this.checkHash(value, seq, hash, kid, keyed === true);
    this.checkOrder(seq, prev, intact);
    if (this.stream !== null && value["stream"] !== this.stream) this.say("broken_link", seq, `Event ${seq} belongs to another stream.`);
    const { anchor } = this.options;
    if (anchor !== undefined && seq === anchor.seq) {
      this.anchorSeen = true;
      if (hash !== anchor.hash) this.say("forked", seq, `Event ${seq} is not the one that was anchored: the chain was written anew.`);
    }
    this.last = { seq, hash, keyed: keyed === true };
    this.highest = Math.max(this.highest, seq);
  }

  private checkHash(value: Record<string, unknown>, seq: number, hash: string, kid: string, keyed: boolean): boolean {
    const key = this.keyFor(kid, seq, keyed);
    if (key === undefined) return false;
    const { hash: _, ...body } = value;
    let made: string;
    try {
      made = auditEventHash(body, key);
    } catch {
      this.say("bad_json", seq, `Event ${seq} holds what has no single JSON reading.`);
      return false;
    }
    if (equalInConstantTime(made, hash)) return true;
    this.say("edited", seq, `Event ${seq} was changed after it was written.`);
    return false;
  }

  // undefined = it cannot be checked, and that was said.
  private keyFor(kid: string, seq: number, keyed: boolean): Uint8Array | null | undefined {
    if (!keyed || kid === "none") {
      // Once a key protects the chain, an event without one is somebody else's.
      if (this.last?.keyed === true) this.say("edited", seq, `Event ${seq} carries no key although the one before does.`);
      this.warnings.add("unkeyed");
      return null;
    }
    const key = this.keys.get(kid);
    if (key !== undefined) {
      this.checked += 1;
      return key;
    }
    this.missKey(kid, seq);
    return undefined;
  }

  private checkOrder(seq: number, prev: string, intact: boolean): void {
    const { last } = this;
    if (last === null) {
      if (seq === 0 && prev !== noHash) this.say("broken_link", seq, "The first event points to one before it.");
      if (seq > 0) this.startsLate(seq);
      return;
    }
    if (seq === last.seq + 1) {
      if (prev !== last.hash && intact) this.say("broken_link", seq, `Event ${seq} does not follow event ${last.seq}: something was put in, taken out or spliced.`);
      else if (prev !== last.hash) this.say("broken_link", seq, `Event ${seq} does not point to the event before it.`);
    } else if (seq === last.seq) this.say("duplicate", seq, `Event ${seq} is there twice.`);
    else if (seq <= this.highest) this.say("reordered", seq, `Event ${seq} stands after event ${last.seq}.`);
    else this.say("gap", seq, `Event ${seq} follows event ${last.seq}: ${seq - last.seq - 1} missing between.`);
  }

  private startsLate(seq: number): void {
    const from = this.options.from ?? (typeof this.opening?.["from"] === "number" ? (this.opening["from"] as number) : 0);
    if (seq !== from) this.say("truncated_start", seq, `The first event is ${seq}, not ${from}.`);
    else if (this.options.from === undefined) this.say("truncated_start", seq, `The export starts at event ${seq}. Say --from ${seq} when that is meant.`);
  }

  private compareHead(): void {
    const { head, last, options } = this;
    if (this.found > 0 && this.events === 0) return;
    if (options.to !== undefined && last !== null && last.seq === options.to) return;
    if (head === null) return this.say("truncated_tail", last?.seq ?? null, "The export has no head: its end is missing.");
    const key = head.kid === "none" ? null : this.keys.get(head.kid);
    if (key === undefined) this.missKey(head.kid, head.seq);
    else {
      const { mac, ...body } = head;
      if (key === null) this.warnings.add("unkeyed");
      if (key === null && last?.keyed === true) this.say("edited", head.seq, "The head carries no key although the last event does.");
      if (!equalInConstantTime(auditHeadMac(body, key), mac)) this.say("edited", head.seq, "The head was changed after it was written.");
    }
    if (this.stream !== null && head.stream !== this.stream) this.say("broken_link", head.seq, "The head belongs to another stream.");
    if (last === null) {
      if (head.count > 0) this.say("truncated_tail", null, `The head counts ${head.count} events; none is here.`);
    } else if (head.seq > last.seq) this.say("truncated_tail", last.seq, `The head is at event ${head.seq}, the last event here is ${last.seq}.`);
    else if (head.seq < last.seq || head.hash !== last.hash) this.say("broken_link", last.seq, "The last event is not the one that the head names.");
  }

  private compareAnchor(): void {
    const { anchor } = this.options;
    if (anchor === undefined) return void this.warnings.add("unanchored");
    const key = anchor.kid === "none" ? null : this.keys.get(anchor.kid);
    const { mac, ...body } = anchor;
    if (key === undefined) this.missKey(anchor.kid, anchor.seq);
    else if (!equalInConstantTime(auditHeadMac(body, key), mac)) this.say("edited", anchor.seq, "The anchor was changed after it was written.");
    if (this.stream !== null && anchor.stream !== this.stream) return this.say("forked", anchor.seq, "The anchor is of another stream.");
    if (this.anchorSeen || anchor.seq < (this.options.from ?? 0) || (this.options.to !== undefined && anchor.seq > this.options.to)) return;
    this.say("truncated_tail", this.last?.seq ?? null, `Event ${anchor.seq} was anchored outside; it is not here.`);
  }

  private missKey(kid: string, seq: number): void {
    const known = this.unknown.get(kid);
    if (known !== undefined) known.events += 1;
    else if (this.unknown.size < mostFindings) this.unknown.set(kid, { events: 1, seq });
  }

  // A kid is a digest of its key: a key that fits no kid is the wrong one, and one finding says so for all events.
  private sayUnknownKeys(): void {
    for (const [kid, { events, seq }] of this.unknown) {
      const wrong = this.keys.size > 0 && this.checked === 0;
      const what = `${events === 1 ? "One signature was" : `${events} signatures were`} made with key ${kid.slice(0, 16)}`;
      this.say(wrong ? "wrong_key" : "unknown_kid", seq, wrong ? `${what}; the given key is another.` : `${what}, which was not given.`);
    }
  }
}

/** Reads a head (of an export's last line, or an anchor kept outside); null when it is none. */
export function readHead(value: unknown): AuditHead | null {
  if (typeof value !== "object" || value === null) return null;
  const { v, stream, seq, hash, count, at_ms, kid, mac } = value as Record<string, unknown>;
  const whole = (number: unknown): number is number => typeof number === "number" && Number.isSafeInteger(number);
  if (v !== 1 || typeof stream !== "string" || !whole(seq) || !whole(count) || !whole(at_ms) || typeof kid !== "string") return null;
  if (typeof hash !== "string" || !hex64.test(hash) || typeof mac !== "string" || !hex64.test(mac)) return null;
  return { v, stream, seq, hash, count, at_ms, kid, mac };
}

/**
 * The 32 bytes of an audit key, as people keep it: 64 hex digits, or base64 (also base64url).
 *
 * @example
 * readAuditKey("07".repeat(32)).length; // 32
 */
export function readAuditKey(text: string): Uint8Array {
  const plain = text.trim();
  if (/^[0-9a-f]{64}$/i.test(plain)) return Uint8Array.from(plain.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(plain)) return Uint8Array.from(atob(plain.replace(/=$/, "").replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  throw new AgentmendError("audit_key_invalid", "", "An audit key is 32 bytes, written as 64 hex digits or as base64.");
}
