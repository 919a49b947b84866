// One operation of a patch as splices of the text.
import { AgentmendError } from "../errors.js";
import { type Json, plainCopy } from "../json-value.js";
import { pointerTokens } from "../pointer.js";
import type { PatchOperation } from "../wire.js";
import { insertIntoBlock, removeFromBlock, replaceInBlock } from "./block.js";
import { insertIntoFlow, removeFromFlow } from "./flow.js";
import { columnOf, type Entry, indentOf, indentUnit, isBlock, isFlow, isMap, newlineOf, type Node, type Quotes, type Splice } from "./tree.js";
import { blockEntry, type BlockStyle, type FlowWriter, jsonWriter, yamlFlowWriter } from "./write.js";

export type ConfigFormat = "json" | "yaml";

interface Place {
  /** From the root to the container of the last token. */
  readonly path: readonly Node[];
  /** The entries on the way; the last one holds the container. */
  readonly via: readonly Entry[];
  /** Where the member is, or the number of members when it is not there. */
  readonly index: number;
  readonly entry: Entry | undefined;
}

const reasons = {
  anchor: ["yaml_anchor", "has an anchor: what is changed here may change in other places too"],
  alias: ["yaml_alias", "is an alias: what is changed here changes in other places too"],
  tag: ["yaml_unsupported", "has a tag of its own"],
  form: ["yaml_unsupported", "is not written as key: value"],
} as const;

function refuseFixed(node: Node, at: string, deep: boolean): void {
  if (node.fixed !== "") {
    const [code, what] = reasons[node.fixed];
    throw new AgentmendError(code, at, `A value on this path ${what}. Write it out, then try again.`);
  }
  if (deep) node.entries.filter(({ value }) => value.fixed !== "alias" && value.fixed !== "tag").forEach(({ value }) => refuseFixed(value, at, true));
}

function find(root: Node, tokens: readonly string[], at: string): Place {
  const path = [root];
  const via: Entry[] = [];
  let node = root;
  refuseFixed(node, at, false);
  for (const token of tokens.slice(0, -1)) {
    const entry = node.entries[indexOf(node, token)];
    if (entry === undefined) throw new AgentmendError("patch_path_missing", at, "The path does not exist in the document.");
    refuseFixed(entry.value, at, false);
    via.push(entry);
    node = entry.value;
    path.push(node);
  }
  const found = indexOf(node, tokens[tokens.length - 1] ?? "");
  const index = found === -1 ? node.entries.length : found;
  return { path, via, index, entry: node.entries[index] };
}

function indexOf(node: Node, token: string): number {
  if (isMap(node)) return node.entries.findIndex(({ key }) => key === token);
  return token === "-" ? node.entries.length : Number(token);
}

/** The splices that do one operation; `quoteAll` writes every new text of a YAML document in double quotes. */
export function changeText(text: string, root: Node, format: ConfigFormat, operation: PatchOperation, quoteAll: boolean): Splice[] {
  const { op, path: at } = operation;
  const tokens = pointerTokens(at);
  if (op === "test") return [];
  if (tokens.length === 0) {
    if (op === "remove") throw new AgentmendError("patch_op_not_allowed", "", "The whole document cannot be removed.");
    return replaceRoot(text, root, format, plainCopy(operation.value), quoteAll);
  }
  const place = find(root, tokens, at);
  const container = place.path[place.path.length - 1] as Node;
  const around = place.via[place.via.length - 1];
  if (op === "remove") {
    if (place.entry !== undefined) refuseFixed(place.entry.value, at, true);
    return isFlow(container) ? removeFromFlow(text, container, place.index) : removeFromBlock(text, container, place.index, around);
  }
  const value = plainCopy(operation.value);
  const style = styleAt(text, format, place, quoteAll);
  if (place.entry !== undefined && (op === "replace" || isMap(container))) {
    refuseFixed(place.entry.value, at, true);
    return replaceAt(text, container, place.entry, value, style);
  }
  const key = isMap(container) ? (tokens[tokens.length - 1] as string) : null;
  if (isBlock(container)) return insertIntoBlock(text, container, place.index, key, value, style.block);
  const outside = place.path[place.path.length - 2];
  if (container.entries.length === 0 && format === "yaml" && around !== undefined && outside !== undefined && isBlock(outside)) {
    return replaceInBlock(text, around, key === null ? [value] : { [key]: value }, style.block);
  }
  return insertIntoFlow(text, place.path, place.index, key, value, style.flow, style.block.unit);
}

interface Style {
  readonly flow: FlowWriter;
  readonly block: BlockStyle;
}

function styleAt(text: string, format: ConfigFormat, place: Pick<Place, "path" | "entry">, quoteAll: boolean): Style {
  const { path, entry } = place;
  const container = path[path.length - 1] as Node;
  const shown = entry?.value.quotes ?? container.entries.map(({ value }) => value.quotes).findLast((found) => found !== undefined);
  const quotes: Quotes = quoteAll ? "double" : (shown ?? "plain");
  const newline = newlineOf(text);
  const unit = indentUnit(text, path);
  const flow = format === "json" ? jsonWriter(text, path, unit, newline) : yamlFlowWriter(text, path, quotes);
  const keyQuotes = container.entries.at(-1)?.keyQuotes ?? "plain";
  return { flow, block: { unit, newline, indentSeq: indentsLists(text, path[0] as Node) ?? true, quotes, keyQuotes } };
}

// Whether the document sets its lists in from their key; undefined when it has none.
function indentsLists(text: string, node: Node): boolean | undefined {
  for (const { start, key, value } of node.entries) {
    if (key !== null && value.kind === "block-seq") return columnOf(text, value.start) > columnOf(text, start);
    const below = indentsLists(text, value);
    if (below !== undefined) return below;
  }
  return undefined;
}

function replaceAt(text: string, container: Node, entry: Entry, value: Json, style: Style): Splice[] {
  if (isBlock(container)) return replaceInBlock(text, entry, value, style.block);
  const old = entry.value;
  const broken = text.slice(container.start, container.end).includes("\n");
  const short = isFlow(old) && old.entries.length > 0 && !text.slice(old.start, old.end).includes("\n");
  const content = style.flow.value(value, broken && !short ? indentOf(text, entry.start) : null);
  return [{ start: old.start, end: old.end, text: old.kind === "empty" ? ` ${content}` : content }];
}

function replaceRoot(text: string, root: Node, format: ConfigFormat, value: Json, quoteAll: boolean): Splice[] {
  refuseFixed(root, "", true);
  const style = styleAt(text, format, { path: [root], entry: undefined }, quoteAll);
  if (format === "json") {
    const broken = text.slice(root.start, root.end).includes("\n");
    return [{ start: root.start, end: root.end, text: style.flow.value(value, broken ? "" : null) }];
  }
  // Written as the value of a key that is then left out, one step less deep.
  const lines = blockEntry(null, value, style.block, "").slice(2).split("\n");
  const content = lines.map((line, index) => (index === 0 ? line : line.replace(/^ {2}/, ""))).join("\n");
  return [{ start: root.start, end: root.end, text: content }];
}
