import { describe, expect, test } from "vitest";

import { locate, locateRanges } from "../../sdk/src/pointer-location.js";

describe("locate", () => {
  test("finds values in JSON", () => {
    const text = '{\n  "a/b": [1, {"~": true}]\n}';

    expect(locate(text, "")).toEqual({ line: 1, column: 1 });
    expect(locate(text, "/a~1b/1/~0")).toEqual({ line: 2, column: 20 });
    expect(locate(text, "/a~1b/7")).toBeNull();
  });

  test("takes the first token of JSON Lines for the physical line", () => {
    expect(locate('{"a":1}\n\n{"b":{"c":2}}\n', "/2/b/c")).toEqual({ line: 3, column: 11 });
    expect(locate('{"a":1}\n{"b":2}\n', "/9/b")).toBeNull();
  });

  test("finds values in YAML", () => {
    expect(locate("a:\n  # a comment\n  - x: 1\n  - x: 2\n", "/a/1/x")).toEqual({ line: 4, column: 8 });
  });

  test("survives a byte order mark and a document that is neither", () => {
    expect(locate('\ufeff{"a":1}', "/a")).toEqual({ line: 1, column: 6 });
    expect(locate("\u0000", "/a")).toBeNull();
  });
});

describe("locateRanges", () => {
  test("finds many places in one pass, and the last of two equal keys", () => {
    const text = '\ufeff{"a": [1, {"b": "x"}, [2]], "a": [{}, {"b": "y\\n"}, 3], "c": null}';
    const said = (pointers: string[]): (string | null)[] => locateRanges(text, pointers).map((range) => range && text.slice(range.start, range.end));

    expect(said(["", "/a/1/b", "/a/1", "/c", "/c/d", "/a/9", "/a/2"])).toEqual([text.slice(1), '"y\\n"', '{"b": "y\\n"}', "null", null, null, "3"]);
  });

  test("finds stretches in JSON Lines and in YAML", () => {
    expect(locateRanges('{"a":1}\n{"b":[2,30]}\n', ["/1/b/1"])).toEqual([{ start: 16, end: 18 }]);
    expect(locateRanges("a:\n  - x: one\n", ["/a/0/x"])).toEqual([{ start: 10, end: 13 }]);
  });
});
