import { execFileSync } from "node:child_process";

import { describe, expect, test } from "vitest";

import { schemas, validate } from "./schemas.js";

describe.each([...schemas.keys()])("schema %s", (name) => {
  test("accepts its own examples", () => {
    for (const example of schemas.get(name)?.examples ?? []) expect(validate(name, example)).toEqual([]);
  });

  test("refuses something", () => {
    expect(validate(name, 7)).not.toEqual([]);
  });
});

test("the TypeScript types are generated from the schemas as they are", () => {
  expect(() => execFileSync("node", ["sdk/src/generate-wire.mjs", "--check"], { stdio: "pipe" })).not.toThrow();
});
