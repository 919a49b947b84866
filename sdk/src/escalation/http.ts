// One request to the approval endpoint: bounded in time and size, no redirects, JSON or an error with a code.
import { AgentmendError } from "../errors.js";
import type { EscalationOptions } from "./options.js";

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** Milliseconds until the next attempt, when the endpoint says so. */
  readonly retryAfterMs: number | null;
}

export interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Nothing usable came back: no connection, no answer in time, or an answer that is not ours. Trying again may help. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export type Send = (ask: Ask) => Promise<Answer>;

const longestAnswer = 1 << 20;
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The base URL, checked: https, or http on loopback; no credentials, query or fragment. */
export function readEndpoint(endpoint: unknown): URL {
  const refuse = (why: string): AgentmendError => new AgentmendError("invalid_input", "/approval/endpoint", why);
  let url: URL;
  try {
    url = new URL(String(endpoint));
  } catch {
    throw refuse("This is not a URL. Give something like https://approve.example.com.");
  }
  const plain = url.protocol === "http:" && loopback.test(url.hostname);
  if (url.protocol !== "https:" && !plain) throw refuse("The approval endpoint must be https; http is for loopback only.");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") throw refuse("Give the endpoint without credentials, query or fragment; the key goes into `token`.");
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** A sender bound to one endpoint and token. */
export function sender(options: EscalationOptions, token: string): Send {
  const base = readEndpoint(options.endpoint);
  return async (ask) => {
    // Read at the call: a host may replace its global fetch.
    const fetch = options.fetch ?? globalThis.fetch;
    const timeout = AbortSignal.timeout(ask.timeoutMs);
    const signal = ask.signal === undefined ? timeout : AbortSignal.any([timeout, ask.signal]);
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: "application/json" };
    if (ask.body !== undefined) headers["content-type"] = "application/json";
    if (ask.idempotencyKey !== undefined) headers["idempotency-key"] = ask.idempotencyKey;
    try {
      const init: RequestInit = { method: ask.method, headers, redirect: "manual", signal };
      if (ask.body !== undefined) init.body = JSON.stringify(ask.body);
      const response = await fetch(new URL(`api/v1${ask.path}`, base), init);
      const text = await readText(response);
      return { status: response.status, body: parse(text, response), retryAfterMs: retryAfter(response.headers.get("retry-after")) };
    } catch (error) {
      if (ask.signal?.aborted === true) throw ask.signal.reason;
      throw error instanceof Unreachable ? error : new Unreachable(error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error));
    }
  };
}

async function readText(response: Response): Promise<string> {
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    await response.body?.cancel();
    throw new Unreachable("The approval endpoint answered with a redirect, which is not followed.");
  }
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > longestAnswer) {
      await reader.cancel();
      throw new Unreachable("The approval endpoint answered with more than 1 MiB.");
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string, response: Response): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // A gateway's error page is not JSON; its status still says what to do.
    if (response.status >= 400) return {};
  }
  throw new Unreachable("The approval endpoint answered with something that is not a JSON object.");
}

function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** What is worth another attempt with the same idempotency key. */
export function worthRetrying({ status, body }: Answer): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500 || (status === 409 && body["code"] === "in_progress");
}
