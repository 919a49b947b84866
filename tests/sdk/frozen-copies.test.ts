import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";

const data = resolve(process.env["AGENTMEND_DATA"] ?? "../shared/data");
const originals: [string, string][] = [
  ...readdirSync("tests/data/schemas").filter((name) => name.endsWith(".json")).map((name): [string, string] => [`tests/data/schemas/${name}`, join(data, "../spec/schemas", name)]),
  ["tests/data/catalogue/detectors.json", join(data, "../spec/detectors.json")],
  ["tests/data/catalogue/fix_types.json", join(data, "../spec/fix_types.json")],
  ["tests/data/score.mjs", join(data, "score.mjs")],
  ["tests/data/score_external.mjs", join(data, "score_external.mjs")],
];
const present = existsSync(data);

test("frozen copies equal the specification, when it is there", () => {
  if (!present) {
    console.warn(`NOT RUN: no folder ${data}; set AGENTMEND_DATA to compare the frozen copies with the specification.`);
    return;
  }
  for (const [copy, original] of originals) expect(readFileSync(copy, "utf8"), copy).toBe(readFileSync(original, "utf8"));
});
