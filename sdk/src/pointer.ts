import { AgentmendError } from "./errors.js";

/**
 * One token of a JSON pointer (RFC 6901), escaped.
 *
 * @example
 * escapeToken("a/b~c"); // "a~1b~0c"
 */
export function escapeToken(token: string | number): string {
  return String(token).replaceAll("~", "~0").replaceAll("/", "~1");
}

/**
 * The tokens of a JSON pointer, unescaped.
 *
 * @example
 * pointerTokens("/nodes/0/a~1b"); // ["nodes", "0", "a/b"]
 */
export function pointerTokens(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) {
    throw new AgentmendError("patch_bad_token", pointer, "This is not a JSON pointer: it starts with / and escapes ~ as ~0, / as ~1.");
  }
  return pointer.slice(1).split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/**
 * The pointer of a list of tokens.
 *
 * @example
 * toPointer(["nodes", 0, "a/b"]); // "/nodes/0/a~1b"
 */
export function toPointer(tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${escapeToken(token)}`).join("");
}
