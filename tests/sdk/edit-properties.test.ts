// Laws of text edits, on seeded random documents and patches: what the edited text says, and which lines it may touch.
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";

import { type ConfigFormat, editText, parseConfig } from "../../sdk/src/edit/index.js";
import { canonicalExact } from "../../sdk/src/seal.js";
import type { PatchOperation } from "../../sdk/src/wire.js";

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
type Random = (below: number) => number;

// mulberry32: small, seeded, the same on every machine.
function random(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

const texts = ["text", "", 'say "hi"', "Zoë 🦊", "a: b # c", "yes", "1.0", "null", "- x", "{", "it's", " blank ", "two\nlines\n", "two\nlines", "end\n\n", "\ttab", "#", "a, b]", "x\\y", "é\u2028x"];
const keys = ["name", "a/b", "m~n", 'q"q', "ключ", "on", "12", "a b", "true", "x:y", "#k", ""];

function randomValue(next: Random, depth: number): Value {
  const kind = next(depth > 3 ? 4 : 7);
  if (kind === 4) return Array.from({ length: next(4) }, () => randomValue(next, depth + 1));
  if (kind >= 5) return Object.fromEntries(Array.from({ length: next(4) }, () => [keys[next(keys.length)], randomValue(next, depth + 1)]));
  return [null, next(2) === 0, (next(4000) - 2000) / 4, texts[next(texts.length)] as string][kind] as Value;
}

const escape = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");
const isObject = (value: Value | undefined): value is { [key: string]: Value } => typeof value === "object" && value !== null && !Array.isArray(value);

interface Step {
  operation: PatchOperation;
  inverse: PatchOperation;
  old: Value | undefined;
}

/** An operation that fits the document, and the one that undoes it. */
function randomStep(next: Random, document: Value): Step | null {
  let parent: Value = document;
  let path = "";
  for (;;) {
    const members: [string, Value][] = Object.entries(parent as object).filter(([, value]) => value !== null && typeof value === "object") as [string, Value][];
    if (members.length === 0 || next(3) === 0) break;
    const [key, value] = members[next(members.length)] as [string, Value];
    path += `/${escape(key)}`;
    parent = value;
  }
  const names = Object.keys(parent as object);
  const kind = names.length === 0 ? 0 : next(3);
  const value = randomValue(next, 2);
  if (kind === 0 && Array.isArray(parent)) {
    const index = next(parent.length + 1);
    const place = `${path}/${index}`;
    const add = index === parent.length && next(2) === 0 ? `${path}/-` : place;
    return { operation: { op: "add", path: add, value }, inverse: { op: "remove", path: place }, old: undefined };
  }
  if (kind === 0) {
    const key = ["new", ...keys][next(keys.length + 1)] as string;
    if (names.includes(key)) return null;
    const place = `${path}/${escape(key)}`;
    return { operation: { op: "add", path: place, value }, inverse: { op: "remove", path: place }, old: undefined };
  }
  const name = names[next(names.length)] as string;
  const place = `${path}/${escape(name)}`;
  const old = (parent as { [key: string]: Value })[name] as Value;
  if (kind === 1) return { operation: { op: "remove", path: place }, inverse: { op: "add", path: place, value: old }, old };
  return { operation: { op: "replace", path: place, value }, inverse: { op: "replace", path: place, value: old }, old };
}

/** RFC 6902 on values, written anew: rebuilds the document along the path. */
function reference(document: Value, { op, path, value }: PatchOperation): Value {
  const [, first, ...rest] = path.split("/");
  if (first === undefined) return value as Value;
  const token = first.replaceAll("~1", "/").replaceAll("~0", "~");
  const below = rest.map((part) => `/${part}`).join("");
  if (Array.isArray(document)) {
    const at = token === "-" ? document.length : Number(token);
    if (below !== "") return document.map((item, index) => (index === at ? reference(item, { op, path: below, value }) : item));
    const inserted = op === "remove" ? [] : [value as Value];
    return [...document.slice(0, at), ...inserted, ...document.slice(op === "add" ? at : at + 1)];
  }
  if (!isObject(document)) throw new Error("no container");
  const members = Object.entries(document).filter(([key]) => key !== token);
  if (below !== "") return Object.fromEntries([...members, [token, reference(document[token] as Value, { op, path: below, value })]]);
  return Object.fromEntries(op === "remove" ? members : [...members, [token, value as Value]]);
}

/** How many lines of `one` are missing in `two`, order kept (longest common subsequence). */
function lost(one: string, two: string): number {
  const [before, after] = [one.split("\n"), two.split("\n")];
  let row = new Uint32Array(after.length + 1);
  for (const line of before) {
    const below = new Uint32Array(after.length + 1);
    after.forEach((other, index) => {
      below[index + 1] = line === other ? (row[index] as number) + 1 : Math.max(row[index + 1] as number, below[index] as number);
    });
    row = below;
  }
  return before.length - (row[after.length] as number);
}

// The most lines that a value takes in any style here: one for each part, each bracket, each line break in a text (a blank one, when folded).
function linesOf(value: Value | undefined): number {
  const text = value === undefined ? "" : JSON.stringify(value, null, 1);
  return text === "" ? 0 : text.split("\n").length + 2 * (text.split("\\n").length - 1);
}

// One line more may change than the member has: the one before takes or loses its comma; an empty container opens or closes.
function checkLines(before: string, after: string, { operation, old }: Step): void {
  const fresh = linesOf(operation.value as Value | undefined);
  const gone = linesOf(old);
  expect(lost(before, after)).toBeLessThanOrEqual(operation.op === "add" ? 1 : gone + 2);
  expect(lost(after, before)).toBeLessThanOrEqual(operation.op === "remove" ? 2 : fresh + 3);
}

function check(text: string, document: Value, format: ConfigFormat, next: Random, label: string): number {
  let now = text;
  let value = document;
  const steps: Step[] = [];
  for (let count = 0; count < 3; ++count) {
    const step = randomStep(next, value);
    if (step === null) continue;
    const edited = editText(now, [step.operation], format);
    value = reference(value, step.operation);
    expect(canonicalExact(parseConfig(edited, format)), label).toBe(canonicalExact(value));
    checkLines(now, edited, step);
    if (format === "yaml") for (const comment of now.match(/^ *# line \d+$/gm) ?? []) expect(edited, label).toContain(comment.trim());
    now = edited;
    steps.push(step);
  }
  const back = editText(now, steps.reverse().map((step) => step.inverse), format);
  expect(canonicalExact(parseConfig(back, format)), label).toBe(canonicalExact(document));
  return steps.length;
}

describe("random documents and patches", () => {
  test("JSON of every indentation: the text says what the patched value says, few lines change, the inverse undoes it", () => {
    let steps = 0;
    for (let seed = 1; seed <= 500; ++seed) {
      const next = random(seed);
      const document: Value = { first: randomValue(next, 0), second: randomValue(next, 0) };
      const plain = JSON.stringify(document, null, [0, 2, 4, "\t"][seed % 4]);
      const text = seed % 3 === 0 ? `\ufeff${plain.replaceAll("\n", "\r\n")}\r\n` : plain;
      steps += check(text, document, "json", next, `seed ${seed}`);
    }
    expect(steps).toBeGreaterThan(1000);
  }, 120_000);

  test("YAML with comments, block and flow: the same, and every comment outside the member stays", () => {
    let steps = 0;
    for (let seed = 1; seed <= 500; ++seed) {
      const next = random(seed);
      const text = yamlText(next, { first: randomValue(next, 0), second: randomValue(next, 0) });
      const document = JSON.parse(JSON.stringify(parseConfig(text, "yaml"))) as Value; // a cut line break may have been content
      steps += check(text, document, "yaml", next, `seed ${seed}\n${text}`);
    }
    expect(steps).toBeGreaterThan(1000);
  }, 120_000);
});

function yamlText(next: Random, document: Value): string {
  const flow = next(5) === 0;
  const lines = stringify(document, { indent: [2, 4][next(2)] as number, indentSeq: next(2) === 0, lineWidth: 0, collectionStyle: flow ? "flow" : "any", blockQuote: next(2) === 0 }).split("\n");
  // A comment may stand before any line that begins a top-level member: nothing inside a text of several lines.
  const commented = lines.flatMap((line, index) => (/^(first|second):/.test(line) && next(2) === 0 ? [`# line ${index}`, line] : [line]));
  const text = commented.join(next(4) === 0 ? "\r\n" : "\n");
  return next(4) === 0 ? text.trimEnd() : text;
}
