import { findNodeAtLocation, parseTree } from "jsonc-parser";
import { isNode, LineCounter, parseDocument } from "yaml";

import { pointerTokens } from "./pointer.js";

/** Place in a text, both counted from 1; columns count UTF-16 units, as editors do. */
export interface Location {
  line: number;
  column: number;
}

function locationOf(text: string, offset: number): Location {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

// In JSON Lines the first token is the physical line, counted from 0.
function locateInLines(text: string, tokens: readonly string[]): Location | null {
  const [first, ...rest] = tokens;
  const wanted = Number(first);
  if (first === undefined || !/^\d+$/.test(first)) return null;
  let start = 0;
  for (let line = 0; line < wanted; line += 1) {
    const end = text.indexOf("\n", start);
    if (end === -1) return null;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  const offset = offsetOf(text.slice(start, end === -1 ? undefined : end), rest);
  return offset === null ? null : { line: wanted + 1, column: offset + 1 };
}

function offsetOf(text: string, tokens: readonly string[]): number | null {
  const root = parseTree(text);
  if (root === undefined) return null;
  let node: typeof root | undefined = root;
  for (const token of tokens) {
    node = findNodeAtLocation(node, [node.type === "array" ? Number(token) : token]);
    if (node === undefined) return null;
  }
  return node.offset;
}

function isWholeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where a JSON pointer points to in the text it was made for: JSON, JSON Lines or YAML. Null when it points nowhere.
 *
 *     locate('{\n  "a": [1]\n}', "/a/0")  // { line: 2, column: 9 }
 */
export function locate(text: string, pointer: string): Location | null {
  const tokens = pointerTokens(pointer);
  const body = text.startsWith("\ufeff") ? text.slice(1) : text; // editors do not count the mark
  if (isWholeJson(body)) {
    const offset = offsetOf(body, tokens);
    return offset === null ? null : locationOf(body, offset);
  }
  if (/^\s*\{/.test(body)) return locateInLines(body, tokens);
  const lines = new LineCounter();
  const node = parseDocument(body, { lineCounter: lines }).getIn(tokens.map((token) => (/^\d+$/.test(token) ? Number(token) : token)), true);
  if (!isNode(node) || node.range === null || node.range === undefined) return null;
  const { line, col } = lines.linePos(node.range[0]);
  return { line, column: col };
}
