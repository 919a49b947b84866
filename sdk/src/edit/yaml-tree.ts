import { type CST, isAlias, isMap, isScalar, isSeq, type Node as YamlNode, type Pair, parseDocument, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { AgentmendError } from "../errors.js";
import { escapeToken } from "../pointer.js";
import type { Entry, Fixed, Node, Quotes } from "./tree.js";

/**
 * The value and the tree of a YAML text (1.2, core schema). Refuses several documents, merge keys and keys that are no
 * plain scalars: what they mean depends on the reader.
 */
export function readYaml(text: string): { value: unknown; root: Node } {
  const document = parseDocument(text, { keepSourceTokens: true, uniqueKeys: false, version: "1.2", prettyErrors: false, logLevel: "error" });
  const error = document.errors[0];
  if (error?.code === "MULTIPLE_DOCS") {
    throw new AgentmendError("container_unsupported", "", "The file holds several YAML documents. Give each one a file.");
  }
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw new AgentmendError("yaml_syntax", "", `The text is not YAML, line ${line}: ${error.message}. Mend it first.`);
  }
  const contents = document.contents as YamlNode | null;
  if (contents === null) throw new AgentmendError("input_empty", "", "The text holds no value.");
  const root = toNode(text, contents, 0, "");
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw unsupported("", "The document repeats its anchors too often");
  }
  return { value, root };
}

function unsupported(at: string, what: string): AgentmendError {
  return new AgentmendError("yaml_unsupported", at, `${what}; the text cannot be edited safely. Write it out.`);
}

function toNode(text: string, node: YamlNode, slot: number, at: string): Node {
  const range = node.range;
  if (range === null || range === undefined) throw unsupported(at, "A value has no place in the text");
  if (isAlias(node)) return leaf("alias", range, "alias");
  const fixed = fixedReason(node);
  if (isMap(node)) return toMap(text, node as YAMLMap<YamlNode, YamlNode | null>, range, fixed, at);
  if (isSeq(node)) return toSeq(text, node as YAMLSeq<YamlNode>, range, fixed, at);
  if (!isScalar(node)) throw unsupported(at, "A value of unknown kind");
  if (node.source === "" && range[0] === range[1] && node.srcToken === undefined) {
    return { kind: "empty", start: slot, end: slot, entries: [], fixed };
  }
  if (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED") {
    return { kind: "block-scalar", start: range[0], end: blockScalarEnd(text, range), entries: [], fixed, quotes: "plain" };
  }
  return { ...leaf("scalar", range, fixed), quotes: typeof node.value === "string" ? quotesOf(node) : undefined };
}

function leaf(kind: "scalar" | "alias", range: readonly [number, number, number], fixed: Fixed): Node {
  return { kind, start: range[0], end: range[1], entries: [], fixed };
}

function fixedReason(node: YamlNode): Fixed {
  if ("anchor" in node && node.anchor !== undefined) return "anchor";
  return node.tag === undefined ? "" : "tag"; // a tag that the text spells out
}

function quotesOf(node: Scalar): Quotes {
  if (node.type === "QUOTE_DOUBLE") return "double";
  return node.type === "QUOTE_SINGLE" ? "single" : "plain";
}

// The range of a block scalar includes its last line break, and blank lines after it: content only with the "+" mark.
function blockScalarEnd(text: string, range: readonly [number, number, number]): number {
  const header = /^[|>][-+0-9]*/.exec(text.slice(range[0], range[0] + 4))?.[0] ?? "";
  const body = text.slice(range[0], range[1]);
  return range[0] + (header.includes("+") ? body.replace(/\r?\n$/, "") : body.replace(/(\r?\n[ \t]*)+$/, "")).length;
}

function toMap(text: string, map: YAMLMap<YamlNode, YamlNode | null>, range: readonly [number, number, number], fixed: Fixed, at: string): Node {
  const flow = map.srcToken?.type === "flow-collection";
  const entries = map.items.map((pair) => toMember(text, pair, at));
  if (flow) return { kind: "flow-map", start: range[0], end: range[1], entries, fixed };
  // A pair written alone inside a list, [a: 1], has no collection of its own.
  const single: Fixed = map.srcToken?.type === "block-map" ? "" : "form";
  const last = entries[entries.length - 1];
  return { kind: "block-map", start: entries[0]?.start ?? range[0], end: last?.end ?? range[1], entries, fixed: fixed || single };
}

function toMember(text: string, pair: Pair<YamlNode, YamlNode | null>, at: string): Entry {
  const token = pair.srcToken;
  const key = pair.key as YamlNode | null;
  if (!isScalar(key) || key.range === null || key.range === undefined || key.value === null || typeof key.value === "object") {
    throw unsupported(at, "A key is not a text");
  }
  const name = String(key.value);
  const place = `${at}/${escapeToken(name)}`;
  if (name === "<<" && key.type === "PLAIN") throw unsupported(place, "A merge key (<<) means different things to different readers");
  const mark = token?.sep?.find((part) => part.type === "map-value-ind");
  const slot = mark === undefined ? -1 : mark.offset + mark.source.length;
  const value: Node = pair.value === null
    ? { kind: "empty", start: slot, end: slot, entries: [], fixed: "" }
    : toNode(text, pair.value, slot, place);
  const explicit = token?.start.some((part) => part.type === "explicit-key-ind" || part.type === "anchor" || part.type === "tag") === true;
  const odd: Fixed = explicit || slot === -1 ? "form" : "";
  return {
    key: name,
    keyQuotes: quotesOf(key),
    start: key.range[0],
    keyEnd: key.range[1],
    slot,
    end: slot === -1 ? key.range[1] : Math.max(slot, value.end),
    value: odd === "" ? value : { ...value, fixed: value.fixed || odd },
  };
}

function toSeq(text: string, seq: YAMLSeq<YamlNode>, range: readonly [number, number, number], fixed: Fixed, at: string): Node {
  const token = seq.srcToken as CST.BlockSequence | CST.FlowCollection | undefined;
  if (token?.type === "flow-collection") {
    const entries = seq.items.map((item, index) => {
      const value = toNode(text, item, item.range?.[0] ?? 0, `${at}/${index}`);
      return { key: null, keyQuotes: "plain" as const, start: value.start, keyEnd: value.start, slot: value.start, end: value.end, value };
    });
    return { kind: "flow-seq", start: range[0], end: range[1], entries, fixed };
  }
  // Comments after the last element make one more token without a dash.
  const dashes = (token?.items ?? []).flatMap((item) => item.start.filter((part) => part.type === "seq-item-ind"));
  if (dashes.length !== seq.items.length) throw unsupported(at, "A list whose dashes cannot be counted");
  const entries = seq.items.map((item, index): Entry => {
    const start = (dashes[index] as CST.SourceToken).offset;
    const value = toNode(text, item, start + 1, `${at}/${index}`);
    return { key: null, keyQuotes: "plain", start, keyEnd: start, slot: start + 1, end: Math.max(start + 1, value.end), value };
  });
  return { kind: "block-seq", start: entries[0]?.start ?? range[0], end: entries[entries.length - 1]?.end ?? range[1], entries, fixed };
}
