import { AgentmendError } from "../errors.js";
import { type Json, plainCopy } from "../json-value.js";
import { pointerTokens } from "../pointer.js";
import type { PatchOperation } from "../wire.js";

export type { Json };

function child(value: Json, token: string, pointer: string): Json {
  if (Array.isArray(value) && /^(0|[1-9]\d*)$/.test(token) && Number(token) < value.length) return value[Number(token)] as Json;
  if (value !== null && typeof value === "object" && !Array.isArray(value) && Object.hasOwn(value, token)) return value[token] as Json;
  throw new AgentmendError("patch_path_missing", pointer, "The path does not exist in the document.");
}

/** The value that a pointer names; throws patch_path_missing. */
export function valueAt(document: Json, pointer: string): Json {
  return pointerTokens(pointer).reduce((value, token) => child(value, token, pointer), document);
}

function equal(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i] as Json));
  if (a !== null && b !== null && typeof a === "object" && typeof b === "object" && !Array.isArray(a) && !Array.isArray(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key] as Json, b[key] as Json));
  }
  return a === b;
}

// A token that reaches an object's prototype in some reader; refused in keys of values too (healing.md 4.2).
const prototypeTokens = ["__proto__", "prototype", "constructor"];

function refusePrototypeKeys(value: unknown, at: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (prototypeTokens.includes(key)) throw new AgentmendError("patch_bad_token", at, "The patch names an object's prototype.");
    refusePrototypeKeys(item, at);
  }
}

function checkAdd(document: Json, path: string): void {
  const tokens = pointerTokens(path);
  const last = tokens.pop();
  if (last === undefined) return;
  const container = tokens.reduce((value, token) => child(value, token, path), document);
  if (container === null || typeof container !== "object") throw new AgentmendError("patch_path_missing", path, "The path does not exist in the document.");
  if (Array.isArray(container) && last !== "-" && !(/^(0|[1-9]\d*)$/.test(last) && Number(last) <= container.length)) {
    throw new AgentmendError("patch_bad_index", path, "The index is not a number from 0 to the length of the list.");
  }
}

/** Checks one operation against the document: it is one of the four, tests hold, paths exist. */
export function checkOperation(document: Json, operation: PatchOperation): void {
  const { op, path, value } = operation;
  if (!["test", "add", "replace", "remove"].includes(op)) {
    throw new AgentmendError("patch_op_not_allowed", path, "Fixes use test, add, replace and remove only.");
  }
  if (op !== "remove") refusePrototypeKeys(plainCopy(value), path);
  if (pointerTokens(path).some((token) => prototypeTokens.includes(token))) {
    throw new AgentmendError("patch_bad_token", path, "The path names an object's prototype.");
  }
  if (op === "add") checkAdd(document, path);
  if (operation.op === "test" && !equal(valueAt(document, operation.path), operation.value as Json)) {
    throw new AgentmendError("patch_test_failed", operation.path, "The document holds another value here than the patch was made for.");
  }
  if (operation.op === "replace" || operation.op === "remove") valueAt(document, operation.path);
}
