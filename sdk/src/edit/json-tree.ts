import { type Node as JsonNode, parseTree } from "jsonc-parser";
import { AgentmendError } from "../errors.js";
import type { Entry, Node } from "./tree.js";

// Equal to the core's json::Limits::max_depth; the recursive readers below it need a bound of their own.
const maxDepth = 512;

/** The value and the tree of a JSON text. Strict: no comments, no trailing commas. */
export function readJson(text: string): { value: unknown; root: Node } {
  refuseDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AgentmendError("json_syntax", "", `The text is not JSON: ${reason}. Mend it first.`);
  }
  const tree = parseTree(text);
  if (tree === undefined) throw new AgentmendError("input_empty", "", "The text holds no value.");
  return { value, root: toNode(tree) };
}

function refuseDepth(text: string): void {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[^])*"|[[{\]}]/g)) {
    if (token === "[" || token === "{") ++depth;
    else if (token === "]" || token === "}") --depth;
    if (depth > maxDepth) throw new AgentmendError("limit_depth", "", `The document is nested deeper than ${maxDepth}. Flatten it.`);
  }
}

function toNode(tree: JsonNode): Node {
  const range = { start: tree.offset, end: tree.offset + tree.length, fixed: "" as const };
  const children = tree.children ?? [];
  if (tree.type === "object") return { kind: "flow-map", entries: children.map(toMember), ...range };
  if (tree.type === "array") return { kind: "flow-seq", entries: children.map(toElement), ...range };
  return { kind: "scalar", entries: [], quotes: tree.type === "string" ? "double" : undefined, ...range };
}

function toMember(property: JsonNode): Entry {
  const [key, value] = property.children ?? [];
  if (key === undefined || value === undefined || property.colonOffset === undefined) {
    throw new AgentmendError("internal", "", "A member without key or value in valid JSON. Report this bug.");
  }
  const node = toNode(value);
  return {
    key: String(key.value),
    keyQuotes: "double",
    start: key.offset,
    keyEnd: key.offset + key.length,
    slot: property.colonOffset + 1,
    end: node.end,
    value: node,
  };
}

function toElement(value: JsonNode): Entry {
  const node = toNode(value);
  return { key: null, keyQuotes: "plain", start: node.start, keyEnd: node.start, slot: node.start, end: node.end, value: node };
}
