import { randomBytes } from "node:crypto";

import { readAuditKey } from "../../sdk/src/audit.js";
import type { Context } from "./context.js";
import { Failure, inFile } from "./failure.js";

export interface ServeCommandOptions {
  port?: string | undefined;
  db?: string | undefined;
  host?: string | undefined;
  "public-url"?: string | undefined;
  "tls-terminated": boolean;
}

/** What this command needs of @agentmend/approval, which is a package of its own. */
interface ApprovalPackage {
  serve(options: {
    port: number;
    db: string;
    host?: string | undefined;
    publicUrl?: string | undefined;
    tlsTerminated?: boolean;
    auditKey: Uint8Array | null;
    log(line: Record<string, unknown>): void;
  }): Promise<{ url: string; firstKeys: { person: string; agent: string; decision_key: string } | null; stop(): Promise<void> }>;
}

const packageName = "@agentmend/approval";

async function load(): Promise<ApprovalPackage> {
  try {
    return (await import(packageName)) as ApprovalPackage;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "ERR_MODULE_NOT_FOUND" && message.includes(packageName)) throw new Failure("not_installed", "", `serve comes from another package. Install it: npm install ${packageName}`);
    throw new Failure("not_loadable", "", `${packageName} cannot be loaded: ${message}`);
  }
}

/** Serves the approval endpoint until a signal ends it. */
export async function serve(context: Context, options: ServeCommandOptions): Promise<number> {
  const { serve: start } = await load();
  const port = Number(options.port ?? "8787");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Failure("usage", "", "--port takes a number from 0 (any free one) to 65535.");
  const db = options.db ?? "agentmend.db";
  const given = process.env["AGENTMEND_AUDIT_KEY"] ?? "";
  const auditKey = given === "" ? null : inFile(null, () => readAuditKey(given));
  const log = (line: Record<string, unknown>): void => context.note(JSON.stringify({ at: new Date().toISOString(), ...line }));
  let serving;
  try {
    serving = await start({ port, db, host: options.host, publicUrl: options["public-url"], tlsTerminated: options["tls-terminated"], auditKey, log });
  } catch (error) {
    throw new Failure("serve_failed", "", error instanceof Error ? error.message : String(error));
  }
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
  context.out(banner(context, { url: serving.url, db, firstKeys: serving.firstKeys, keyed: auditKey !== null }));
  const signal = await stopped;
  context.note(`${signal}: stopping.`);
  await serving.stop();
  return 0;
}

interface Banner {
  url: string;
  db: string;
  firstKeys: { person: string; agent: string; decision_key: string } | null;
  keyed: boolean;
}

function banner({ paint }: Context, { url, db, firstKeys, keyed }: Banner): string {
  const lines = [`${paint.bold("agentmend approval endpoint")}  ${paint.cyan(url)}`, `  database ${db}`];
  if (firstKeys !== null) {
    lines.push(
      "",
      paint.bold("First start: these keys are shown once. Keep them."),
      `  ${paint.dim("your own: sign in with it at")} ${url}/inbox`,
      `  ${firstKeys.person}`,
      `  ${paint.dim("for your agents: they may ask, never decide")}`,
      `  AGENTMEND_APPROVAL_TOKEN=${firstKeys.agent}`,
      `  ${paint.dim("lets your agents check that a decision is real (option decisionKey)")}`,
      `  ${firstKeys.decision_key}`,
    );
  }
  if (!keyed) lines.push("", paint.dim("The audit trail is not keyed yet. To protect it from whoever can write to the database, start with"), `  AGENTMEND_AUDIT_KEY=${randomBytes(32).toString("hex")}`);
  lines.push("", paint.dim("Ctrl-C stops it."));
  return lines.join("\n");
}
