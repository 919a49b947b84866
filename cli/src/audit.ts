import { createReadStream } from "node:fs";

import { createAuditVerifier, readAuditKey, readHead, type AuditHead, type AuditVerdict } from "../../sdk/src/audit.js";
import type { Context } from "./context.js";
import { Failure, inFile } from "./failure.js";
import { safe } from "./paint.js";
import { readText } from "./heal.js";

export interface AuditOptions {
  key?: string[] | undefined;
  "key-env"?: string | undefined;
  anchor?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  json: boolean;
}

const defaultVariable = "AGENTMEND_AUDIT_KEY";
const longestLine = 4 << 20;
/** What could not be checked at all, as against what was checked and is wrong. */
const unusable = new Set(["wrong_key", "unknown_kid", "bad_json"]);

/** Checks an exported audit chain, in constant memory: 0 = intact, 1 = tampered with, 2 = could not be checked. */
export async function audit(context: Context, names: readonly string[], options: AuditOptions): Promise<number> {
  const [verb, file, ...rest] = names;
  if (verb !== "verify" || file === undefined || rest.length > 0) throw new Failure("usage", "", "Say: agentmend audit verify FILE|-. See agentmend audit --help.");
  const verifier = createAuditVerifier({ keys: readKeys(options), anchor: readAnchor(options.anchor), from: wholeNumber(options.from, "--from"), to: wholeNumber(options.to, "--to") });
  for await (const line of linesOf(file)) verifier.line(line);
  const verdict = verifier.end();
  context.out(options.json ? JSON.stringify(verdict) : text(context, verdict));
  return verdict.status === "ok" ? 0 : unusable.has(verdict.status) ? 2 : 1;
}

function readKeys(options: AuditOptions): Uint8Array[] {
  const name = options["key-env"] ?? defaultVariable;
  const fromEnvironment = process.env[name];
  if (options["key-env"] !== undefined && (fromEnvironment ?? "") === "") throw new Failure("usage", "", `The environment variable ${safe(name, 60)} is empty.`);
  const texts = [...(options.key ?? []), ...(fromEnvironment === undefined || fromEnvironment === "" ? [] : [fromEnvironment])];
  return texts.map((key) => inFile(null, () => readAuditKey(key)));
}

function readAnchor(name: string | undefined): AuditHead | undefined {
  if (name === undefined) return undefined;
  const { text: found } = readText(name);
  let value: unknown;
  try {
    value = JSON.parse(found);
  } catch {
    throw new Failure("bad_json", "", "The anchor is not JSON.", name);
  }
  const head = readHead(typeof value === "object" && value !== null && "head" in value ? value.head : value);
  if (head === null) throw new Failure("anchor_invalid", "", "This is not an audit head: {v, stream, seq, hash, count, at_ms, kid, mac}.", name);
  return head;
}

function wholeNumber(value: string | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new Failure("usage", "", `${name} takes the number of an event.`);
  return Number(value);
}

// Lines end with \n alone: JSON may hold other line separators inside a text.
async function* linesOf(name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    for await (const chunk of name === "-" ? process.stdin : createReadStream(name)) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      let from = 0;
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", from)) {
        yield rest.slice(from, end);
        from = end + 1;
      }
      rest = rest.slice(from);
      if (rest.length > longestLine) throw new Failure("limit_string", "", "A line is longer than 4 MiB; no audit event is.", name);
    }
    rest += decoder.decode();
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof TypeError) throw new Failure("utf8_invalid", "", "This file is not UTF-8.", name);
    throw new Failure("file_unreadable", "", error instanceof Error ? error.message : String(error), name);
  }
  if (rest !== "") yield rest;
}

const warningText = {
  unkeyed: "no key protects this chain: it shows accidents, not attackers",
  unanchored: "no head from outside was given (--anchor): a tail cut off together with its head does not show",
};

function text({ paint }: Context, verdict: AuditVerdict): string {
  const lines = verdict.warnings.map((name) => `${paint.yellow("warning")} ${name}: ${warningText[name]}`);
  const range = verdict.events === 0 ? "no events" : `${verdict.events} event${verdict.events === 1 ? "" : "s"} (${verdict.first_seq} to ${verdict.last_seq})`;
  const what = `${safe(verdict.stream ?? "no stream", 200)}, ${range}`;
  if (verdict.status === "ok") {
    lines.push(`${paint.green("✓ ok")} ${what}`, `  last hash ${verdict.last_hash ?? "none"}`);
    return lines.join("\n");
  }
  lines.push(`${paint.red(`✗ ${verdict.status}`)} ${what}`);
  lines.push(...verdict.findings.map(({ code, line, message }) => `  line ${line}  ${code}: ${safe(message, 200)}`));
  if (verdict.found > verdict.findings.length) lines.push(`  and ${verdict.found - verdict.findings.length} more`);
  return lines.join("\n");
}
