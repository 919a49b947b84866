import { AgentmendError } from "../errors.js";
import { pointerTokens } from "../pointer.js";
import type { PatchOperation } from "../wire.js";

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

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

/** Checks one operation against the document: tests hold, paths exist. */
export function checkOperation(document: Json, operation: PatchOperation): void {
  if (operation.op === "test" && !equal(valueAt(document, operation.path), operation.value as Json)) {
    throw new AgentmendError("patch_test_failed", operation.path, "The document holds another value here than the patch was made for.");
  }
  if (operation.op === "replace" || operation.op === "remove") valueAt(document, operation.path);
}
