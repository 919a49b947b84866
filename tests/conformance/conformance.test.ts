import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, test } from "vitest";

import type { Core } from "../../wasm/core.js";
import { answer, answersOfCpp, embindCore, nativeCore, wasmCore, type Vector } from "./backends.js";
import { detectorsWithInputs, inputOf, inputsOf } from "./random-inputs.mjs";

const here = (name: string): URL => new URL(name, import.meta.url);
const lines = (name: string): string[] => readFileSync(here(name), "utf8").trim().split("\n");
const vectors = lines("vectors.jsonl").map((line) => JSON.parse(line) as Vector);
const expected = lines("expected.jsonl");
const random = JSON.parse(readFileSync(here("random.json"), "utf8")) as { self_check: object } & Record<string, string[]>;

const cores: Record<string, Core> = {};
beforeAll(async () => {
  cores["native"] = nativeCore();
  cores["wasm"] = wasmCore();
  cores["embind"] = await embindCore();
});

test("there is one expected answer per vector", () => {
  expect(expected.length).toBe(vectors.length);
});

test("C++ answers every vector with the expected bytes", () => {
  expect(answersOfCpp(vectors)).toEqual(expected);
});

describe.each(["native", "wasm", "embind"])("%s", (name) => {
  test.each(vectors.map((vector, i) => ({ name: vector.name, i })))("answers $name with the expected bytes", ({ i }) => {
    expect(answer(cores[name]!, vectors[i]!)).toBe(expected[i]);
  });

  test("computes exp and ln with the expected bits, 10,000 values", () => {
    expect(JSON.parse(answer(cores[name]!, { name: "", op: "self_check", request: '{"seed":7,"count":10000}' }))).toEqual(random.self_check);
  });

  test.each(detectorsWithInputs)("scores thousands of random inputs of %s with the expected bytes", (detector) => {
    const hashes: string[] = [];
    let hash = createHash("sha256");
    for (let seed = 0; seed < inputsOf(detector); seed += 1) {
      if (seed % 100 !== 0) hash.update("\n");
      hash.update(answer(cores[name]!, { name: "", op: "detect_one", request: JSON.stringify({ detector, input: inputOf(detector, seed) }) }));
      if (seed % 100 === 99) {
        hashes.push(hash.digest("hex").slice(0, 16));
        hash = createHash("sha256");
      }
    }
    expect(hashes).toEqual(random[detector]);
  });
});

// A grant is not in a snapshot, and what the last event brought up is not overruled after one.
const sessions = vectors.flatMap((vector, i) => (vector.session?.startsWith("{") === true && !/"(grant|override)/.test((vector.events ?? []).join()) ? [{ name: vector.name, i }] : []));

test.each(sessions)("a snapshot before every event of $name changes nothing, and is the same in all bindings", ({ i }) => {
  const vector = vectors[i]!;
  const options = JSON.stringify({ ...(JSON.parse(vector.session!) as object), trusted_snapshot: true });
  const snapshots = Object.values(cores).map((core) => {
    let session = core.session(options);
    const taken: string[] = [];
    const steps: (number | string)[] = [];
    for (const event of vector.events ?? []) {
      const bytes = session.snapshot();
      taken.push(Buffer.from(bytes).toString("hex"));
      session.dispose();
      session = core.session(options, bytes);
      const code = session.event(event);
      steps.push(code);
      if (code !== 0) steps.push(session.result(0), session.result(2));
    }
    expect(JSON.stringify({ steps, report: session.result(1) })).toBe(expected[i]);
    session.dispose();
    return taken;
  });
  for (const other of snapshots) expect(other).toEqual(snapshots[0]);
});

test("every working detector has random inputs", () => {
  const rows = (JSON.parse(answer(cores["native"]!, { name: "", op: "detectors", request: "{}" })) as { detectors: { name: string; readiness: string }[] }).detectors;
  expect(rows.filter((row) => row.readiness !== "planned").map((row) => row.name).sort()).toEqual(detectorsWithInputs);
});
