import type { AuditEvent } from "../../sdk/src/wire.js";
import type { KeyScope } from "./store/keys.js";
import type { Scope } from "./store/unit.js";

export type Auth = "sso" | "session" | "slack-user" | "api-key" | "email-link" | "link-holder";

/** Who asks, after authentication. */
export interface Caller {
  readonly scope: Scope;
  readonly keyId: string;
  readonly principal: string;
  readonly display: string | null;
  readonly scopes: readonly KeyScope[];
  readonly auth: Auth;
  readonly redacted: boolean;
}

// From strong to weak (approval-api.md 1.2).
const strength: readonly Auth[] = ["sso", "session", "slack-user", "api-key", "email-link", "link-holder"];

export function atLeast(auth: Auth, wanted: Auth): boolean {
  return strength.indexOf(auth) <= strength.indexOf(wanted);
}

/** How the audit trail names a caller. */
export function actorOf(caller: Caller): AuditEvent["actor"] {
  return { kind: caller.scopes.includes("approve") ? "person" : "client", id: caller.scopes.includes("approve") ? caller.principal : caller.keyId, auth: caller.auth };
}
