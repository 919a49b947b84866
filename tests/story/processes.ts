// The agent as a process: what it says, line by line, and its end.
import type { ChildProcess } from "node:child_process";

import { end, run } from "../approval/process.js";

/** What agent.mjs says; the tests look at whatever is there. */
export type Line = Record<string, any>;

export interface Agent {
  readonly child: ChildProcess;
  readonly lines: readonly Line[];
  /** The first line that fits, now or later. Fails when the process ends without it. */
  said(fits: (line: Line) => boolean): Promise<Line>;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Ends it by its id, as a machine that fails would. */
  kill(): Promise<unknown>;
}

export interface Settings {
  endpoint: string;
  token: string;
  decisionKey: string;
  outbox: string | null;
  ledger: string;
  runId: string;
  hang?: "before using the decision" | "after using the decision" | "after paying";
  lose?: boolean;
}

/** Starts the agent. */
export function startAgent(settings: Settings): Agent {
  const child = run([new URL("agent.mjs", import.meta.url).pathname, JSON.stringify(settings)], {});
  const lines: Line[] = [];
  const wakers = new Set<() => void>();
  let rest = "";
  let errors = "";
  let over = false;
  const wake = (): void => {
    for (const work of wakers) work();
    wakers.clear();
  };
  child.stderr?.setEncoding("utf8").on("data", (part: string) => (errors += part));
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    const parts = (rest + part).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((text) => JSON.parse(text) as Line));
    wake();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  void ended.then(() => {
    over = true;
    wake();
  });
  return {
    child,
    lines,
    ended,
    kill: () => end(child, "SIGKILL"),
    async said(fits) {
      for (;;) {
        const line = lines.find(fits);
        if (line !== undefined) return line;
        if (over) throw new Error(`The agent ended without saying it. ${errors}${lines.map((said) => `\n${JSON.stringify(said)}`).join("")}`);
        await new Promise<void>((resolve) => wakers.add(resolve));
      }
    },
  };
}
