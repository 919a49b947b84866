// Writes expected.jsonl (answers to vectors.jsonl) and random.json (hashes of answers to random inputs) from the C++ runner.
// Run after a wanted change of a verdict, and read the difference before committing it: node tests/conformance/make.mjs
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { detectorsWithInputs, inputOf, inputsOf } from "./random-inputs.mjs";

process.chdir(join(import.meta.dirname, "../.."));

function run(vectors) {
  const input = vectors.map((vector) => JSON.stringify(vector)).join("\n");
  return execFileSync("build/release/tests/run_vectors", { input, maxBuffer: 1 << 30, encoding: "utf8" }).split("\n").slice(0, -1);
}

export const chunk = 100;
export function chunkHashes(answers) {
  const hashes = [];
  for (let i = 0; i < answers.length; i += chunk) {
    hashes.push(createHash("sha256").update(answers.slice(i, i + chunk).join("\n")).digest("hex").slice(0, 16));
  }
  return hashes;
}

if (process.argv[1]?.endsWith("make.mjs")) {
  const vectors = readFileSync("tests/conformance/vectors.jsonl", "utf8").trim().split("\n").map((line) => JSON.parse(line));
  writeFileSync("tests/conformance/expected.jsonl", run(vectors).map((answer) => answer + "\n").join(""));
  const random = { self_check: JSON.parse(run([{ op: "self_check", request: '{"seed":7,"count":10000}' }])[0]) };
  for (const detector of detectorsWithInputs) {
    const requests = Array.from({ length: inputsOf(detector) }, (_, seed) => ({ op: "detect_one", request: JSON.stringify({ detector, input: inputOf(detector, seed) }) }));
    random[detector] = chunkHashes(run(requests));
  }
  writeFileSync("tests/conformance/random.json", JSON.stringify(random, null, 1) + "\n");
}
