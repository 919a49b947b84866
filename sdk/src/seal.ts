// The one place that makes digests and signatures; the core only compares what is made here.
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { exactCopy, type Json } from "./json-value.js";

export { plainCopy } from "./json-value.js";

/**
 * RFC 8785 (JCS): one text per value. Refuses what has no single JSON reading, with a pointer: NaN, infinities and lone
 * surrogates (`not_i_json`), undefined, functions, getters, class instances and cycles (`unsupported_value`).
 *
 * @example
 * canonicalExact({ b: 1, a: [1e21, "é"] }); // '{"a":[1e+21,"é"],"b":1}'
 */
export function canonicalExact(value: unknown): string {
  return write(exactCopy(value));
}

// JSON.stringify writes numbers and strings as RFC 8785 asks (both refer to ECMAScript); only the order of keys is ours.
function write(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  // The default sort compares UTF-16 code units, as RFC 8785 3.2.3 asks.
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${write(value[key] as Json)}`);
  return `{${members.join(",")}}`;
}

/**
 * SHA-256 of bytes, or of the UTF-8 of a text, as 64 hex digits.
 *
 * @example
 * sha256Hex("abc"); // "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
 */
export function sha256Hex(data: string | Uint8Array): string {
  return bytesToHex(sha256(toBytes(data)));
}

/** HMAC-SHA256 as 64 hex digits. */
export function hmacSha256Hex(key: Uint8Array, data: string | Uint8Array): string {
  return bytesToHex(hmac(sha256, key, toBytes(data)));
}

/** sha256(JCS(value)): the digest of a document. */
export function hashExact(value: unknown): string {
  return sha256Hex(canonicalExact(value));
}

/**
 * The digest of a target's config (`base_hash`, and `post_hash` of the config after a fix).
 *
 * @example
 * baseHash({ guards: {}, limits: {} }); // "aff4333e…b28"
 */
export function baseHash(config: unknown): string {
  return hashExact(config);
}

/** What one application of one fix is made of (healing.md 4.4). */
export interface ApplyKeyParts {
  readonly detection_id: string;
  readonly fix_id: string;
  readonly target_id: string;
  readonly base_hash: string;
  readonly patch: unknown;
}

/** The same key twice is the same application: the store returns the existing record. */
export function applyKey(parts: ApplyKeyParts): string {
  const { detection_id, fix_id, target_id, base_hash, patch } = parts;
  return hashExact({ detection_id, fix_id, target_id, base_hash, patch });
}

/** What a decision of a person is bound to (healing.md 8.5). `args` are exact; absent parts are null, never left out. */
export interface BindingParts {
  readonly tenant: string;
  readonly project: string;
  readonly kind: string;
  readonly detector: string;
  readonly tool: string | null;
  readonly args: unknown;
  readonly fix: { readonly fix_type: string; readonly parameters: unknown; readonly patch: unknown } | null;
  readonly target: { readonly id: string; readonly version: string | null; readonly base_hash: string | null } | null;
  readonly agent: string | null;
  readonly run_id: string | null;
  readonly policy_rev: string;
}

/** Anything changed in the parts gives another hash, hence no approval. */
export function bindingHash(parts: BindingParts): string {
  const { tenant, project, kind, detector, tool, args, fix, target, agent, run_id, policy_rev } = parts;
  return hashExact({
    v: 1,
    tenant,
    project,
    kind,
    detector,
    tool,
    args,
    fix: fix && { fix_type: fix.fix_type, parameters: fix.parameters, patch: fix.patch },
    target: target && { id: target.id, version: target.version, base_hash: target.base_hash },
    agent,
    run_id,
    policy_rev,
  });
}

/** What makes two governance findings one case (healing.md 8.3). */
export interface DedupeParts {
  readonly detector: string;
  readonly run: string | null;
  readonly agent: string | null;
  readonly tool: string | null;
  readonly target: unknown;
}

/** Repeats of the same finding raise a counter, not a page. */
export function dedupeKey(parts: DedupeParts): string {
  const { detector, run, agent, tool, target } = parts;
  return hashExact({ detector, run, agent, tool, target });
}

/** The id of an audit key: the first 16 hex digits of its SHA-256. */
export function keyId(key: Uint8Array): string {
  return sha256Hex(key).slice(0, 16);
}

/** The hash of one audit event, given without its `hash`; without a key a plain SHA-256 (finds accidents, not attackers). */
export function auditEventHash(event: unknown, key: Uint8Array | null): string {
  const text = canonicalExact(event);
  return key === null ? sha256Hex(text) : hmacSha256Hex(key, text);
}

/** The mac of an audit head, given without its `mac`. The prefix keeps a head from passing for an event. */
export function auditHeadMac(head: unknown, key: Uint8Array | null): string {
  const text = `agentmend-head-v1\n${canonicalExact(head)}`;
  return key === null ? sha256Hex(text) : hmacSha256Hex(key, text);
}

/**
 * The signature of a person's decision: HMAC-SHA256 over JCS, 43 characters of base64url. `signature` itself and
 * `server_time_ms` (which each answer carries anew) are left out of what is signed.
 */
export function decisionSignature(decision: object, key: Uint8Array): string {
  const { signature: _, server_time_ms: __, ...signed } = decision as { signature?: unknown; server_time_ms?: unknown };
  const bytes = hmac(sha256, key, utf8ToBytes(canonicalExact(signed)));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Compares two texts of equal length without saying, by its time, where they differ. */
export function equalInConstantTime(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; ++at) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}

function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? utf8ToBytes(data) : data;
}
