// `agentmend serve`: the endpoint as a process of its own, on Node.
import { closeSync, openSync } from "node:fs";
import { userInfo } from "node:os";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { serve as listen } from "@hono/node-server";

import { createApproval, type Approval, type ApprovalOptions, type FirstKeys } from "./approval.js";

export interface ServeOptions extends Omit<ApprovalOptions, "publicUrl"> {
  /** 0 = any free port. */
  readonly port: number;
  /** Only this machine (127.0.0.1) unless you say otherwise. */
  readonly host?: string | undefined;
  /** Where people reach the page, when that is not the address it listens on. */
  readonly publicUrl?: string | undefined;
  /** A proxy in front speaks https with the world. Needed for any host but this machine. */
  readonly tlsTerminated?: boolean | undefined;
  /** Whose key the first start makes. */
  readonly principal?: string | undefined;
}

export interface Serving {
  /** Where people reach it. */
  readonly url: string;
  /** Where it listens. */
  readonly listening: string;
  /** The keys of a new installation; null when the database had some. Shown once. */
  readonly firstKeys: FirstKeys | null;
  readonly approval: Approval;
  /** Stops accepting, answers what waits, closes the database. */
  stop(): Promise<void>;
}

const sweepMs = 60_000;
const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/**
 * Serves the endpoint.
 *
 * @example
 * const serving = await serve({ port: 0, db: ":memory:" });
 * (await fetch(`${serving.url}/health/live`)).status; // 200
 * await serving.stop();
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const host = options.host ?? "127.0.0.1";
  if (!loopback.test(host) && (options.tlsTerminated !== true || (options.auditKey ?? null) === null)) {
    throw new Error("To listen beyond this machine, put a proxy with https in front and say --tls-terminated, and set AGENTMEND_AUDIT_KEY.");
  }
  // The database holds the decision key: for its owner alone.
  if (options.db !== ":memory:") closeSync(openSync(options.db, "a", 0o600));
  let url = options.publicUrl?.replace(/\/+$/, "") ?? "";
  const approval = await createApproval({ ...options, publicUrl: () => url });
  const firstKeys = await approval.firstRun(options.principal ?? `user:${userInfo().username}@localhost`);
  const server = await start(approval, host, options.port);
  const { port } = server.address() as AddressInfo;
  const listening = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (url === "") url = listening;
  const sweep = setInterval(() => void approval.tick().catch((error: unknown) => options.log?.({ level: "error", code: "tick", error: String(error) })), sweepMs);
  sweep.unref();
  return {
    url,
    listening,
    firstKeys,
    approval,
    async stop() {
      clearInterval(sweep);
      approval.stop();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      // A connection goes idle when its answer is out: looked at until the last one is gone, then cut.
      const idle = setInterval(() => server.closeIdleConnections(), 20);
      const late = setTimeout(() => server.closeAllConnections(), 5_000);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
      await approval.close();
    },
  };
}

function start(approval: Approval, hostname: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = listen({ fetch: (request, env) => approval.fetch(request, env), hostname, port }, () => resolve(server)) as Server;
    server.once("error", (error) => {
      void approval.close();
      reject(error);
    });
  });
}
