import type { Context } from "hono";

import { Problem } from "../problem.js";
import type { Services } from "../services.js";

/** Any error as a problem; what is not ours to tell goes to the log. */
export function asProblem(services: Services, error: unknown, c: Context): Problem {
  if (error instanceof Problem) {
    if (error.status >= 500) services.log({ level: "error", code: error.code, path: new URL(c.req.url).pathname, error: String(error.cause) });
    return error;
  }
  if (services.stopping.aborted) return new Problem("unavailable", "The server is stopping. Try again in a moment.", { retryAfterS: 1 });
  services.log({ level: "error", code: "internal", path: new URL(c.req.url).pathname, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  return new Problem("internal", "This is a fault of the server; nothing was decided. Its log says more.");
}

export function answerProblem(c: Context, error: Problem): Response {
  if (error.retryAfterS !== undefined) c.header("Retry-After", String(error.retryAfterS));
  if (error.status === 401) c.header("WWW-Authenticate", "Bearer");
  c.header("Content-Type", "application/problem+json");
  const body = JSON.stringify(error.document(new URL(c.req.url).pathname));
  return c.body(body, error.status as 400);
}
