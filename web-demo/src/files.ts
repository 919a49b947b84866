// What was given, as documents: unpacked, decoded, each with the part it plays.
import { parseConfig } from "../../sdk/src/edit/index.js";
import { ask } from "../../sdk/src/heal.js";
import { AgentmendError } from "../../sdk/src/errors.js";
import type { Report } from "../../sdk/src/wire.js";
import type { Core } from "../../wasm/core.js";
import type { Given, Role } from "./protocol.js";

// The core's own limit (json/limits.h): larger files are refused before they are read.
const maxBytes = 64 * 1024 * 1024;
// Each file is looked at alone first, to learn what it is; a larger one is taken for a run at once.
const askAloneBelow = 8 * 1024 * 1024;

export interface Document {
  name: string;
  role: Role;
  text: string;
  /** What the core is given: the file itself, or a YAML file as JSON. */
  bytes: Uint8Array;
}

/** An error with the file it is about. */
export class FileError extends AgentmendError {
  constructor(
    readonly file: string,
    cause: { code: string; at: string; message: string },
    readonly text: string = "",
  ) {
    super(cause.code, cause.at, cause.message);
  }
}

function tooLarge(name: string): FileError {
  return new FileError(name, { code: "limit_bytes", at: "", message: `The file is larger than the limit of ${maxBytes / 1024 / 1024} MB. Split it.` });
}

async function unpacked(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      parts.push(chunk.value as Uint8Array<ArrayBuffer>);
      size += chunk.value.length;
      if (size > maxBytes) break;
    }
    if (size > maxBytes) await reader.cancel();
  } catch {
    throw new FileError(name, { code: "container_unsupported", at: "", message: "This gzip file is damaged." });
  }
  if (size > maxBytes) throw tooLarge(name);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function bytesOf({ name, content }: Given): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof content === "string") return new TextEncoder().encode(content);
  if (content.size > maxBytes) throw tooLarge(name);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await content.arrayBuffer());
  } catch {
    throw new FileError(name, { code: "file_unreadable", at: "", message: "The browser could not read this file. A folder cannot be read; give its files." });
  }
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(name, bytes) : bytes;
}

function formatFor(core: Core, name: string, bytes: Uint8Array): { format: string } | { error: AgentmendError } {
  try {
    return { format: ask<Report>(core, "detect", { documents: [{ name, bytes: bytes.length }], id_prefix: "look", at_ms: 0 }, [bytes]).source.format };
  } catch (error) {
    if (error instanceof AgentmendError) return { error };
    throw error;
  }
}

function asYaml(name: string, text: string): unknown {
  try {
    const value: unknown = parseConfig(text, "yaml");
    return typeof value === "object" ? value : undefined;
  } catch (error) {
    if (error instanceof AgentmendError && /\.ya?ml$/i.test(name)) throw new FileError(name, error, text);
    return undefined;
  }
}

/** Says what one file is; a file that is nothing known is an error, except where it can be the config beside a run. */
function documentOf(core: Core, name: string, original: Uint8Array, alone: boolean): Document {
  const text = new TextDecoder().decode(original);
  const yaml = /\.ya?ml$/i.test(name) || !/^\ufeff?\s*[[{]/.test(text) ? asYaml(name, text) : undefined;
  const bytes = yaml === undefined || yaml === null ? original : new TextEncoder().encode(JSON.stringify(yaml));
  if (bytes === original && bytes.length > askAloneBelow) return { name, role: "run", text, bytes };
  const seen = formatFor(core, name, bytes);
  if ("format" in seen) return { name, role: seen.format === "n8n-workflow" ? "workflow" : "run", text, bytes };
  if (seen.error.code === "detect_unknown" && !alone) return { name, role: "config", text, bytes };
  throw new FileError(name, seen.error, text);
}

/** Reads everything that was given. Exactly one file is always taken for a run, so that its error is the one that is shown. */
export async function readGiven(core: Core, given: readonly Given[]): Promise<Document[]> {
  const documents: Document[] = [];
  for (const each of given) documents.push(documentOf(core, each.name, await bytesOf(each), given.length === 1));
  const configs = documents.filter(({ role }) => role !== "run");
  const second = configs[1];
  if (second !== undefined) {
    throw new FileError(second.name, { code: "invalid_input", at: "", message: "This is a second workflow or configuration. Give one, with the run that it made." });
  }
  const only = configs[0];
  if (documents.length === 1 || only === undefined || only.role === "workflow" || documents.length > configs.length) return documents;
  throw new FileError(only.name, { code: "detect_unknown", at: "", message: "This is a configuration. Give the run that it made, too." });
}
