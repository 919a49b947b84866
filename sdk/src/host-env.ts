// Hosts without Node may have `process.env` (Deno, Bun, a bundler's stand-in) and may refuse to read it; none of it is needed.
const names = ["AGENTMEND_MODE", "AGENTMEND_APPROVAL_TOKEN"] as const;

/** The environment's switches, where there is an environment. */
export function hostEnv(): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = {};
  for (const name of names) {
    try {
      env[name] = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[name];
    } catch {
      env[name] = undefined;
    }
  }
  return env;
}
