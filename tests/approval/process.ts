// Processes of the tests: the endpoint and agents, each ended by its id.
import { spawn, type ChildProcess } from "node:child_process";

import { caller, type Endpoint } from "./endpoint.js";

const running = new Set<ChildProcess>();

/** Ends a process by its id; answers its exit code. */
export function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once("exit", (code) => {
      running.delete(child);
      resolve(code);
    });
    child.kill(signal); // by its id; one that is ending already is no error
  });
}

/** Ends what a test left running. */
export async function endAll(): Promise<void> {
  for (const child of [...running]) await end(child, "SIGKILL");
}

export function run(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, args, { env: { ...process.env, NO_COLOR: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

export interface Served {
  child: ChildProcess;
  url: string;
  out: string;
  call: Endpoint["call"];
}

/** `agentmend serve`, ready to answer. */
export function startServe(db: string, more: readonly string[] = ["--port", "0"], env: NodeJS.ProcessEnv = {}): Promise<Served> {
  const child = run([new URL("../../dist/cli.js", import.meta.url).pathname, "serve", "--db", db, ...more], env);
  return new Promise((resolve, reject) => {
    let out = "";
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${errors}`)));
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0];
      if (url !== undefined && out.includes("Ctrl-C")) resolve({ child, url, out, call: caller(url) });
    });
  });
}

/** The keys that a first start shows. */
export const keysOf = (out: string): { person: string; agent: string; decision: string } => ({
  person: /^ {2}(amk_\S+)/m.exec(out)?.[1] ?? "",
  agent: /AGENTMEND_APPROVAL_TOKEN=(\S+)/.exec(out)?.[1] ?? "",
  decision: /^ {2}(dk_\S+)/m.exec(out)?.[1] ?? "",
});
