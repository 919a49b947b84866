import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { agentmend } from "./run.js";

const root = new URL("../../", import.meta.url);

test("the README quotes what detect really prints", () => {
  const readme = readFileSync(new URL("README.md", root), "utf8");
  const [, files, quoted] = /`node dist\/cli\.js detect ([^`]+)`\n\n```\n([^]*?)\n```/.exec(readme) ?? [];
  expect(files).toBeDefined();
  expect(agentmend(["detect", ...(files ?? "").split(" ")], { cwd: root.pathname }).out.trimEnd()).toBe(quoted);
});
