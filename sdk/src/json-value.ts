import { AgentmendError } from "./errors.js";
import { escapeToken } from "./pointer.js";

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// Equal to the core's json::Limits::max_depth: what the core would refuse is refused before it is copied.
const maxDepth = 512;

type Mode = "exact" | "copy";

// Where a value stands; written out as a pointer only when something is refused.
interface Place {
  readonly up: Place;
  readonly token: string | number;
}
const top = { token: "" } as Place;

function pointerOf(place: Place): string {
  return place === top ? "" : `${pointerOf(place.up)}/${escapeToken(place.token)}`;
}

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
  return copyValue(value, top, "", "copy", new Set());
}

/** As plainCopy, but undefined is refused too and any finite number is taken: what a hash is made of has no second reading. */
export function exactCopy(value: unknown): Json {
  return copyValue(value, top, "", "exact", new Set());
}

/** True for text without lone surrogates: what UTF-8 can hold. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function unsupported(place: Place, what: string): AgentmendError {
  return new AgentmendError("unsupported_value", pointerOf(place), `${what} cannot be kept as JSON. Pass plain data.`);
}

function notExact(place: Place, why: string): AgentmendError {
  return new AgentmendError("not_i_json", pointerOf(place), why);
}

// `up` and `token` name the place of the value; for the whole document both are empty.
function copyValue(value: unknown, up: Place, token: string | number, mode: Mode, above: Set<object>): Json {
  switch (typeof value) {
    case "string":
      if (isWellFormed(value)) return value;
      throw notExact(placeOf(up, token, above), "The text holds half of a surrogate pair, which UTF-8 cannot hold. Mend the text.");
    case "number":
      return checkedNumber(value, up, token, mode, above);
    case "boolean":
      return value;
    case "object":
      return value === null ? null : copyObject(value, placeOf(up, token, above), mode, above);
    default:
      throw unsupported(placeOf(up, token, above), `A value of type ${typeof value}`);
  }
}

function placeOf(up: Place, token: string | number, above: Set<object>): Place {
  return above.size === 0 ? top : { up, token };
}

function checkedNumber(value: number, up: Place, token: string | number, mode: Mode, above: Set<object>): number {
  if (!Number.isFinite(value)) throw notExact(placeOf(up, token, above), `${value} is not a JSON number. Leave it out or use null.`);
  if (mode === "copy" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw notExact(placeOf(up, token, above), "A number beyond 2^53 cannot be kept exactly. Write it as a string.");
  }
  return value;
}

function copyObject(value: object, place: Place, mode: Mode, above: Set<object>): Json {
  if (above.has(value)) throw unsupported(place, "An object that contains itself");
  if (above.size >= maxDepth) {
    throw new AgentmendError("limit_depth", pointerOf(place), `The document is nested deeper than ${maxDepth}. Flatten it.`);
  }
  above.add(value);
  const copy = Array.isArray(value) ? copyArray(value, place, mode, above) : copyMembers(value, place, mode, above);
  above.delete(value);
  return copy;
}

function copyMembers(value: object, place: Place, mode: Mode, above: Set<object>): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm (vm context, iframe) has a root prototype that is not our Object.prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw unsupported(place, "An instance of a class");
  if (Object.getOwnPropertySymbols(value).length > 0) throw unsupported(place, "A member whose key is a symbol");
  const copy = Object.create(null) as { [key: string]: Json };
  for (const key of Object.keys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor === undefined || !("value" in descriptor)) throw unsupported({ up: place, token: key }, "A getter");
    if (!isWellFormed(key)) throw notExact({ up: place, token: key }, "The key holds half of a surrogate pair, which UTF-8 cannot hold. Mend the key.");
    const member: unknown = descriptor.value;
    if (member === undefined && mode === "copy") continue;
    copy[key] = copyValue(member, place, key, mode, above);
  }
  return copy;
}

function copyArray(value: readonly unknown[], place: Place, mode: Mode, above: Set<object>): Json[] {
  const copy: Json[] = [];
  for (let index = 0; index < value.length; ++index) {
    const descriptor = Object.getOwnPropertyDescriptor(value, index);
    if (descriptor === undefined) throw unsupported({ up: place, token: index }, "A hole in an array");
    if (!("value" in descriptor)) throw unsupported({ up: place, token: index }, "A getter");
    copy.push(copyValue(descriptor.value, place, index, mode, above));
  }
  return copy;
}
