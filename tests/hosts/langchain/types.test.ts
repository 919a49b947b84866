import { execFileSync } from "node:child_process";

import { expect, test } from "vitest";

test("the middleware fits LangChain's own types, strictly", () => {
  // agent.ts passes it to createAgent; langchain's declarations clash with vitest's, hence skipLibCheck in this folder alone.
  expect(() => execFileSync("node_modules/.bin/tsc", ["-p", "tests/hosts/langchain"], { encoding: "utf8" })).not.toThrow();
});
