import { readFileSync } from "node:fs";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { AgentmendError } from "../../sdk/src/errors.js";
import {
  applyKey,
  auditEventHash,
  auditHeadMac,
  baseHash,
  bindingHash,
  type BindingParts,
  canonicalExact,
  dedupeKey,
  hmacSha256Hex,
  keyId,
  plainCopy,
  sha256Hex,
} from "../../sdk/src/seal.js";

function example(schema: string, index: number): Record<string, unknown> {
  const text = readFileSync(new URL(`../data/schemas/${schema}.schema.json`, import.meta.url), "utf8");
  const found = (JSON.parse(text) as { examples: Record<string, unknown>[] }).examples[index];
  if (found === undefined) throw new Error(`${schema} has no example ${index}`);
  return found;
}

function refusal(act: () => unknown): { code: string; at: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof AgentmendError) return { code: error.code, at: error.at };
    throw error;
  }
  throw new Error("was not refused");
}

describe("canonicalExact", () => {
  it("writes the sample of RFC 8785 3.2.2 as the RFC does", () => {
    const value: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );

    expect(canonicalExact(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts keys by UTF-16 code units, as RFC 8785 3.2.3 does", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };

    expect(Object.values(JSON.parse(canonicalExact(value)) as object)).toHaveLength(7);
    expect([...canonicalExact(value).matchAll(/:(\d)/g)].map((match) => match[1]).join("")).toBe("2467153");
  });

  it("writes minus zero as zero", () => {
    expect(canonicalExact([-0])).toBe("[0]");
  });

  const cycle: Record<string, unknown> = { deep: {} };
  (cycle["deep"] as Record<string, unknown>)["back"] = cycle;
  it.each<[string, unknown, string, string]>([
    ["NaN", { a: [1, Number.NaN] }, "not_i_json", "/a/1"],
    ["an infinity", { "a/b": Number.NEGATIVE_INFINITY }, "not_i_json", "/a~1b"],
    ["a lone surrogate in a text", { a: "x\ud800y" }, "not_i_json", "/a"],
    ["a lone surrogate in a key", { "\udc00": 1 }, "not_i_json", "/\udc00"],
    ["undefined", { a: { b: undefined } }, "unsupported_value", "/a/b"],
    ["undefined itself", undefined, "unsupported_value", ""],
    ["a hole", { a: [, 1] }, "unsupported_value", "/a/0"],
    ["a function", [() => 1], "unsupported_value", "/0"],
    ["a symbol", { a: Symbol("s") }, "unsupported_value", "/a"],
    ["a symbol key", { a: { [Symbol("s")]: 1 } }, "unsupported_value", "/a"],
    ["a bigint", { a: 1n }, "unsupported_value", "/a"],
    ["a getter", { a: { get b() { return 1; } } }, "unsupported_value", "/a/b"],
    ["a date", { a: new Date(0) }, "unsupported_value", "/a"],
    ["a map", new Map([["a", 1]]), "unsupported_value", ""],
    ["a cycle", cycle, "unsupported_value", "/deep/back"],
  ])("refuses %s with a pointer", (_what, value, code, at) => {
    expect(refusal(() => canonicalExact(value))).toEqual({ code, at });
  });

  it("takes the same object twice when it is no cycle", () => {
    const shared = { x: 1 };

    expect(canonicalExact([shared, shared])).toBe('[{"x":1},{"x":1}]');
  });

  it("refuses nesting beyond the core's limit instead of overflowing the stack", () => {
    let value: unknown = 0;
    for (let depth = 0; depth < 100_000; ++depth) value = [value];

    expect(refusal(() => canonicalExact(value)).code).toBe("limit_depth");
  });
});

describe("digests", () => {
  it("agree with FIPS 180 and RFC 4231", () => {
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(hmacSha256Hex(new Uint8Array(20).fill(0x0b), "Hi There")).toBe(
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
  });

  it("base, post and apply key agree with the vector of healing.md 4.4", () => {
    const record = example("healing-record", 0);
    const guard = { max_identical_steps: 2, window: 4, on_trip: "stop" };

    expect(baseHash(record["original_state"])).toBe("aff4333e2f970652e8be1795a8c67d1e1eb2082e9b73ddc63149a5f8eb613b28");
    expect(baseHash({ limits: {}, guards: { loop: guard } })).toBe("6d3ad054eae3849af58f49d82d26093ca6ffeb372d61193aef3c321857ca74a0");
    const key = applyKey({
      detection_id: "run-42.d1",
      fix_id: "run-42.d1~loop_breaker~0",
      target_id: "support-graph",
      base_hash: "aff4333e2f970652e8be1795a8c67d1e1eb2082e9b73ddc63149a5f8eb613b28",
      patch: record["patch"],
    });
    expect(key).toBe("a54cde80c3cb0df9412cc3ff53ede4914474070421c96a835b43b0f45ede9975");
    expect(key).toBe(record["apply_key"]);
  });

  it("binding hash agrees with the vector of healing.md 8.5", () => {
    const parts: BindingParts = {
      agent: "billing-bot",
      args: { amount_cents: 125000, invoice: "INV-9" },
      detector: "approval_bypass",
      fix: null,
      kind: "tool_call",
      policy_rev: "default",
      project: "support",
      run_id: "run-43",
      target: null,
      tenant: "acme",
      tool: "send_payment",
    };

    expect(bindingHash(parts)).toBe("5ddda3354af9160a71f266dd47d60097cb1745a16c3fc42fcaf5c9b3770d0829");
    expect(bindingHash({ ...parts, args: { amount_cents: 125001, invoice: "INV-9" } })).not.toBe(bindingHash(parts));
  });

  it.each([0, 1])("binding hash agrees with example %i of the escalation request", (index) => {
    const request = example("escalation-request", index);

    expect(bindingHash(request["binding"] as BindingParts)).toBe(request["binding_hash"]);
  });

  it("a part of the binding that is missing is refused, never read as null", () => {
    const parts = { tenant: "acme" } as BindingParts;

    expect(refusal(() => bindingHash(parts)).code).toBe("unsupported_value");
  });

  it("dedupe key depends on each of its five parts and on nothing else", () => {
    const parts = { detector: "approval_bypass", run: "run-43", agent: "billing-bot", tool: "send_payment", target: null };
    const other = (["detector", "run", "agent", "tool", "target"] as const).map((part) => dedupeKey({ ...parts, [part]: "other" }));

    expect(dedupeKey(parts)).toBe(
      sha256Hex('{"agent":"billing-bot","detector":"approval_bypass","run":"run-43","target":null,"tool":"send_payment"}'),
    );
    expect(new Set([dedupeKey(parts), ...other]).size).toBe(6);
    expect(dedupeKey({ ...parts, ...{ at_ms: 1 } })).toBe(dedupeKey(parts));
  });

  it("the audit chain agrees with the vector of healing.md 9", () => {
    const key = new Uint8Array(32).fill(0x07);
    const kid = keyId(key);
    const base = {
      v: 1,
      stream: "acme/support",
      tenant: "acme",
      project: "support",
      actor: { kind: "core", id: "core", auth: "none" },
      subject: { kind: "detection", id: "run-42.d1" },
      keyed: true,
      kid,
    };
    const first = auditEventHash(
      {
        ...base,
        seq: 0,
        id: "ev_0",
        at_ms: 1795000000000,
        type: "detection.made",
        data: { detector: "loop", confidence_ppm: 920000 },
        prev: "0".repeat(64),
      },
      key,
    );
    const second = auditEventHash(
      { ...base, seq: 1, id: "ev_1", at_ms: 1795000000001, type: "gate.decided", data: { action: "apply" }, prev: first },
      key,
    );

    expect(kid).toBe("4bb06f8e4e3a7715");
    expect(first).toBe("37c8cc1743ff04df449766ac17a9242ecdfb292ce4d656e68ebecff4865a103f");
    expect(second).toBe("8a926f69138713d440bf11f2950d8276dbcedf25655d6bead4b73899a7e73264");
    expect(
      auditHeadMac({ at_ms: 1795000000001, count: 2, hash: second, kid, seq: 1, stream: "acme/support", v: 1 }, key),
    ).toBe("7d57ce1855822aaa1df91ca51aadbec08bfa52f4e0da0e49b98e4350dbb1242b");
    expect(auditEventHash({ v: 1 }, null)).toBe(sha256Hex('{"v":1}'));
  });
});

describe("plainCopy", () => {
  it("makes null-prototype maps that share nothing with the input", () => {
    const input = { a: { b: [1, { c: 2 }] } };

    const copy = plainCopy(input) as { a: { b: [number, { c: number }] } };

    expect(JSON.stringify(copy)).toBe(JSON.stringify(input));
    for (const map of [copy, copy.a, copy.a.b[1]]) expect(Object.getPrototypeOf(map)).toBeNull();
    copy.a.b[1].c = 3;
    expect(input.a.b[1]).toEqual({ c: 2 });
  });

  it("keeps a __proto__ key as data and pollutes nothing", () => {
    const copy = plainCopy(JSON.parse('{"__proto__":{"polluted":1}}'));

    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("reads own enumerable string keys only", () => {
    const input: Record<string, unknown> = {};
    Object.defineProperty(input, "hidden", { value: 1, enumerable: false });
    input["seen"] = 1;

    expect(JSON.stringify(plainCopy(input))).toBe('{"seen":1}');
  });

  it("takes plain objects of another realm", () => {
    expect(JSON.stringify(plainCopy(vm.runInNewContext("({ a: [1, { b: null }] })")))).toBe('{"a":[1,{"b":null}]}');
  });

  it("leaves out members that are undefined, as JSON.stringify does", () => {
    expect(JSON.stringify(plainCopy({ a: undefined, b: 1 }))).toBe('{"b":1}');
    expect(refusal(() => plainCopy([undefined]))).toEqual({ code: "unsupported_value", at: "/0" });
  });

  it("never runs a getter", () => {
    let ran = false;
    const input = { get trap() { ran = true; return 1; } };

    expect(refusal(() => plainCopy(input))).toEqual({ code: "unsupported_value", at: "/trap" });
    expect(ran).toBe(false);
  });

  it("refuses numbers that cannot be kept exactly", () => {
    expect(plainCopy(Number.MAX_SAFE_INTEGER)).toBe(9007199254740991);
    expect(refusal(() => plainCopy({ a: 2 ** 53 }))).toEqual({ code: "not_i_json", at: "/a" });
  });
});
