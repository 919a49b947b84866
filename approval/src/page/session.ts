// Who looks at a page, and whether a form came from one of ours.
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

import { equalInConstantTime } from "../../../sdk/src/seal.js";
import type { Caller } from "../callers.js";
import { addressOf, callerOf, keyRow } from "../http/auth.js";
import { Problem } from "../problem.js";
import type { Services } from "../services.js";
import { findKey } from "../store/keys.js";
import { endSession, findSession, openSession } from "../store/sessions.js";
import type { Viewer } from "./layout.js";

export interface SignedIn {
  /** The tenant's caller; the project is that of the card, or the key's own. */
  readonly caller: Caller;
  readonly allProjects: boolean;
  readonly viewer: Viewer;
}

// A __Host- cookie needs https; on plain http, which is this machine alone, some browsers would drop it.
function cookieName(services: Services): string {
  return isHttps(services) ? "__Host-am_session" : "am_session";
}

export function isHttps(services: Services): boolean {
  return services.publicUrl().startsWith("https:");
}

/** Who is signed in; null when nobody is. */
export async function whoIs(services: Services, c: Context): Promise<SignedIn | null> {
  const id = getCookie(c, cookieName(services));
  if (id === undefined || id === "") return null;
  const session = await findSession(services.store.db, id, services.now());
  const key = session === undefined ? undefined : await findKey(services.store.db, session.key_id);
  const now = services.now();
  if (session === undefined || key === undefined || key.revoked_at_ms !== null || (key.expires_at_ms !== null && key.expires_at_ms <= now)) return null;
  const caller = callerOf(key, key.project_id ?? "default", "session");
  return { caller, allProjects: key.project_id === null, viewer: { name: key.display ?? key.principal.replace(/^user:/, ""), csrf: session.csrf } };
}

/** Signs in with a key that may decide. A fresh session each time. */
export async function begin(services: Services, c: Context, key: string): Promise<void> {
  refuseOtherSites(services, c);
  const row = await keyRow(services, key, addressOf(c));
  if (!row.scopes.split(" ").includes("approve")) throw new Problem("missing_scope", "This key is not a person's: it cannot decide. Use a key with the scope approve.");
  const before = getCookie(c, cookieName(services));
  if (before !== undefined) await endSession(services.store.db, before);
  const id = await openSession(services.store.db, row, services.now());
  setCookie(c, cookieName(services), id, { path: "/", httpOnly: true, secure: isHttps(services), sameSite: "Strict", maxAge: 24 * 3600 });
}

export async function end(services: Services, c: Context): Promise<void> {
  const id = getCookie(c, cookieName(services));
  if (id !== undefined) await endSession(services.store.db, id);
  deleteCookie(c, cookieName(services), { path: "/", secure: isHttps(services) });
}

/** A form of ours carries the session's token and comes from our own origin; either failing is a refusal. */
export function checkForm(services: Services, c: Context, signedIn: SignedIn, token: string): void {
  refuseOtherSites(services, c);
  if (!equalInConstantTime(token, signedIn.viewer.csrf)) throw new Problem("csrf", "The form is not from this session. Open the page again. Nothing was changed.");
}

function refuseOtherSites(services: Services, c: Context): void {
  const origin = c.req.header("Origin");
  const site = c.req.header("Sec-Fetch-Site");
  const own = [new URL(c.req.url).origin, new URL(services.publicUrl()).origin];
  // Our pages send no referrer, and browsers then send Origin: null with a form; Sec-Fetch-Site, which no page can set, says where it
  // came from all the same. Browsers without it name their origin.
  const ours = site === undefined ? origin !== undefined && own.includes(origin) : site === "same-origin" && (origin === undefined || origin === "null" || own.includes(origin));
  if (!ours) throw new Problem("csrf", "The form was sent from another site. Nothing was changed.");
}
