import { AgentmendError } from "./errors.js";
import { escapeToken } from "./pointer.js";

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// Equal to the core's json::Limits::max_depth: what the core would refuse is refused before it is copied.
const maxDepth = 512;

type Mode = "exact" | "copy";

/**
 * A plain copy of a caller's config: null-prototype maps, own enumerable string keys only. Getters, functions, symbols,
 * class instances, cycles and holes are refused with `unsupported_value`; what I-JSON cannot hold (NaN, infinities, lone
 * surrogates, numbers beyond 2^53 - 1) with `not_i_json`. A member whose value is undefined is absent, as in JSON.stringify.
 *
 * @example
 * const copy = plainCopy({ limits: { max_steps: 5 } });
 * Object.getPrototypeOf(copy); // null
 */
export function plainCopy(value: unknown): Json {
  return copyValue(value, "", "copy", new Set());
}

/** As plainCopy, but undefined is refused too and any finite number is taken: what a hash is made of has no second reading. */
export function exactCopy(value: unknown): Json {
  return copyValue(value, "", "exact", new Set());
}

/** True for text without lone surrogates: what UTF-8 can hold. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function unsupported(at: string, what: string): AgentmendError {
  return new AgentmendError("unsupported_value", at, `${what} cannot be kept as JSON. Pass plain data.`);
}

function copyValue(value: unknown, at: string, mode: Mode, above: Set<object>): Json {
  switch (typeof value) {
    case "string":
      return checkedText(value, at);
    case "number":
      return checkedNumber(value, at, mode);
    case "boolean":
      return value;
    case "object":
      return value === null ? null : copyObject(value, at, mode, above);
    default:
      throw unsupported(at, `A value of type ${typeof value}`);
  }
}

function checkedText(text: string, at: string): string {
  if (!isWellFormed(text)) {
    throw new AgentmendError("not_i_json", at, "The text holds half of a surrogate pair, which UTF-8 cannot hold. Mend the text.");
  }
  return text;
}

function checkedNumber(value: number, at: string, mode: Mode): number {
  if (!Number.isFinite(value)) throw new AgentmendError("not_i_json", at, `${value} is not a JSON number. Leave it out or use null.`);
  if (mode === "copy" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new AgentmendError("not_i_json", at, "A number beyond 2^53 cannot be kept exactly. Write it as a string.");
  }
  return value;
}

function copyObject(value: object, at: string, mode: Mode, above: Set<object>): Json {
  if (above.has(value)) throw unsupported(at, "An object that contains itself");
  if (above.size >= maxDepth) throw new AgentmendError("limit_depth", at, `The document is nested deeper than ${maxDepth}. Flatten it.`);
  above.add(value);
  const copy = Array.isArray(value) ? copyArray(value, at, mode, above) : copyMembers(value, at, mode, above);
  above.delete(value);
  return copy;
}

function copyMembers(value: object, at: string, mode: Mode, above: Set<object>): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm (vm context, iframe) has a root prototype that is not our Object.prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw unsupported(at, "An instance of a class");
  if (Object.getOwnPropertySymbols(value).length > 0) throw unsupported(at, "A member whose key is a symbol");
  const copy = Object.create(null) as { [key: string]: Json };
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (descriptor.enumerable !== true) continue;
    const place = `${at}/${escapeToken(key)}`;
    if (!("value" in descriptor)) throw unsupported(place, "A getter");
    checkedText(key, place);
    const member: unknown = descriptor.value;
    if (member === undefined && mode === "copy") continue;
    copy[key] = copyValue(member, place, mode, above);
  }
  return copy;
}

function copyArray(value: readonly unknown[], at: string, mode: Mode, above: Set<object>): Json[] {
  const copy: Json[] = [];
  for (let index = 0; index < value.length; ++index) {
    const place = `${at}/${index}`;
    const descriptor = Object.getOwnPropertyDescriptor(value, index);
    if (descriptor === undefined) throw unsupported(place, "A hole in an array");
    if (!("value" in descriptor)) throw unsupported(place, "A getter");
    copy.push(copyValue(descriptor.value, place, mode, above));
  }
  return copy;
}
