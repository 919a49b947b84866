import { createTwoFilesPatch } from "diff";

import { AgentmendError } from "../errors.js";
import { canonicalExact } from "../seal.js";
import type { PatchOperation } from "../wire.js";
import { applyToJsonText, parseJsonText } from "./json-text.js";
import { checkOperation, type Json } from "./patch.js";
import { applyToYamlText, parseYamlText } from "./yaml-text.js";

export type ConfigFormat = "json" | "yaml";

/** JSON when it starts like JSON, else YAML. */
export function formatOf(text: string): ConfigFormat {
  return /^\ufeff?\s*[[{]/.test(text) ? "json" : "yaml";
}

/** The value of a config text. Duplicate keys, aliases without end and numbers beyond 2^53 are refused. */
export function parseConfig(text: string, format: ConfigFormat = formatOf(text)): Json {
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  return format === "json" ? parseJsonText(body) : parseYamlText(body);
}

/**
 * Applies a patch (RFC 6902: test, add, replace, remove) to the *text* of a JSON or YAML document, so that only the lines of the
 * patched members change. Each step is parsed again and compared with what the operation means; a text that would say anything
 * else is never returned (edit_not_faithful).
 *
 *     editText('{\n  "a": 1\n}\n', [{ op: "add", path: "/b", value: 2 }])  // '{\n  "a": 1,\n  "b": 2\n}\n'
 */
export function editText(text: string, patch: readonly PatchOperation[], format: ConfigFormat = formatOf(text)): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  let body = text.slice(mark.length);
  let value = parseConfig(body, format);
  for (const operation of patch) {
    checkOperation(value, operation);
    const next = format === "json" ? applyToJsonText(body, operation) : applyToYamlText(body, operation);
    const read = parseConfig(next, format);
    if (canonicalExact(read) !== canonicalExact(applied(value, operation))) {
      throw new AgentmendError("edit_not_faithful", operation.path, "The text could not be changed without changing something else.");
    }
    body = next;
    value = read;
  }
  return mark + body;
}

// What an operation means, on values: the reference that each edit of the text is compared with.
function applied(document: Json, { op, path, value }: PatchOperation): Json {
  if (op === "test") return document;
  const copy = structuredClone(document);
  const tokens = path.slice(1).split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = tokens.pop() ?? "";
  let parent: Json = copy;
  for (const token of tokens) parent = (parent as { [key: string]: Json })[token] as Json;
  if (Array.isArray(parent)) {
    const at = last === "-" ? parent.length : Number(last);
    if (op === "remove") parent.splice(at, 1);
    else parent.splice(at, op === "replace" ? 1 : 0, value as Json);
  } else if (op === "remove") {
    delete (parent as { [key: string]: Json })[last];
  } else {
    Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

/** A unified diff that `git apply` takes; empty when nothing changed. */
export function unifiedDiff(before: string, after: string, fileName: string): string {
  if (before === after) return "";
  const text = createTwoFilesPatch(`a/${fileName}`, `b/${fileName}`, before, after, undefined, undefined, { context: 3 });
  return text.replace(/^=+\n/, "").replace(/^(---|\+\+\+) ([^\t\n]*)\t?$/gm, "$1 $2");
}
