// One tree for JSON and YAML: where each member stands in the text. JSON is the flow part of it.
import { AgentmendError } from "../errors.js";
import { toPointer } from "../pointer.js";

export type Kind = "flow-map" | "flow-seq" | "block-map" | "block-seq" | "block-scalar" | "scalar" | "alias" | "empty";
export type Fixed = "" | "anchor" | "alias" | "tag" | "form";
export type Quotes = "plain" | "single" | "double";

/** A value. Its text is [start, end); the end of a block value is the end of its last line of content. */
export interface Node {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly entries: readonly Entry[];
  /** Why this value cannot be edited, or "". */
  readonly fixed: Fixed;
  /** How a string is quoted; undefined for what is no string. */
  readonly quotes?: Quotes | undefined;
}

/** A member of a map or an element of a list, from its key (or "-") to the end of its value. */
export interface Entry {
  readonly key: string | null;
  readonly keyQuotes: Quotes;
  readonly start: number;
  readonly end: number;
  /** The end of the key, colon excluded; for an element its start. */
  readonly keyEnd: number;
  /** Just after the ":" or "-": where the text of the value begins; -1 when there is no such mark. */
  readonly slot: number;
  readonly value: Node;
}

/** Replace [start, end) of the text. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = text;
  for (const { start, end, text: insert } of [...splices].sort((a, b) => b.start - a.start || b.end - a.end)) {
    result = result.slice(0, start) + insert + result.slice(end);
  }
  return result;
}

export const isMap = (node: Node): boolean => node.kind === "flow-map" || node.kind === "block-map";
export const isSeq = (node: Node): boolean => node.kind === "flow-seq" || node.kind === "block-seq";
export const isFlow = (node: Node): boolean => node.kind === "flow-map" || node.kind === "flow-seq";
export const isBlock = (node: Node): boolean => node.kind === "block-map" || node.kind === "block-seq";

/** The first offset of the line that holds `at`. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** The end of the line that holds `at`, line break excluded. */
export function lineEnd(text: string, at: number): number {
  const feed = text.indexOf("\n", at);
  if (feed === -1) return text.length;
  return feed > at && text[feed - 1] === "\r" ? feed - 1 : feed;
}

/** The blanks at the start of the line that holds `at`. */
export function indentOf(text: string, at: number): string {
  const start = lineStart(text, at);
  let end = start;
  while (text[end] === " " || text[end] === "\t") ++end;
  return text.slice(start, end);
}

/** The document's line break. */
export function newlineOf(text: string): string {
  const feed = text.indexOf("\n");
  return feed > 0 && text[feed - 1] === "\r" ? "\r\n" : "\n";
}

/** The indentation of an entry that begins its line; undefined when something stands before it. */
export function ownIndent(text: string, at: number): string | undefined {
  const indent = indentOf(text, at);
  return lineStart(text, at) + indent.length === at ? indent : undefined;
}

/**
 * One step of indentation as the document shows it: nearest to the end of `path` first, then anywhere below the root;
 * two blanks when the document shows none. Cost: one walk over the tree.
 */
export function indentUnit(text: string, path: readonly Node[]): string {
  const root = path[0];
  for (let index = path.length - 1; index >= 0; --index) {
    const unit = unitInside(text, path[index] as Node);
    if (unit !== undefined) return unit;
  }
  return (root && firstUnit(text, root)) ?? "  ";
}

function firstUnit(text: string, node: Node): string | undefined {
  return unitInside(text, node) ?? node.entries.reduce<string | undefined>((found, entry) => found ?? firstUnit(text, entry.value), undefined);
}

// How much deeper a container's children stand than the line that opens it.
function unitInside(text: string, node: Node): string | undefined {
  if (isFlow(node)) {
    const first = node.entries[0];
    const inner = first && ownIndent(text, first.start);
    const outer = indentOf(text, node.start);
    return inner !== undefined && inner.length > outer.length && inner.startsWith(outer) ? inner.slice(outer.length) : undefined;
  }
  if (node.kind !== "block-map") return undefined;
  for (const { start, value } of node.entries) {
    if (value.kind !== "block-map" || value.entries[0] === undefined) continue;
    const depth = columnOf(text, value.entries[0].start) - columnOf(text, start);
    if (depth > 0) return " ".repeat(depth);
  }
  return undefined;
}

/** The column of an offset, counted from 0. */
export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at);
}

/** Refuses a document in which one map has the same key twice: no two readers agree on what it means. */
export function refuseDuplicateKeys(node: Node, above: readonly (string | number)[] = []): void {
  const seen = new Set<string>();
  node.entries.forEach(({ key, value }, index) => {
    if (key !== null && seen.has(key)) {
      throw new AgentmendError("duplicate_key", toPointer([...above, key]), "This object has the key twice. Remove one of them.");
    }
    if (key !== null) seen.add(key);
    if (value.entries.length > 0) refuseDuplicateKeys(value, [...above, key ?? index]);
  });
}
