// Runs the built command as users do.
import { spawnSync } from "node:child_process";

export interface Ran {
  status: number | null;
  out: string;
  err: string;
}

export function agentmend(args: readonly string[], options: { input?: string | Buffer; env?: NodeJS.ProcessEnv; cwd?: string; uid?: number } = {}): Ran {
  const ran = spawnSync(process.execPath, [new URL("../../dist/cli.js", import.meta.url).pathname, ...args], {
    input: options.input ?? "",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "", ...options.env },
    cwd: options.cwd,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    maxBuffer: 1 << 28,
  });
  return { status: ran.status, out: ran.stdout.toString("utf8"), err: ran.stderr.toString("utf8") };
}
