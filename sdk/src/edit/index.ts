import { createTwoFilesPatch } from "diff";

import { AgentmendError } from "../errors.js";
import { plainCopy } from "../json-value.js";
import { canonicalExact } from "../seal.js";
import type { PatchOperation } from "../wire.js";
import { changeText, type ConfigFormat } from "./change.js";
import { readJson } from "./json-tree.js";
import { applyOperation, type Json } from "./patch.js";
import { applySplices, type Node, refuseDuplicateKeys } from "./tree.js";
import { readYaml } from "./yaml-tree.js";

export type { ConfigFormat } from "./change.js";

/** JSON when it starts like JSON, else YAML. */
export function formatOf(text: string): ConfigFormat {
  return /^\ufeff?\s*[[{]/.test(text) ? "json" : "yaml";
}

function read(body: string, format: ConfigFormat): { value: Json; root: Node } {
  const { value, root } = format === "json" ? readJson(body) : readYaml(body);
  refuseDuplicateKeys(root);
  // A copy: an alias is a value of its own then, so that a change seen through it is found by the comparison.
  return { value: plainCopy(value), root };
}

/** The value of a config text. Duplicate keys, aliases without end and numbers beyond 2^53 are refused. */
export function parseConfig(text: string, format: ConfigFormat = formatOf(text)): Json {
  return read(text.startsWith("\ufeff") ? text.slice(1) : text, format).value;
}

/**
 * Applies a patch (RFC 6902: test, add, replace, remove) to the *text* of a JSON or YAML document, so that only the lines of the
 * patched members change. Each step is parsed again and compared with what the operation means; a text that would say anything
 * else is never returned (edit_not_faithful). Cost: one parse per operation that changes something.
 *
 *     editText('{\n  "a": 1\n}\n', [{ op: "add", path: "/b", value: 2 }])  // '{\n  "a": 1,\n  "b": 2\n}\n'
 */
export function editText(text: string, patch: readonly PatchOperation[], format: ConfigFormat = formatOf(text)): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  let body = text.slice(mark.length);
  let now = read(body, format);
  let seen: string | undefined; // the canonical text of now.value, made when it is first needed
  for (const operation of patch) {
    const after = applyOperation(now.value, operation);
    if (after === now.value) continue; // a test that holds
    const wanted = canonicalExact(after);
    seen ??= canonicalExact(now.value);
    if (wanted === seen) continue; // a value that is there already
    const step = changed(body, now.root, format, operation, wanted, false) ?? changed(body, now.root, format, operation, wanted, true);
    if (step === null) {
      throw new AgentmendError("edit_not_faithful", operation.path, "The text could not be changed here without changing something else. Change it by hand.");
    }
    body = step.body;
    now = step.now;
    seen = wanted;
  }
  return mark + body;
}

function changed(body: string, root: Node, format: ConfigFormat, operation: PatchOperation, wanted: string, quoteAll: boolean): { body: string; now: { value: Json; root: Node } } | null {
  const next = applySplices(body, changeText(body, root, format, operation, quoteAll));
  try {
    const now = read(next, format);
    return canonicalExact(now.value) === wanted ? { body: next, now } : null;
  } catch (error) {
    if (error instanceof AgentmendError) return null; // the new text does not even parse: the next way of writing is tried
    throw error;
  }
}

// Git reads a name in quotes with C escapes; it needs them for these characters only.
function gitName(name: string): string {
  if (!/["\\\u0000-\u001f]/.test(name)) return name;
  return JSON.stringify(name).replace(/\\u00(..)/g, (_, hex: string) => `\\${parseInt(hex, 16).toString(8).padStart(3, "0")}`);
}

/** A unified diff that `git apply` takes; empty when nothing changed. */
export function unifiedDiff(before: string, after: string, fileName: string): string {
  if (before === after) return "";
  const body = createTwoFilesPatch("a", "b", before, after, undefined, undefined, { context: 3 });
  const hunks = body.slice(body.indexOf("@@"));
  return `--- ${gitName(`a/${fileName}`)}\n+++ ${gitName(`b/${fileName}`)}\n${hunks}`;
}
