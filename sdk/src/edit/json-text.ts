import { findNodeAtLocation, parseTree, type Node, type ParseError } from "jsonc-parser";

import { AgentmendError } from "../errors.js";
import { plainCopy } from "../json-value.js";
import { pointerTokens, toPointer } from "../pointer.js";
import type { PatchOperation } from "../wire.js";
import type { Json } from "./patch.js";

/** How a JSON document is written: taken over for what is inserted. */
interface Style {
  indent: string; // of one level; "" = all on one line
  eol: string;
  afterColon: string;
}

function read(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  if (root === undefined || errors.length > 0) throw new AgentmendError("json_syntax", "", "The document is not JSON.");
  refuseWhatCannotBeKept(root, []);
  return root;
}

function refuseWhatCannotBeKept(node: Node, path: readonly (string | number)[]): void {
  if (node.type === "number" && Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) {
    throw new AgentmendError("not_i_json", toPointer(path), "A number cannot be kept exactly (beyond 2^53); write it as a string.");
  }
  const seen = new Set<string>();
  (node.children ?? []).forEach((item, i) => {
    if (node.type !== "object") return refuseWhatCannotBeKept(item, [...path, i]);
    const [key, value] = item.children ?? [];
    const name = String(key?.value);
    if (seen.has(name)) throw new AgentmendError("duplicate_key", toPointer([...path, name]), "The document has the same key twice in one object.");
    seen.add(name);
    if (value !== undefined) refuseWhatCannotBeKept(value, [...path, name]);
  });
}

function styleOf(text: string): Style {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const indent = /[[{]\r?\n([ \t]+)\S/.exec(text)?.[1] ?? "";
  const afterColon = /"\s*:(\s?)/.exec(text)?.[1] === "" ? "" : " ";
  return { indent, eol, afterColon };
}

function write(value: unknown, style: Style, level: string, multiline: boolean): string {
  if (style.indent === "" || !multiline) {
    const text = JSON.stringify(value);
    return style.afterColon === "" ? text : spaced(value as Json);
  }
  return JSON.stringify(value, null, style.indent).split("\n").join(`${style.eol}${level}`);
}

// One line, with a blank after each colon and comma, as people write short objects.
function spaced(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  return JSON.stringify(value);
}

/** The indentation of the line on which an offset stands. */
function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

function splice(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

function nodeAt(root: Node, tokens: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const token of tokens) {
    if (node === undefined) return undefined;
    node = findNodeAtLocation(node, [node.type === "array" ? Number(token) : token]);
  }
  return node;
}

function insert(text: string, container: Node, position: number, member: (level: string) => string, style: Style): string {
  const children = container.children ?? [];
  const inner = text.slice(container.offset + 1, container.offset + container.length - 1);
  const base = indentAt(text, container.offset);
  const multiline = style.indent !== "" && (inner.includes("\n") || (children.length === 0 && inner.trim() === ""));
  const level = multiline ? (children[0] === undefined ? base + style.indent : indentAt(text, children[0].offset)) : base;
  const content = member(level);
  const gap = multiline ? `${style.eol}${level}` : style.afterColon;
  if (children.length === 0) {
    const body = multiline ? `${style.eol}${level}${content}${style.eol}${base}` : content;
    return splice(text, container.offset + 1, container.offset + container.length - 1, body);
  }
  const before = children[position - 1];
  if (before !== undefined) return splice(text, before.offset + before.length, before.offset + before.length, `,${gap}${content}`);
  const first = children[0] as Node;
  return splice(text, first.offset, first.offset, `${content},${gap}`);
}

function removeChild(text: string, container: Node, position: number): string {
  const children = container.children ?? [];
  const item = children[position] as Node;
  const before = children[position - 1];
  const after = children[position + 1];
  if (before !== undefined) return splice(text, before.offset + before.length, item.offset + item.length, "");
  if (after !== undefined) return splice(text, item.offset, after.offset, "");
  return splice(text, container.offset + 1, container.offset + container.length - 1, "");
}

/** Applies one operation to the text; everything outside the member stays as it is, byte for byte. */
export function applyToJsonText(text: string, operation: PatchOperation): string {
  if (operation.op === "test") return text;
  const root = read(text);
  const style = styleOf(text);
  const tokens = pointerTokens(operation.path);
  const last = tokens.at(-1);
  if (last === undefined) throw new AgentmendError("patch_path_missing", "", "The whole document cannot be patched as text.");
  const container = nodeAt(root, tokens.slice(0, -1));
  const target = nodeAt(root, tokens);
  const missing = (): never => {
    throw new AgentmendError("patch_path_missing", operation.path, "The path does not exist in the document.");
  };
  if (container === undefined || (container.type !== "object" && container.type !== "array")) return missing();
  const isArray = container.type === "array";
  if (operation.op === "replace" || (operation.op === "add" && !isArray && target !== undefined)) {
    if (target === undefined) return missing();
    const multiline = target.children !== undefined && text.slice(target.offset, target.offset + target.length).includes("\n");
    return splice(text, target.offset, target.offset + target.length, write(operation.value, style, indentAt(text, target.offset), multiline || target.children === undefined));
  }
  const children = container.children ?? [];
  if (operation.op === "remove") {
    if (target === undefined) return missing();
    return removeChild(text, container, isArray ? Number(last) : children.findIndex((member) => member.children?.[0]?.value === last));
  }
  const position = isArray ? (last === "-" ? children.length : Number(last)) : children.length;
  if (isArray && !(Number.isInteger(position) && position >= 0 && position <= children.length)) return missing();
  const single = children.length > 0 && !text.slice(container.offset, container.offset + container.length).includes("\n");
  return insert(text, container, position, (level) => {
    const value = write(operation.value, style, level, !single);
    return isArray ? value : `${JSON.stringify(last)}:${style.afterColon}${value}`;
  }, style);
}

/** The value of a JSON text; refuses duplicate keys and numbers that cannot be kept. */
export function parseJsonText(text: string): Json {
  read(text);
  return plainCopy(JSON.parse(text));
}
