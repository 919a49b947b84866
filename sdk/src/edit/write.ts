// Texts of new values, in the style of the document that takes them.
import { stringify, type ToStringOptions } from "yaml";
import type { Json } from "../json-value.js";
import { type Entry, isFlow, isMap, type Node, type Quotes } from "./tree.js";

/** Writes members of a { } or [ ]. `indent` is that of the line the value stands on; null = all on one line. */
export interface FlowWriter {
  readonly key: (key: string) => string;
  /** Between key and value, such as ": ". */
  readonly colon: string;
  /** After a comma on one line, " " or "". */
  readonly gap: string;
  /** Inside the braces of an object on one line, " " or "". */
  readonly pad: string;
  readonly value: (value: Json, indent: string | null) => string;
}

const isContainer = (value: Json): value is Json[] | { [key: string]: Json } => value !== null && typeof value === "object";

/** The writer for a place in a JSON text; `path` leads from the root to the container. */
export function jsonWriter(text: string, path: readonly Node[], unit: string, newline: string): FlowWriter {
  const style = flowStyle(text, path);
  const key = JSON.stringify;
  const value = (item: Json, indent: string | null): string => {
    if (!isContainer(item)) return JSON.stringify(item);
    const list = Array.isArray(item);
    const inner = indent === null ? null : indent + unit;
    const parts = list ? item.map((part) => value(part, inner)) : Object.entries(item).map(([name, part]) => key(name) + style.colon + value(part, inner));
    const [open, close] = list ? "[]" : "{}";
    if (parts.length === 0) return `${open}${close}`;
    if (inner !== null) return `${open}${newline}${inner}${parts.join(`,${newline}${inner}`)}${newline}${indent ?? ""}${close}`;
    const pad = list ? "" : style.pad;
    return `${open}${pad}${parts.join(`,${style.gap}`)}${pad}${close}`;
  };
  return { ...style, key, value };
}

/** The writer for a { } or [ ] in a YAML text: always on one line. */
export function yamlFlowWriter(text: string, path: readonly Node[], quotes: Quotes): FlowWriter {
  const style = flowStyle(text, path);
  const lastKey = path[path.length - 1]?.entries.at(-1)?.keyQuotes ?? "plain";
  const key = (name: string): string => flowScalar(name, lastKey);
  const value = (item: Json): string => {
    if (!isContainer(item)) return flowScalar(item, quotes);
    if (Array.isArray(item)) return `[${item.map(value).join(`,${style.gap}`)}]`;
    const parts = Object.entries(item).map(([name, part]) => key(name) + style.colon + value(part));
    return parts.length === 0 ? "{}" : `{${style.pad}${parts.join(`,${style.gap}`)}${style.pad}}`;
  };
  return { ...style, key, value };
}

// A colon after a plain key needs a blank in YAML; JSON takes what the nearest object shows.
function flowStyle(text: string, path: readonly Node[]): Pick<FlowWriter, "colon" | "gap" | "pad"> {
  const near = [...path].reverse();
  const root = path[0];
  const flows = [...near, ...(root === undefined ? [] : below(root))].filter(isFlow);
  const member = flows.find((node) => isMap(node) && node.entries.length > 0)?.entries.at(-1);
  const colon = (member && oneLine(text.slice(member.keyEnd, member.value.start))) ?? ": ";
  const pair = flows.map((node) => node.entries.slice(0, 2)).find(([one, two]) => one && two && oneLine(text.slice(one.end, two.start)));
  const gap = pair === undefined ? (colon.endsWith(" ") ? " " : "") : between(text, pair).slice(1);
  const inline = [...(near[0]?.entries.map((entry) => entry.value) ?? []), ...flows].find((node) => node.kind === "flow-map" && node.entries.length > 0 && !text.slice(node.start, node.end).includes("\n"));
  const pad = inline?.entries[0] === undefined ? "" : text.slice(inline.start + 1, inline.entries[0].start);
  return { colon, gap: /^ *$/.test(gap) ? gap : " ", pad: /^ ?$/.test(pad) ? pad : "" };
}

const below = (node: Node): Node[] => node.entries.flatMap(({ value }) => [value, ...below(value)]);
const oneLine = (text: string): string | undefined => (/[\n#]/.test(text) ? undefined : text);
const between = (text: string, [one, two]: readonly Entry[]): string => (one && two ? text.slice(one.end, two.start) : "");

const quoteTypes = { plain: "PLAIN", single: "QUOTE_SINGLE", double: "QUOTE_DOUBLE" } as const;

// Words like yes and on are texts in YAML 1.2 and booleans in 1.1, which many readers still speak: compat quotes them.
function yamlOptions(quotes: Quotes): ToStringOptions & { compat: "yaml-1.1"; aliasDuplicateObjects: false } {
  return { lineWidth: 0, compat: "yaml-1.1", aliasDuplicateObjects: false, defaultStringType: quoteTypes[quotes], defaultKeyType: "PLAIN" };
}

// Inside [ ] and { } more characters need quotes: the library writes the scalar as the only element of a list.
function flowScalar(value: Json, quotes: Quotes): string {
  return stringify([value], { ...yamlOptions(quotes), collectionStyle: "flow", flowCollectionPadding: false }).trim().slice(1, -1);
}

/** How new block values of a YAML document are written. */
export interface BlockStyle {
  readonly unit: string;
  readonly newline: string;
  /** False when lists stand at the column of their key. */
  readonly indentSeq: boolean;
  readonly quotes: Quotes;
  readonly keyQuotes: Quotes;
}

/** The lines of `key: value` (or `- value` when the key is null) at a column; the first line is not indented. */
export function blockEntry(key: string | null, value: Json, style: BlockStyle, indent: string): string {
  const text = stringify(key === null ? [value] : { [key]: value }, {
    ...yamlOptions(style.quotes),
    defaultKeyType: quoteTypes[style.keyQuotes],
    indent: style.unit.length,
    indentSeq: style.indentSeq,
    // A text of several lines is a literal block; with quotes asked for it is quoted on one line.
    blockQuote: style.quotes === "plain" ? "literal" : false,
  });
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line, index) => (index === 0 || line === "" ? line : indent + line))
    .join(style.newline);
}
