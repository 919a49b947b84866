import type { Context, MiddlewareHandler } from "hono";

/** What every answer says: do not keep it, do not guess its type, do not tell others where you came from. */
export const plainHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Referrer-Policy", "no-referrer");
};

export function noteRate(c: Context, rate: { limit: number; remaining: number; resetS: number }): void {
  c.header("RateLimit-Limit", String(rate.limit));
  c.header("RateLimit-Remaining", String(rate.remaining));
  c.header("RateLimit-Reset", String(rate.resetS));
}
