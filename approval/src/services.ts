import type { Core } from "../../wasm/core.js";
import { fromBase64Url } from "./ids.js";
import type { LeastAuth } from "./decide.js";
import type { Signing } from "./escalation.js";
import type { Rates } from "./http/rates.js";
import { Problem } from "./problem.js";
import type { Registry } from "./registry.js";
import type { Scope, Store } from "./store/unit.js";

/** What the routes share. */
export interface Services {
  readonly store: Store;
  readonly core: Core;
  readonly registry: Registry;
  /** Where people reach this server, without a slash at the end. */
  readonly publicUrl: () => string;
  readonly now: () => number;
  readonly rates: Rates;
  readonly leastAuth: LeastAuth;
  readonly auditKey: Uint8Array | null;
  /** Ends what waits, when the server stops. */
  readonly stopping: AbortSignal;
  readonly log: (line: Record<string, unknown>) => void;
}

/** The key that signs a project's decisions. */
export async function signingOf(services: Pick<Services, "store">, scope: Scope): Promise<Signing> {
  const row = await services.store.db.selectFrom("projects").select(["decision_kid", "decision_key"]).where("tenant_id", "=", scope.tenant).where("id", "=", scope.project).executeTakeFirst();
  if (row === undefined) throw new Problem("not_found", "There is no such project here.");
  return { kid: row.decision_kid, key: fromBase64Url(row.decision_key.slice(3)) };
}
