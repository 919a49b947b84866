// What an operation of a patch means, on values: the reference that each edit of a text is compared with.
import { AgentmendError } from "../errors.js";
import { type Json, plainCopy } from "../json-value.js";
import { pointerTokens } from "../pointer.js";
import { canonicalExact } from "../seal.js";
import type { PatchOperation } from "../wire.js";

export type { Json };

const isIndex = (token: string): boolean => /^(0|[1-9]\d*)$/.test(token);

function missing(at: string): AgentmendError {
  return new AgentmendError("patch_path_missing", at, "The path does not exist in the document. Detect again on the current document.");
}

function child(value: Json, token: string, at: string): Json {
  if (Array.isArray(value) && isIndex(token) && Number(token) < value.length) return value[Number(token)] as Json;
  if (value !== null && typeof value === "object" && !Array.isArray(value) && Object.hasOwn(value, token)) return value[token] as Json;
  throw missing(at);
}

/** The value that a pointer names; throws patch_path_missing. */
export function valueAt(document: Json, pointer: string): Json {
  return pointerTokens(pointer).reduce((value, token) => child(value, token, pointer), document);
}

// Tokens that reach an object's prototype in some reader; refused in keys of values too (healing.md 4.2).
const prototypeTokens = ["__proto__", "prototype", "constructor"];

function refusePrototypeKeys(value: Json, at: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (prototypeTokens.includes(key)) throw new AgentmendError("patch_bad_token", at, "The patch names an object's prototype.");
    refusePrototypeKeys(item, at);
  }
}

function checkedTokens(path: unknown): string[] {
  if (typeof path !== "string") throw new AgentmendError("patch_bad_token", "", "An operation has no path.");
  const tokens = pointerTokens(path);
  if (tokens.some((token) => prototypeTokens.includes(token))) {
    throw new AgentmendError("patch_bad_token", path, "The path names an object's prototype.");
  }
  return tokens;
}

/** The document after one operation; the document given is not changed. All or nothing: bad operations throw. */
export function applyOperation(document: Json, { op, path, value: given }: PatchOperation): Json {
  if (!["test", "add", "replace", "remove"].includes(op)) {
    throw new AgentmendError("patch_op_not_allowed", path, "Fixes use test, add, replace and remove only.");
  }
  const tokens = checkedTokens(path);
  const value = op === "remove" ? null : plainCopy(given);
  refusePrototypeKeys(value, path);
  if (op === "test") {
    if (canonicalExact(valueAt(document, path)) === canonicalExact(value)) return document;
    throw new AgentmendError("patch_test_failed", path, "The document holds another value here than the patch was made for.");
  }
  const last = tokens.pop();
  if (last === undefined) return op === "remove" ? null : value;
  const copy = plainCopy(document);
  const parent = tokens.reduce((found, token) => child(found, token, path), copy);
  if (Array.isArray(parent)) {
    changeList(parent, op, last, value, path);
  } else if (parent !== null && typeof parent === "object") {
    if (op !== "add") child(parent, last, path);
    if (op === "remove") delete parent[last];
    else parent[last] = value;
  } else {
    throw missing(path);
  }
  return copy;
}

function changeList(list: Json[], op: PatchOperation["op"], token: string, value: Json, at: string): void {
  const index = token === "-" && op === "add" ? list.length : isIndex(token) ? Number(token) : -1;
  if (index < 0 || index > list.length) throw new AgentmendError("patch_bad_index", at, "The index is not a number from 0 to the length of the list.");
  if (op !== "add" && index === list.length) throw missing(at);
  if (op === "add") list.splice(index, 0, value);
  else if (op === "remove") list.splice(index, 1);
  else list[index] = value;
}
