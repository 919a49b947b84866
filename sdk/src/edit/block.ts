// Members of YAML block maps and lists.
import type { Json } from "../json-value.js";
import { columnOf, type Entry, isMap, lineEnd, lineStart, type Node, ownIndent, type Splice } from "./tree.js";
import { blockEntry, type BlockStyle } from "./write.js";

/** Inserts a member: into a map at its end, into a list before `index`. Comments keep their lines. */
export function insertIntoBlock(text: string, container: Node, index: number, key: string | null, value: Json, style: BlockStyle): Splice[] {
  const column = " ".repeat(columnOf(text, container.start));
  const content = blockEntry(key, value, style, column);
  const before = container.entries[index - 1];
  if (before === undefined) return [{ start: container.start, end: container.start, text: `${content}${style.newline}${column}` }];
  const place = lineEnd(text, before.end);
  return [{ start: place, end: place, text: `${style.newline}${column}${content}` }];
}

/** Puts a value in the place of an entry's value. */
export function replaceInBlock(text: string, entry: Entry, value: Json, style: BlockStyle): Splice[] {
  const column = " ".repeat(columnOf(text, entry.start));
  const mark = entry.key === null ? 1 : 2; // "-" and "k:": the mark that the text begins with
  const body = blockEntry(entry.key === null ? null : "k", value, { ...style, keyQuotes: "plain" }, column).slice(mark);
  const old = entry.value;
  const lines = body.split("\n");
  const sameLine = lineStart(text, entry.slot) === lineStart(text, old.start);
  const simple = old.kind === "scalar" || old.kind === "flow-map" || old.kind === "flow-seq";
  // What aligns the values of a table stays.
  if (simple && sameLine && lines.length === 1) return [{ start: old.start, end: old.end, text: body.trimStart() }];
  const comment = commentOf(text, entry);
  const first = (lines[0] as string).replace(/\r$/, "");
  const rest = body.slice(first.length);
  const end = comment.after && rest !== "" ? lineEnd(text, old.end) : old.end;
  const kept = comment.after && rest === "" ? "" : comment.text;
  return [{ start: entry.slot, end, text: first + kept + rest }];
}

// The comment on the line of the key: before a nested value or after one that stands on that line.
function commentOf(text: string, entry: Entry): { text: string; after: boolean } {
  const old = entry.value;
  if (old.kind === "block-map" || old.kind === "block-seq" || old.kind === "block-scalar") {
    if (old.kind !== "block-scalar" && lineStart(text, old.start) === lineStart(text, entry.slot)) return { text: "", after: false };
    const line = text.slice(entry.slot, lineEnd(text, entry.slot));
    return { text: /[ \t]+#.*$/.exec(line)?.[0] ?? "", after: false };
  }
  return { text: text.slice(old.end, lineEnd(text, old.end)), after: true };
}

/** Removes entry `index` with its lines; the last one leaves {} or [] behind. `around` is the entry that holds the container. */
export function removeFromBlock(text: string, container: Node, index: number, around: Entry | undefined): Splice[] {
  const entry = container.entries[index];
  if (entry === undefined) return [];
  const own = ownIndent(text, entry.start) !== undefined;
  if (container.entries.length === 1) {
    const empty = isMap(container) ? "{}" : "[]";
    if (!own || around === undefined) return [{ start: entry.start, end: entry.end, text: empty }];
    return [{ start: around.slot, end: around.slot, text: ` ${empty}` }, linesOf(text, entry)];
  }
  if (own) return [linesOf(text, entry)];
  // The first member of a map in a list shares its line with the dash: what follows moves up.
  const end = lineEnd(text, entry.end);
  const gap = /^(?:\r?\n[ \t]*)+/.exec(text.slice(end))?.[0] ?? "";
  return [{ start: entry.start, end: end + gap.length, text: "" }];
}

function linesOf(text: string, entry: Entry): Splice {
  const start = lineStart(text, entry.start);
  const end = lineEnd(text, entry.end);
  const lineBreak = /^\r?\n/.exec(text.slice(end, end + 2))?.[0].length ?? 0;
  if (lineBreak > 0 || start === 0) return { start, end: end + lineBreak, text: "" };
  const before = text[start - 2] === "\r" ? start - 2 : start - 1; // the last line of a text without a line break at its end
  return { start: before, end, text: "" };
}
