import { monotonicFactory } from "ulid";

const ulid = monotonicFactory();

export type IdPrefix = "esc" | "dec" | "heal" | "gc" | "key" | "ev" | "ses" | "req";

/** An id that sorts by its time, e.g. esc_01J0000000000000000000000A. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}

/** 32 random bytes as 43 characters of base64url. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes of base64url. */
export function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
