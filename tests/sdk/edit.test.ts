import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { editText, parseConfig, unifiedDiff } from "../../sdk/src/edit/index.js";
import { AgentmendError } from "../../sdk/src/errors.js";
import { canonicalExact } from "../../sdk/src/seal.js";
import type { PatchOperation } from "../../sdk/src/wire.js";

// ---- twenty documents of three styles ------------------------------------------------------------------------------------

/** A workflow-like value; `i` varies size and key order. */
function workflow(i: number): object {
  const nodes = Array.from({ length: 2 + (i % 3) }, (_, k) => ({ parameters: { url: `https://shop.example/${k}`, options: {} }, name: `Step ${k}`, id: `id-${i}-${k}`, position: [k * 200, 300], typeVersion: 1 }));
  const connections = Object.fromEntries(nodes.slice(0, -1).map((node, k) => [node.name, { main: [[{ node: nodes[k + 1]?.name, type: "main", index: 0 }]] }]));
  return i % 2 === 0 ? { settings: { executionOrder: "v1" }, name: `Flow "${i}" ü`, nodes, connections } : { nodes, connections, name: `Flow ${i}`, settings: {} };
}

const yamlDocument = (i: number): string => `# Agent ${i}: kept by hand
limits:            # bounds of a run
  retry:
    search:  {max_retries: 3, on_exhausted: fail}   # generous
  wait: {}

guards:
  loop:
    max_identical_steps: ${4 + i}   # too many?
    window: 20
  # a comment between members
  state: null

tools:
  - name: search      # first
    timeout: 30
  - name: "mail"
    timeout: 60
note: |
  several
  lines
`;

interface Sample {
  name: string;
  text: string;
  patch: PatchOperation[];
  /** Lines of the original that may differ. */
  mayChange: number;
}

const jsonPatch = (i: number): PatchOperation[] => [
  { op: "test", path: "/nodes/0/name", value: "Step 0" },
  { op: "add", path: "/nodes/0/onError", value: "continueErrorOutput" },
  { op: "add", path: "/nodes/-", value: { parameters: {}, name: "Failed items", id: `new-${i}`, type: "n8n-nodes-base.noOp", position: [400, 500] } },
  { op: "add", path: "/connections/Step 0/main/1", value: [{ node: "Failed items", type: "main", index: 0 }] },
  { op: "add", path: "/settings/executionTimeout", value: 300 },
];
const yamlPatch: PatchOperation[] = [
  { op: "add", path: "/limits/retry/mail", value: { max_retries: 1, on_exhausted: "fail" } },
  { op: "replace", path: "/guards/loop/max_identical_steps", value: 2 },
  { op: "add", path: "/guards/circuit_breakers", value: { search: { failure_threshold: 3, cooldown_seconds: 60 } } },
  { op: "remove", path: "/guards/loop/window" },
  { op: "add", path: "/tools/-", value: { name: "pay", timeout: 5 } },
  { op: "replace", path: "/tools/0/timeout", value: 15 },
  { op: "add", path: "/limits/wait/bank", value: 120 },
];

const styles: ((value: object) => string)[] = [
  (value) => JSON.stringify(value, null, 2) + "\n",
  (value) => JSON.stringify(value, null, "\t"),
  (value) => JSON.stringify(value, null, 4).replaceAll("\n", "\r\n") + "\r\n",
];
const samples: Sample[] = [
  ...Array.from({ length: 14 }, (_, i) => ({ name: `workflow-${i}.json`, text: (styles[i % 3] as (value: object) => string)(workflow(i)), patch: jsonPatch(i), mayChange: 8 })),
  ...Array.from({ length: 6 }, (_, i) => ({ name: `agent-${i}.yaml`, text: yamlDocument(i), patch: yamlPatch, mayChange: 5 })),
];

/** Lines of `before` that are not in `after`, in order (longest common subsequence). */
function lostLines(before: string[], after: string[]): number {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let k = after.length - 1; k >= 0; k -= 1) {
      lengths[i]![k] = before[i] === after[k] ? lengths[i + 1]![k + 1]! + 1 : Math.max(lengths[i + 1]![k]!, lengths[i]![k + 1]!);
    }
  }
  return before.length - lengths[0]![0]!;
}

describe.each(samples)("$name", ({ name, text, patch, mayChange }) => {
  test("only lines of the patched members change", () => {
    const edited = editText(text, patch);

    expect(edited).not.toBe(text);
    expect(lostLines(text.split("\n"), edited.split("\n"))).toBeLessThanOrEqual(mayChange);
    for (const comment of text.match(/#.*/g) ?? []) expect(edited).toContain(comment);
  });

  test("git apply takes the diff and makes the same text", () => {
    const edited = editText(text, patch);
    const folder = mkdtempSync(join(tmpdir(), "agentmend-"));
    try {
      writeFileSync(join(folder, name), text);
      writeFileSync(join(folder, "change.diff"), unifiedDiff(text, edited, name));
      execFileSync("git", ["apply", "--whitespace=nowarn", "change.diff"], { cwd: folder });
      expect(readFileSync(join(folder, name), "utf8")).toBe(edited);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test.each(["my file.json", 'a "quoted" name.json', "ключ.json", "tab\tname.json"])("git apply finds the file %j, without a line break at its end", (name) => {
  const edited = editText('{\n  "a": 1\n}', [{ op: "add", path: "/b", value: 2 }]);
  const folder = mkdtempSync(join(tmpdir(), "agentmend-"));
  try {
    writeFileSync(join(folder, name), '{\n  "a": 1\n}');
    execFileSync("git", ["apply"], { cwd: folder, input: unifiedDiff('{\n  "a": 1\n}', edited, name) });
    expect(readFileSync(join(folder, name), "utf8")).toBe(edited);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the three styles keep their indentation and line ends", () => {
  const [two, tab, crlf] = samples.map(({ text, patch }) => editText(text, patch));

  expect(two).toContain('\n      "onError": "continueErrorOutput"');
  expect(tab).toContain('\n\t\t\t"onError": "continueErrorOutput"');
  expect(crlf).toContain('\r\n            "onError": "continueErrorOutput"');
  expect(crlf?.replaceAll("\r\n", "")).not.toContain("\n");
});

describe("JSON", () => {
  test.each<[string, string, PatchOperation[], string]>([
    ["an empty object", "{}", [{ op: "add", path: "/a", value: 1 }], '{"a": 1}'],
    ["one line with blanks", '{ "a": 1 }', [{ op: "add", path: "/b", value: { c: [1, 2] } }], '{ "a": 1, "b": { "c": [1, 2] } }'],
    ["one line without blanks", '{"a":[1,2]}', [{ op: "add", path: "/a/0", value: 0 }], '{"a":[0,1,2]}'],
    ["an empty object in several lines", '{\n  "guards": {}\n}\n', [{ op: "add", path: "/guards/loop", value: { n: 2 } }], '{\n  "guards": {\n    "loop": {\n      "n": 2\n    }\n  }\n}\n'],
    ["keys that need escapes", '{\n  "a/b": {\n    "~": 1\n  }\n}', [{ op: "replace", path: "/a~1b/~0", value: 2 }], '{\n  "a/b": {\n    "~": 2\n  }\n}'],
    ["the first member", '{\n  "a": 1,\n  "b": 2\n}', [{ op: "remove", path: "/a" }], '{\n  "b": 2\n}'],
    ["the last member", '{\n  "a": 1,\n  "b": 2\n}', [{ op: "remove", path: "/b" }], '{\n  "a": 1\n}'],
    ["commas first", '{\n  "a": 1\n, "b": 2\n}', [{ op: "add", path: "/c", value: 3 }], '{\n  "a": 1\n, "b": 2\n, "c": 3\n}'],
    ["short objects in a long list", '[\n  {"x": 1},\n  {"x": 2}\n]', [{ op: "add", path: "/-", value: { x: 3 } }], '[\n  {"x": 1},\n  {"x": 2},\n  {"x": 3}\n]'],
    ["a blank before the colon", '{\n  "a" : 1\n}', [{ op: "add", path: "/b", value: { c: 2 } }], '{\n  "a" : 1,\n  "b" : {\n    "c" : 2\n  }\n}'],
    ["the whole document", '{"a":1}\n', [{ op: "replace", path: "", value: { b: [1] } }], '{"b":[1]}\n'],
    ["a value that is there already", '{ "a":1 }', [{ op: "replace", path: "/a", value: 1 }], '{ "a":1 }'],
    ["a byte order mark", '\ufeff{"a":1}', [{ op: "replace", path: "/a", value: 2 }], '\ufeff{"a":2}'],
  ])("%s", (_, before, patch, after) => {
    expect(editText(before, patch)).toBe(after);
  });

  test.each<[string, string, PatchOperation[], string]>([
    ["duplicate keys", '{"a":1,"a":2}', [], "duplicate_key"],
    ["numbers beyond 2^53", '{"a":9007199254740993}', [], "not_i_json"],
    ["a test that does not hold", '{"a":1}', [{ op: "test", path: "/a", value: 2 }], "patch_test_failed"],
    ["a path that is not there", '{"a":1}', [{ op: "replace", path: "/b/c", value: 2 }], "patch_path_missing"],
    ["no JSON", "{", [], "json_syntax"],
    ["nesting without end", "[".repeat(5000) + "]".repeat(5000), [], "limit_depth"],
    ["a removal of everything", "{}", [{ op: "remove", path: "" }], "patch_op_not_allowed"],
    ["an index that is not canonical", '{"a":[1]}', [{ op: "add", path: "/a/01", value: 2 }], "patch_bad_index"],
    ["an index that is empty", '{"a":[1]}', [{ op: "add", path: "/a/", value: 2 }], "patch_bad_index"],
    ["an index past the end", '{"a":[1]}', [{ op: "add", path: "/a/2", value: 2 }], "patch_bad_index"],
    ["a prototype in the path", '{"a":{}}', [{ op: "add", path: "/a/__proto__", value: {} }], "patch_bad_token"],
    ["a prototype in the value", '{"a":{}}', [{ op: "add", path: "/a/b", value: { constructor: { prototype: 1 } } }], "patch_bad_token"],
    ["a value that is missing", '{"a":{}}', [{ op: "add", path: "/a/b" }], "unsupported_value"],
    ["an operation of another kind", '{"a":1}', [{ op: "move", path: "/a" } as unknown as PatchOperation], "patch_op_not_allowed"],
  ])("refuses %s", (_, text, patch, code) => {
    expect(() => editText(text, patch)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe("YAML", () => {
  test.each<[string, string, string]>([
    ["several documents", "a: 1\n---\nb: 2\n", "container_unsupported"],
    ["duplicate keys", "a: 1\na: 2\n", "duplicate_key"],
    ["a member behind an alias", "a: &x {b: 1}\nc: *x\n", "yaml_alias"],
  ])("refuses %s", (_, text, code) => {
    expect(() => editText(text, [{ op: "replace", path: "/c/b", value: 2 }])).toThrow(expect.objectContaining({ code }) as Error);
  });

  test.each<[string, string, PatchOperation]>([
    ["a member of an anchored map", "a: &x\n  b: 1\nc: *x\n", { op: "replace", path: "/a/b", value: 2 }],
    ["an addition to an anchored map", "a: &x\n  b: 1\nc: *x\n", { op: "add", path: "/a/n", value: 2 }],
  ])("never changes %s, which would change the alias too", (_, text, operation) => {
    expect(() => editText(text, [operation])).toThrow(AgentmendError);
  });

  test("refuses numbers beyond 2^53", () => {
    expect(() => parseConfig("a: 9007199254740993\n")).toThrow(expect.objectContaining({ code: "not_i_json", at: "/a" }) as Error);
  });

  test("quotes words that YAML 1.1 reads as booleans", () => {
    expect(editText("a: one\n", [{ op: "replace", path: "/a", value: "yes" }, { op: "add", path: "/on", value: "off" }])).toBe('a: "yes"\n"on": "off"\n');
  });

  test.each<[string, string, PatchOperation[], string]>([
    ["puts a list's new element where it belongs", "n:\n  - a\n  # about b\n  - b\n", [{ op: "add", path: "/n/1", value: "x" }, { op: "add", path: "/n/0", value: 0 }], "n:\n  - 0\n  - a\n  - x\n  # about b\n  - b\n"],
    ["keeps lists at the column of their key", "n:\n- a: 1\nz: 1\n", [{ op: "add", path: "/n/-", value: { a: 2, l: [3] } }], "n:\n- a: 1\n- a: 2\n  l:\n  - 3\nz: 1\n"],
    ["opens an empty map in the document's indentation", "a:\n    b: 1\nc: {} # none\n", [{ op: "add", path: "/c/d", value: { e: 2 } }], "a:\n    b: 1\nc: # none\n    d:\n        e: 2\n"],
    ["closes a map that loses its last member, comments kept", "g:\n  # why\n  a: 1\nh: 1\n", [{ op: "remove", path: "/g/a" }], "g: {}\n  # why\nh: 1\n"],
    ["moves the next member up to the dash", "n:\n  - a: 1\n    # about b\n    b: 2\n", [{ op: "remove", path: "/n/0/a" }], "n:\n  - # about b\n    b: 2\n"],
    ["keeps quotes", "a: 'one' # c\nb: \"x\"\n", [{ op: "replace", path: "/a", value: "two" }, { op: "replace", path: "/b", value: "y" }], "a: 'two' # c\nb: \"y\"\n"],
    ["replaces nothing by something", "a: # c\nb: 1\n", [{ op: "replace", path: "/a", value: 2 }], "a: 2 # c\nb: 1\n"],
    ["replaces a scalar by a map", "a: 1 # one\nb: 1\n", [{ op: "replace", path: "/a", value: { x: [1] } }], "a: # one\n  x:\n    - 1\nb: 1\n"],
    ["replaces a map by a scalar", "a: # c\n  x: 1\nb: 1\n", [{ op: "replace", path: "/a", value: 5 }], "a: 5 # c\nb: 1\n"],
    ["replaces a text of several lines", "a: | # c\n  one\n  two\nb: 1\n", [{ op: "replace", path: "/a", value: "three\nfour\n" }], "a: | # c\n  three\n  four\nb: 1\n"],
    ["adds after a text whose blank lines count", "a:\n  t: |+\n    x\n\nb: 1\n", [{ op: "add", path: "/a/c", value: 1 }], "a:\n  t: |+\n    x\n\n  c: 1\nb: 1\n"],
    ["keeps the comments in braces over several lines", "a: {\n  x: 1, # c\n  z: 2 # d\n  }\n", [{ op: "add", path: "/a/w", value: 3 }], "a: {\n  x: 1, # c\n  z: 2, # d\n  w: 3\n  }\n"],
    ["uses the comma that is there", "a: [1, 2,]\n", [{ op: "add", path: "/a/-", value: 3 }], "a: [1, 2, 3,]\n"],
    ["quotes what brackets need quoted", "a: [x]\n", [{ op: "add", path: "/a/-", value: "p, q] #" }], 'a: [x, "p, q] #"]\n'],
    ["adds to a text without a line break at its end", "a:\r\n  b: 1", [{ op: "add", path: "/a/c", value: 1 }], "a:\r\n  b: 1\r\n  c: 1"],
    ["edits lists in lists", "a:\n  - - 1\n    - 2\n  - - 3\n", [{ op: "add", path: "/a/0/-", value: 9 }, { op: "remove", path: "/a/0/0" }], "a:\n  - - 2\n    - 9\n  - - 3\n"],
    ["stops before the end mark", "---\na: 1\n...\n", [{ op: "add", path: "/b", value: 2 }], "---\na: 1\nb: 2\n...\n"],
  ])("%s", (_, before, patch, after) => {
    expect(editText(before, patch, "yaml")).toBe(after);
  });

  test.each<[string, string, PatchOperation, string, string]>([
    ["a value with an anchor", "a: &x 1\nc: *x\n", { op: "replace", path: "/a", value: 2 }, "yaml_anchor", "/a"],
    ["a removal with an anchor below", "a:\n  b: &x 1\nc: *x\n", { op: "remove", path: "/a" }, "yaml_anchor", "/a"],
    ["a value with a tag", "a: !vault x\n", { op: "replace", path: "/a", value: 2 }, "yaml_unsupported", "/a"],
    ["merge keys", "b: &b {x: 1}\nc:\n  <<: *b\n", { op: "add", path: "/d", value: 2 }, "yaml_unsupported", "/c/<<"],
    ["duplicate keys, with the place", "x:\n  a: 1\n  a: 2\n", { op: "remove", path: "/x" }, "duplicate_key", "/x/a"],
  ])("refuses %s", (_, text, operation, code, at) => {
    expect(() => editText(text, [operation])).toThrow(expect.objectContaining({ code, at }) as Error);
  });

  test("adds to empty and flow maps, keeps comments and block texts", () => {
    const edited = editText(yamlDocument(1), yamlPatch);

    expect(edited).toContain("search:  {max_retries: 3, on_exhausted: fail}   # generous");
    expect(edited).toContain("max_identical_steps: 2   # too many?");
    expect(edited).toContain("note: |\n  several\n  lines\n");
    expect(edited).toContain("    mail:\n      max_retries: 1\n      on_exhausted: fail\n");
  });
});

// ---- a property: editing the text is the same as editing the value ------------------------------------------------------------

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

function randomValue(next: () => number, depth: number): Value {
  const kind = Math.floor(next() * (depth > 2 ? 4 : 6));
  if (kind === 4) return Array.from({ length: Math.floor(next() * 4) }, () => randomValue(next, depth + 1));
  if (kind === 5) return Object.fromEntries(Array.from({ length: Math.floor(next() * 4) }, (_, i) => [`k${i}${next() < 0.2 ? "/é~" : ""}`, randomValue(next, depth + 1)]));
  return [null, next() < 0.5, Math.floor(next() * 1000) / 4, ["text", "", 'with "quotes"', "Zoë 🦊", "a: b # c"][Math.floor(next() * 5)] as string][kind] as Value;
}

/** A random operation that fits the document. */
function randomOperation(next: () => number, document: Value): PatchOperation | null {
  const path: string[] = [];
  let here = document;
  while (here !== null && typeof here === "object" && Object.keys(here).length > 0 && next() < 0.7) {
    const keys = Object.keys(here);
    const key = keys[Math.floor(next() * keys.length)] as string;
    path.push(key);
    here = (here as { [key: string]: Value })[key] as Value;
  }
  const pointer = path.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  const value = randomValue(next, 2);
  const action = Math.floor(next() * 3);
  if (here !== null && typeof here === "object" && action === 0) return { op: "add", path: `${pointer}/${Array.isArray(here) ? "-" : "new"}`, value };
  if (pointer === "") return null;
  return action === 1 ? { op: "remove", path: pointer } : { op: "replace", path: pointer, value };
}

test("1,000 random documents and patches: the edited text says what the patched value says, and the inverse gives the value back", () => {
  for (let seed = 1; seed <= 1000; seed += 1) {
    const next = generator(seed);
    const document: Value = { a: randomValue(next, 0), b: randomValue(next, 0) };
    const indent = [undefined, 2, 4, "\t"][seed % 4];
    const text = JSON.stringify(document, null, indent);
    const operation = randomOperation(next, document);
    if (operation === null) continue;
    const edited = editText(text, [operation]); // compares with the patched value itself, and throws where they differ
    expect(canonicalExact(parseConfig(edited))).not.toBe("");
    if (operation.op === "add" && operation.path.endsWith("/new")) {
      const back = editText(edited, [{ op: "remove", path: operation.path }]);
      expect(canonicalExact(parseConfig(back)), `seed ${seed}`).toBe(canonicalExact(document));
    }
  }
});
