import { spawn } from "node:child_process";
import { basename } from "node:path";

import { sender, Unreachable } from "../../sdk/src/escalation/http.js";
import { followOnce, type Followed, type FollowParts } from "../../sdk/src/follow.js";
import { AgentmendError } from "../../sdk/src/errors.js";
import { fileTarget } from "../../sdk/src/targets/file.js";
import type { Context } from "./context.js";
import { Failure } from "./failure.js";
import { safe } from "./paint.js";

export interface FollowOptions {
  endpoint?: string | undefined;
  target?: string | undefined;
  "target-id"?: string | undefined;
  check?: string | undefined;
  interval?: string | undefined;
  once: boolean;
  json: boolean;
}

const checkTimeoutMs = 30_000;
const good = new Set(["applied", "staged", "rolled_back"]);

/** Applies what an approval endpoint has ready for a file, until a signal ends it (or once). */
export async function follow(context: Context, options: FollowOptions): Promise<number> {
  const { endpoint, target: file } = options;
  if (endpoint === undefined || file === undefined) throw new Failure("usage", "", "Say --endpoint URL and --target FILE. See agentmend follow --help.");
  const seconds = Number(options.interval ?? "2");
  if (!(seconds >= 0.1 && seconds <= 3600)) throw new Failure("usage", "", "--interval takes seconds, 0.1 to 3600.");
  const token = process.env["AGENTMEND_APPROVAL_TOKEN"] ?? "";
  if (token === "") throw new Failure("usage", "", "Set AGENTMEND_APPROVAL_TOKEN to a key with the scope escalate.");
  const decisionKey = process.env["AGENTMEND_DECISION_KEY"] ?? "";
  const target = fileTarget(file);
  const parts: FollowParts = {
    core: context.core,
    send: open(() => sender({ endpoint }, token), file),
    target,
    targetId: options["target-id"] ?? basename(file),
    decisionKey: decisionKey === "" ? undefined : decisionKey,
    check: options.check === undefined ? undefined : () => runCheck(options.check ?? "", file),
    now: Date.now,
  };
  try {
    await target.read();
  } catch (error) {
    if (error instanceof AgentmendError) throw new Failure(error.code, error.at, error.message, file);
    throw error;
  }
  return loop(context, parts, options, seconds * 1000);
}

function open<T>(work: () => T, file: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AgentmendError) throw new Failure(error.code, error.at, error.message, file);
    throw error;
  }
}

async function loop(context: Context, parts: FollowParts, options: FollowOptions, pauseMs: number): Promise<number> {
  let stopped = false;
  let wake = (): void => undefined;
  const stop = (): void => {
    stopped = true;
    wake();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let all = true;
  if (!options.once) context.note(`following ${parts.targetId}; Ctrl-C stops`);
  for (;;) {
    try {
      for (const followed of await followOnce(parts)) {
        all &&= good.has(followed.state);
        context.out(options.json ? JSON.stringify(followed) : line(context, followed));
      }
    } catch (error) {
      const problem = error instanceof AgentmendError ? `${error.code}: ${error.message}` : error instanceof Unreachable ? `unreachable: ${error.message}` : null;
      if (problem === null) throw error;
      if (options.once) throw new Failure("endpoint_failed", "", problem);
      // The endpoint may come back; a record that was begun is told by its hash then.
      context.note(safe(problem));
    }
    if (options.once || stopped) return all ? 0 : 1;
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, pauseMs);
    });
    if (stopped) return all ? 0 : 1;
  }
}

function line({ paint }: Context, { healing_id, state, fix_type, message }: Followed): string {
  const mark = good.has(state) ? paint.green("✓") : paint.red("✗");
  return `${mark} ${safe(healing_id, 60)}  ${safe(fix_type ?? "", 40)}  ${safe(state.replaceAll("_", " "), 30)}  ${safe(message, 300)}`;
}

// The command comes from whoever started us; nothing of a record is part of it.
function runCheck(command: string, file: string): Promise<{ ok: boolean; note?: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, AGENTMEND_TARGET: file, AGENTMEND_APPROVAL_TOKEN: "", AGENTMEND_DECISION_KEY: "" } });
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-400)));
    const late = setTimeout(() => child.kill("SIGKILL"), checkTimeoutMs);
    child.once("error", (error) => resolve({ ok: false, note: error.message }));
    child.once("close", (code, signal) => {
      clearTimeout(late);
      resolve(code === 0 ? { ok: true } : { ok: false, note: safe(errors === "" ? `the check ended with ${signal ?? String(code)}` : errors, 300) });
    });
  });
}
