// Token buckets in memory: what keeps one key from drowning the others.
import { Problem } from "../problem.js";

export interface Rate {
  /** Tokens a second. */
  readonly perSecond: number;
  readonly burst: number;
}

export type RateKind = "read" | "write" | "decide" | "failed";
export const defaultRates: Readonly<Record<RateKind, Rate>> = {
  read: { perSecond: 60, burst: 120 },
  write: { perSecond: 20, burst: 40 },
  decide: { perSecond: 5 / 60, burst: 5 },
  failed: { perSecond: 10 / 60, burst: 10 },
};

export interface Rates {
  /** Takes one token, or throws rate_limited with how long to wait. Answers what is left. */
  take(kind: RateKind, who: string): { limit: number; remaining: number; resetS: number };
  /** Throws when there is no token, without taking one. */
  peek(kind: RateKind, who: string): void;
  /** Gives a token back: an identical escalation does not count. */
  refund(kind: RateKind, who: string): void;
}

const mostBuckets = 10_000;

export function createRates(rates: Readonly<Record<RateKind, Rate>>, now: () => number): Rates {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const fill = (kind: RateKind, who: string): { tokens: number; at: number } => {
    const rate = rates[kind];
    const at = now();
    const id = `${kind} ${who}`;
    const bucket = buckets.get(id) ?? { tokens: rate.burst, at };
    bucket.tokens = Math.min(rate.burst, bucket.tokens + (Math.max(0, at - bucket.at) / 1000) * rate.perSecond);
    bucket.at = at;
    if (!buckets.has(id) && buckets.size >= mostBuckets) buckets.delete(buckets.keys().next().value as string);
    buckets.set(id, bucket);
    return bucket;
  };
  const refuse = (kind: RateKind, bucket: { tokens: number }): never => {
    const wait = Math.max(1, Math.ceil((1 - bucket.tokens) / rates[kind].perSecond));
    throw new Problem("rate_limited", `Too many at once. Try again in ${wait} s.`, { retryAfterS: wait });
  };
  return {
    take(kind, who) {
      const bucket = fill(kind, who);
      if (bucket.tokens < 1) return refuse(kind, bucket);
      bucket.tokens -= 1;
      return { limit: rates[kind].burst, remaining: Math.floor(bucket.tokens), resetS: Math.ceil((rates[kind].burst - bucket.tokens) / rates[kind].perSecond) };
    },
    peek(kind, who) {
      const bucket = fill(kind, who);
      if (bucket.tokens < 1) refuse(kind, bucket);
    },
    refund(kind, who) {
      const bucket = fill(kind, who);
      bucket.tokens = Math.min(rates[kind].burst, bucket.tokens + 1);
    },
  };
}
