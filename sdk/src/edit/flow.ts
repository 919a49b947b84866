// Members of { } and [ ], in JSON and in YAML.
import type { Json } from "../json-value.js";
import { indentOf, isFlow, isMap, isSeq, lineEnd, newlineOf, type Node, type Splice } from "./tree.js";
import type { FlowWriter } from "./write.js";

/** Inserts a member before entry `index` of the last container of `path` (its length = at the end). */
export function insertIntoFlow(
  text: string,
  path: readonly Node[],
  index: number,
  key: string | null,
  value: Json,
  writer: FlowWriter,
  unit: string,
): Splice[] {
  const container = path[path.length - 1] as Node;
  const { entries } = container;
  const write = (indent: string | null): string => (key === null ? "" : writer.key(key) + writer.colon) + writer.value(value, indent);
  if (entries.length === 0) return fillEmpty(text, path, write, writer, unit);
  const separator = separatorAt(text, container, index, writer.gap);
  const broken = separator.includes("\n");
  const neighbour = entries[Math.max(0, index - 1)]?.value;
  const short = !broken || (isSeq(container) && neighbour !== undefined && isShort(text, neighbour));
  const content = write(short ? null : /[^\n]*$/.exec(separator)?.[0].replace(/[^ \t].*$/, "") ?? "");
  const after = entries[index - 1];
  if (after === undefined) {
    const first = (entries[0] as { start: number }).start;
    return [{ start: first, end: first, text: content + separator }];
  }
  if (index < entries.length) {
    const next = (entries[index] as { start: number }).start;
    return [{ start: next, end: next, text: content + separator }];
  }
  return append(text, after.end, content, separator);
}

// A comment after the last member (YAML) stays on its line; a comma that is there already is used.
function append(text: string, end: number, content: string, separator: string): Splice[] {
  const rest = text.slice(end, lineEnd(text, end));
  const [, comma] = /^([ \t]*,)?[ \t]*(#.*)?$/.exec(rest) ?? [];
  const lineBreak = /\r?\n[^]*$/.exec(separator)?.[0];
  const trailing = comma ?? /^\s*,/.exec(text.slice(end))?.[0];
  if (lineBreak !== undefined && rest.includes("#")) {
    const place = end + rest.length;
    if (comma !== undefined) return [{ start: place, end: place, text: `${lineBreak}${content},` }];
    return [{ start: end, end, text: "," }, { start: place, end: place, text: lineBreak + content }];
  }
  if (trailing !== undefined) {
    const place = end + trailing.length;
    return [{ start: place, end: place, text: `${separator.replace(/^\s*,/, "")}${content},` }];
  }
  return [{ start: end, end, text: separator + content }];
}

function isShort(text: string, node: Node): boolean {
  return isFlow(node) && node.entries.length > 0 && !text.slice(node.start, node.end).includes("\n");
}

// An empty container opens up over lines when the one around it does.
function fillEmpty(text: string, path: readonly Node[], write: (indent: string | null) => string, writer: FlowWriter, unit: string): Splice[] {
  const container = path[path.length - 1] as Node;
  const around = path[path.length - 2];
  const place = { start: container.start + 1, end: container.end - 1 };
  const broken = around === undefined
    ? text.slice(container.start, container.end).includes("\n")
    : around.entries[0] !== undefined && separatorAt(text, around, 1, "").includes("\n");
  if (!broken) {
    const pad = isMap(container) ? writer.pad : "";
    return [{ ...place, text: pad + write(null) + pad }];
  }
  const outer = indentOf(text, container.start);
  const newline = newlineOf(text);
  return [{ ...place, text: `${newline}${outer}${unit}${write(outer + unit)}${newline}${outer}` }];
}

/** What stands between two members near `index`: a comma and blanks or one line break, as the container shows it. */
function separatorAt(text: string, container: Node, index: number, gap: string): string {
  const right = Math.min(Math.max(index, 1), container.entries.length - 1);
  const [one, two] = [container.entries[right - 1], container.entries[right]];
  const first = container.entries[0];
  if (one === undefined || two === undefined || one === two) {
    const lead = text.slice(container.start + 1, first?.start ?? container.start + 1);
    return lead.includes("\n") ? `,${newlineOf(text)}${indentOf(text, first?.start ?? 0)}` : `,${gap}`;
  }
  const shown = text.slice(one.end, two.start);
  if (!shown.includes("#")) return shown.replace(/(\r?\n[ \t]*)+(?=\r?\n)/, "");
  return shown.includes("\n") ? `,${newlineOf(text)}${indentOf(text, two.start)}` : `,${gap}`;
}

/** Removes entry `index` with its comma, and with the comment on its line. */
export function removeFromFlow(text: string, container: Node, index: number): Splice[] {
  const { entries } = container;
  const entry = entries[index];
  if (entry === undefined) return [];
  const [before, after] = [entries[index - 1], entries[index + 1]];
  if (after !== undefined) {
    const own = /^\s*,[ \t]*(?:#[^\r\n]*)?(?:\r?\n[ \t]*)?/.exec(text.slice(entry.end, after.start));
    return [{ start: entry.start, end: entry.end + (own?.[0].length ?? 0), text: "" }];
  }
  if (before === undefined) return [{ start: container.start + 1, end: container.end - 1, text: "" }];
  // A comment after the member before keeps its line, and the comma before it: YAML allows one at the end.
  const comment = /^[^#]*#[^\r\n]*/.exec(text.slice(before.end, entry.start));
  const end = comment === null ? entry.end : endWithComma(text, entry.end, container.end);
  return [{ start: before.end + (comment?.[0].length ?? 0), end, text: "" }];
}

function endWithComma(text: string, end: number, limit: number): number {
  const rest = /^\s*,?[ \t]*(?:#[^\r\n]*)?/.exec(text.slice(end, limit - 1))?.[0] ?? "";
  return end + rest.trimEnd().length;
}
