import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, stringify, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";

import { AgentmendError } from "../errors.js";
import { plainCopy } from "../json-value.js";
import { pointerTokens } from "../pointer.js";
import type { PatchOperation } from "../wire.js";
import type { Json } from "./patch.js";

// Words like yes and on are texts in YAML 1.2 and booleans in 1.1, which many readers still speak: they are quoted.
const plainStyle = { lineWidth: 0, compat: "yaml-1.1", aliasDuplicateObjects: false } as const;

function read(text: string): Document {
  const documents = parseAllDocuments(text, { keepSourceTokens: true, lineCounter: new LineCounter() });
  const [document, second] = documents as Document[];
  if (document === undefined) throw new AgentmendError("input_empty", "", "The document is empty.");
  if (second !== undefined) throw new AgentmendError("container_unsupported", "", "A file with several YAML documents cannot be patched.");
  const error = document.errors[0];
  if (error !== undefined) {
    const duplicate = error.code === "DUPLICATE_KEY";
    throw new AgentmendError(duplicate ? "duplicate_key" : "yaml_syntax", "", error.message.split("\n")[0] ?? "The document is not YAML.");
  }
  return document;
}

type Container = YAMLMap | YAMLSeq;

function step(node: Node | null, token: string): Node | null {
  if (isAlias(node)) throw new AgentmendError("yaml_alias", "", "A member that is reached through an alias cannot be patched.");
  if (isMap(node)) return (pairOf(node, token)?.value as Node | null | undefined) ?? null;
  if (isSeq(node)) return (node.items[Number(token)] as Node | undefined) ?? null;
  return null;
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

function rangeOf(node: Node): [number, number] {
  if (node.range === null || node.range === undefined) throw new AgentmendError("edit_not_faithful", "", "The place of a member is not known.");
  return [node.range[0], node.range[1]];
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

function indentStep(text: string): number {
  const found = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  return found >= 2 && found <= 8 ? found : 2;
}

function block(value: unknown, text: string, indent: string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  return stringify(value, { ...plainStyle, indent: indentStep(text) }).trimEnd().split("\n").join(`${eol}${indent}`);
}

const flow = (value: unknown): string => stringify(value, { ...plainStyle, collectionStyle: "flow" }).trim();

function isFlow(container: Container): boolean {
  return container.flow === true;
}

/** Text of `key: value` at an indentation; nested collections go on lines of their own. */
function member(key: string, value: unknown, text: string, indent: string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const name = stringify(key, plainStyle).trim();
  const nested = value !== null && typeof value === "object" && Object.keys(value).length > 0;
  if (!nested) return `${name}: ${flow(value)}`;
  const inner = indent + " ".repeat(indentStep(text));
  return `${name}:${eol}${inner}${block(value, text, inner)}`;
}

function element(value: unknown, text: string, indent: string): string {
  const nested = value !== null && typeof value === "object" && Object.keys(value).length > 0;
  return nested ? `- ${block(value, text, `${indent}  `)}` : `- ${flow(value)}`;
}

/** End of the lines that belong to a node: its own, not the comments and blanks that follow. */
function endOfLines(text: string, node: Node): number {
  const [, end] = rangeOf(node);
  return lineEnd(text, Math.max(0, text[end - 1] === "\n" ? end - 1 : end));
}

function insertIntoBlock(text: string, container: Container, content: (indent: string) => string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const items = container.items as (Pair | Node)[];
  const last = items.at(-1) as Pair | Node;
  const lastKey = ("key" in last ? last.key : last) as Node;
  const lastValue = ("key" in last ? ((last.value as Node | null) ?? last.key) : last) as Node;
  const column = " ".repeat(rangeOf(lastKey)[0] - lineStart(text, rangeOf(lastKey)[0]) - (isSeq(container) ? 2 : 0));
  const end = endOfLines(text, lastValue);
  const complete = text.slice(0, end).endsWith("\n") ? "" : eol;
  return `${text.slice(0, end)}${complete}${column}${content(column)}${complete === "" ? eol : ""}${text.slice(end)}`;
}

function add(text: string, container: Container, key: string, value: unknown): string {
  if (isFlow(container) || container.items.length === 0) {
    const [from, end] = rangeOf(container);
    const close = text.lastIndexOf(isMap(container) ? "}" : "]", end - 1);
    const content = isMap(container) ? `${stringify(key, plainStyle).trim()}: ${flow(value)}` : flow(value);
    const empty = container.items.length === 0;
    const head = text.slice(0, close).trimEnd();
    const padded = /\{ /.test(text.slice(from, from + 2)) || empty ? " " : "";
    return empty ? `${text.slice(0, from + 1)}${padded}${content}${padded}${text.slice(close)}` : `${head}, ${content}${padded}${text.slice(close)}`;
  }
  return insertIntoBlock(text, container, (indent) => (isMap(container) ? member(key, value, text, indent) : element(value, text, indent)));
}

function replace(text: string, node: Node, value: unknown): string {
  const [from, end] = rangeOf(node);
  const nested = value !== null && typeof value === "object" && Object.keys(value).length > 0;
  if ((isMap(node) || isSeq(node)) && !isFlow(node) && nested) {
    const indent = " ".repeat(from - lineStart(text, from));
    const tail = text.slice(0, end).endsWith("\n") ? (text.includes("\r\n") ? "\r\n" : "\n") : "";
    return text.slice(0, from) + block(value, text, indent) + tail + text.slice(end);
  }
  const tail = /\r?\n$/.exec(text.slice(from, end))?.[0] ?? "";
  return text.slice(0, from) + flow(value) + tail + text.slice(end);
}

function remove(text: string, container: Container, key: string): string {
  const items = container.items as (Pair | Node)[];
  const position = isMap(container) ? items.indexOf(pairOf(container, key) as Pair) : Number(key);
  const item = items[position];
  if (item === undefined) throw new AgentmendError("patch_path_missing", "", "The path does not exist in the document.");
  const keyNode = ("key" in item ? item.key : item) as Node;
  const valueNode = ("key" in item ? ((item.value as Node | null) ?? item.key) : item) as Node;
  if (isFlow(container)) {
    const from = rangeOf(keyNode)[0];
    const end = rangeOf(valueNode)[1];
    const after = /^\s*,\s*/.exec(text.slice(end))?.[0];
    if (after !== undefined) return text.slice(0, from) + text.slice(end + after.length);
    const before = /\s*,\s*$/.exec(text.slice(0, from))?.[0] ?? "";
    return text.slice(0, from - before.length) + text.slice(end);
  }
  if (items.length === 1) {
    const [from, end] = rangeOf(container);
    const start = text.slice(0, from).trimEnd().length;
    const tail = text.slice(from, end).endsWith("\n") ? "\n" : "";
    return `${text.slice(0, start)} ${isMap(container) ? "{}" : "[]"}${tail}${text.slice(end)}`;
  }
  const offset = rangeOf(keyNode)[0] - (isSeq(container) ? 2 : 0);
  const start = lineStart(text, offset);
  if (text.slice(start, offset).trim() !== "") {
    // The first member of a map inside a sequence shares its line with the dash: the next member moves up.
    const next = items[position + 1] as Pair;
    return text.slice(0, offset) + text.slice(rangeOf(next.key as Node)[0]);
  }
  return text.slice(0, start) + text.slice(endOfLines(text, valueNode));
}

/** Applies one operation to the text; comments, order and layout of everything else stay. */
export function applyToYamlText(text: string, operation: PatchOperation): string {
  if (operation.op === "test") return text;
  const tokens = pointerTokens(operation.path);
  const last = tokens.at(-1);
  const document = read(text);
  let container = document.contents as Node | null;
  for (const token of tokens.slice(0, -1)) container = step(container, token);
  if (isAlias(container)) throw new AgentmendError("yaml_alias", operation.path, "A member that is reached through an alias cannot be patched.");
  if (last === undefined || container === null || !(isMap(container) || isSeq(container))) {
    throw new AgentmendError("patch_path_missing", operation.path, "The path does not exist in the document.");
  }
  if (operation.op === "remove") return remove(text, container, last);
  const existing = isMap(container) ? pairOf(container, last)?.value : container.items[Number(last)];
  const overwrite = operation.op === "replace" || (isMap(container) && pairOf(container, last) !== undefined);
  if (overwrite) {
    if (existing === null || existing === undefined) throw new AgentmendError("patch_path_missing", operation.path, "The path does not exist in the document.");
    return replace(text, existing as Node, operation.value);
  }
  if (isSeq(container) && last !== "-" && Number(last) !== container.items.length) {
    throw new AgentmendError("edit_not_supported", operation.path, "In YAML, items are added at the end of a list only.");
  }
  return add(text, container, last, operation.value);
}

/** The value of a YAML text (YAML 1.2 core schema). */
export function parseYamlText(text: string): Json {
  // A copy: an alias is a value of its own then, so that a change seen through it is found by the comparison.
  return plainCopy(read(text).toJS({ maxAliasCount: 1000 }));
}
