import { visit, type JSONVisitor } from "jsonc-parser";
import { isNode, parseDocument } from "yaml";

import { pointerTokens } from "./pointer.js";

/** Place in a text, both counted from 1; columns count UTF-16 units, as editors do. */
export interface Location {
  line: number;
  column: number;
}

/** A stretch of a text in UTF-16 units: from `start` up to, not including, `end`. */
export interface TextRange {
  start: number;
  end: number;
}

// What is looked for below one value: the pointers that end here, and the members on the way to others.
interface Wanted {
  ends: number[];
  members: Map<string, Wanted>;
}

const nothing: Wanted = { ends: [], members: new Map() };

function wantedOf(paths: readonly (readonly string[])[]): Wanted {
  const root: Wanted = { ends: [], members: new Map() };
  paths.forEach((tokens, index) => {
    let here = root;
    for (const token of tokens) {
      const below = here.members.get(token) ?? { ends: [], members: new Map<string, Wanted>() };
      here.members.set(token, below);
      here = below;
    }
    here.ends.push(index);
  });
  return root;
}

/**
 * One pass over JSON, without a tree of it: where each path leads to. Of two equal keys the last counts, as for the core. Null when
 * the text is not one JSON value.
 */
function jsonRanges(text: string, paths: readonly (readonly string[])[]): (TextRange | null)[] | null {
  const found: (TextRange | null)[] = paths.map(() => null);
  const open: { wanted: Wanted; start: number; at: number | string }[] = [];
  const root = wantedOf(paths);
  const wantedHere = (): Wanted => {
    const above = open.at(-1);
    return above === undefined ? root : (above.wanted.members.get(String(above.at)) ?? nothing);
  };
  const note = (wanted: Wanted, start: number, end: number): void => wanted.ends.forEach((index) => (found[index] = { start, end }));
  const begin = (start: number, at: number | string): boolean => {
    const wanted = wantedHere();
    open.push({ wanted, start, at });
    return wanted.members.size > 0; // else its members are passed over
  };
  const close = (offset: number, length: number): void => {
    const closed = open.pop();
    if (closed !== undefined) note(closed.wanted, closed.start, offset + length);
  };
  let isJson = true;
  const visitor: JSONVisitor = {
    onObjectBegin: (offset) => begin(offset, ""),
    onArrayBegin: (offset) => begin(offset, 0),
    onObjectProperty: (name) => void (open.at(-1)!.at = name),
    onSeparator: (character) => {
      const above = open.at(-1);
      if (character === "," && typeof above?.at === "number") above.at += 1;
    },
    onObjectEnd: close,
    onArrayEnd: close,
    onLiteralValue: (_, offset, length) => note(wantedHere(), offset, offset + length),
    onError: () => void (isJson = false),
  };
  visit(text, visitor, { disallowComments: true });
  return isJson ? found : null;
}

// In JSON Lines the first token is the physical line, counted from 0.
function lineRanges(text: string, paths: readonly (readonly string[])[]): (TextRange | null)[] {
  return paths.map(([first, ...rest]) => {
    if (first === undefined || !/^\d+$/.test(first)) return null;
    let start = 0;
    for (let line = 0; line < Number(first); line += 1) {
      const end = text.indexOf("\n", start);
      if (end === -1) return null;
      start = end + 1;
    }
    const end = text.indexOf("\n", start);
    const range = jsonRanges(text.slice(start, end === -1 ? undefined : end), [rest])?.[0] ?? null;
    return range === null ? null : { start: start + range.start, end: start + range.end };
  });
}

function yamlRanges(text: string, paths: readonly (readonly string[])[]): (TextRange | null)[] {
  const document = parseDocument(text);
  return paths.map((tokens) => {
    const node = document.getIn(tokens.map((token) => (/^\d+$/.test(token) ? Number(token) : token)), true);
    return isNode(node) && node.range !== null && node.range !== undefined ? { start: node.range[0], end: node.range[1] } : null;
  });
}

/**
 * Where JSON pointers point to in the text that they were made for: JSON, JSON Lines or YAML. Null for one that points nowhere.
 * Cost: one pass over JSON for all of them.
 *
 *     locateRanges('{"a": [1]}', ["/a", "/b"])  // [{ start: 6, end: 9 }, null]
 */
export function locateRanges(text: string, pointers: readonly string[]): (TextRange | null)[] {
  const mark = text.startsWith("\ufeff") ? 1 : 0;
  const body = text.slice(mark);
  const paths = pointers.map(pointerTokens);
  const ranges = jsonRanges(body, paths) ?? (/^\s*\{/.test(body) ? lineRanges(body, paths) : yamlRanges(body, paths));
  return ranges.map((range) => range && { start: range.start + mark, end: range.end + mark });
}

/** The place of an offset; a byte order mark is not counted, as editors do not. */
export function locationOf(text: string, offset: number): Location {
  let line = 1;
  let start = text.startsWith("\ufeff") ? 1 : 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

/**
 * Where a JSON pointer points to in the text it was made for: JSON, JSON Lines or YAML. Null when it points nowhere.
 *
 *     locate('{\n  "a": [1]\n}', "/a/0")  // { line: 2, column: 9 }
 */
export function locate(text: string, pointer: string): Location | null {
  const range = locateRanges(text, [pointer])[0] ?? null;
  return range === null ? null : locationOf(text, range.start);
}
