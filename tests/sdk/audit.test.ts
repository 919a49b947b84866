// The audit chain of healing.md 9: whatever is done to an export is found, or said to be beyond what can be known.
import { describe, expect, test } from "vitest";

import { createAuditVerifier, linkEvent, readAuditKey, sealHead, type AuditEntry, type AuditHead, type AuditVerdict, type AuditVerifyOptions } from "../../sdk/src/audit.js";
import { AgentmendError } from "../../sdk/src/errors.js";
import { keyId } from "../../sdk/src/seal.js";
import { validate } from "./schemas.js";

const key = new Uint8Array(32).fill(7);
const otherKey = new Uint8Array(32).fill(8);
const where = { tenant: "acme", project: "support" };

function entry(at: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return { id: `ev_${at}`, at_ms: 1_795_000_000_000 + at, type: "detection.made", actor: { kind: "core", id: "core", auth: "none" }, subject: { kind: "detection", id: "run-42.d1" }, data: { detector: "loop", confidence_ppm: 920000 }, ...more };
}

interface Chain {
  events: string[];
  heads: AuditHead[];
}

function chain(length: number, keys: (seq: number) => Uint8Array | null = () => key, place = where): Chain {
  const events: string[] = [];
  const heads: AuditHead[] = [];
  for (let seq = 0; seq < length; seq += 1) {
    const { event, head } = linkEvent(heads.at(-1) ?? null, place, entry(seq), keys(seq));
    events.push(JSON.stringify(event));
    heads.push(head);
  }
  return { events, heads };
}

function exported({ events, heads }: Chain, head = heads.at(-1)): string[] {
  return [JSON.stringify({ agentmend_audit: 1, stream: "acme/support", from: 0, to: events.length - 1, exported_at_ms: 1 }), ...events, JSON.stringify({ head })];
}

function verify(lines: readonly string[], options: Partial<AuditVerifyOptions> = {}): AuditVerdict {
  const verifier = createAuditVerifier({ keys: [key], ...options });
  for (const line of lines) verifier.line(line);
  return verifier.end();
}

const fifty = chain(50);
const whole = exported(fifty);
const lastHead = fifty.heads[49] as AuditHead;

test("agrees with the vector of healing.md 9.4", () => {
  const first = linkEvent(null, where, entry(0, { id: "ev_0", at_ms: 1795000000000 }), key);
  const second = linkEvent(first.head, where, entry(1, { id: "ev_1", at_ms: 1795000000001, type: "gate.decided", data: { action: "apply" } }), key);

  expect(keyId(key)).toBe("4bb06f8e4e3a7715");
  expect(first.event.hash).toBe("37c8cc1743ff04df449766ac17a9242ecdfb292ce4d656e68ebecff4865a103f");
  expect(second.event.hash).toBe("8a926f69138713d440bf11f2950d8276dbcedf25655d6bead4b73899a7e73264");
  expect(second.head).toEqual({ v: 1, stream: "acme/support", seq: 1, hash: second.event.hash, count: 2, at_ms: 1795000000001, kid: "4bb06f8e4e3a7715", mac: "7d57ce1855822aaa1df91ca51aadbec08bfa52f4e0da0e49b98e4350dbb1242b" });
  expect(validate("audit-event", second.event)).toEqual([]);
});

test("an untouched export is ok; without an anchor that is said", () => {
  expect(verify(whole)).toMatchObject({ status: "ok", warnings: ["unanchored"], events: 50, first_seq: 0, last_seq: 49, last_hash: lastHead.hash });
  expect(verify(whole, { anchor: lastHead }).warnings).toEqual([]);
  expect(verify(whole, { anchor: fifty.heads[20] as AuditHead }).status).toBe("ok");
  expect(verify(exported({ events: [], heads: [] }).slice(0, 1)).status).toBe("truncated_tail");
});

test("every byte of every event that is flipped is found", () => {
  for (let seq = 0; seq < 50; seq += 1) {
    const text = fifty.events[seq] as string;
    const opening = whole[0] as string;
    expect(verify([opening, text, ...fifty.events.slice(seq + 1, seq + 2)], { from: seq, to: Math.min(seq + 1, 49) }).status).toBe("ok");
    for (let at = 0; at < text.length; at += 1) {
      const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      // The event and the one after it: what stands further away cannot make it right again.
      if (verify([opening, flipped, ...fifty.events.slice(seq + 1, seq + 2)], { from: seq, to: Math.min(seq + 1, 49) }).status === "ok") throw new Error(`not found: event ${seq}, byte ${at}: ${flipped}`);
    }
  }
}, 60_000);

test("every byte of the head that is flipped is found", () => {
  const text = whole.at(-1) as string;
  for (let at = 0; at < text.length; at += 1) {
    const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    expect(verify([...whole.slice(0, -1), flipped]).status, flipped).not.toBe("ok");
  }
});

test("each line that is taken out is found", () => {
  for (let line = 0; line < whole.length; line += 1) {
    const verdict = verify(whole.filter((_, at) => at !== line));
    const expected = line === 0 ? "bad_json" : line === 1 ? "truncated_start" : line === whole.length - 1 || line === 50 ? "truncated_tail" : "gap";
    expect(verdict.status, `line ${line}`).toBe(expected);
  }
});

test("each pair that is swapped, and each line that is doubled, is found", () => {
  for (let line = 1; line < 50; line += 1) {
    const swapped = [...whole];
    [swapped[line], swapped[line + 1]] = [swapped[line + 1] as string, swapped[line] as string];
    expect(verify(swapped).findings.map(({ code }) => code)).toContain("reordered");
    const doubled = [...whole.slice(0, line), whole[line] as string, ...whole.slice(line)];
    expect(verify(doubled).status).toBe("duplicate");
  }
});

test("each cut tail is found: by the head, and with an old head put back by the anchor", () => {
  for (let length = 1; length < 50; length += 1) {
    const cut = { events: fifty.events.slice(0, length), heads: fifty.heads.slice(0, length) };
    expect(verify(exported(cut, lastHead)).status).toBe("truncated_tail");
    expect(verify(exported(cut)).status).toBe("ok"); // the head of that time fits: nothing inside can tell
    expect(verify(exported(cut), { anchor: lastHead }).status).toBe("truncated_tail");
  }
});

test("a splice of another chain is found although its hashes are right", () => {
  const other = chain(50, () => key, where).events.map((text, seq) => JSON.stringify(linkEvent(seq === 0 ? null : { ...(fifty.heads[seq - 1] as AuditHead), hash: "a".repeat(64) }, where, entry(seq, { id: `ev_x${seq}` }), key).event) || text);

  const verdict = verify(exported({ events: [...fifty.events.slice(0, 20), ...other.slice(20)], heads: fifty.heads }));

  expect(verdict.status).toBe("broken_link");
  expect(verdict.findings[0]?.seq).toBe(20);
  expect(verify(exported({ events: chain(50, () => key, { tenant: "acme", project: "other" }).events, heads: fifty.heads })).status).toBe("broken_link");
});

describe("written anew from event 30 on", () => {
  const rewrite = (signing: Uint8Array | null): string[] => {
    const events = fifty.events.slice(0, 30);
    let head = fifty.heads[29] as AuditHead;
    for (let seq = 30; seq < 50; seq += 1) {
      const linked = linkEvent(head, where, entry(seq, { data: { detector: "cost" } }), signing);
      events.push(JSON.stringify(linked.event));
      head = linked.head;
    }
    return exported({ events, heads: [head] });
  };

  test("without the key", () => {
    expect(verify(rewrite(null)).status).toBe("edited");
    expect(verify(rewrite(otherKey)).status).toBe("unknown_kid");
  });

  test("with the key: the anchor shows it, nothing else can", () => {
    expect(verify(rewrite(key)).status).toBe("ok");
    expect(verify(rewrite(key), { anchor: fifty.heads[40] as AuditHead }).status).toBe("forked");
    expect(verify(rewrite(key), { anchor: fifty.heads[20] as AuditHead }).status).toBe("ok");
  });
});

describe("keys", () => {
  test("a wrong one is told from an edit, and from none", () => {
    expect(verify(whole, { keys: [otherKey] }).status).toBe("wrong_key");
    expect(verify(whole, { keys: [] }).status).toBe("unknown_kid");
    expect(verify(whole, { keys: [otherKey, key] }).status).toBe("ok");
  });

  test("that was changed on the way needs both", () => {
    const rotated = exported(chain(10, (seq) => (seq < 5 ? key : otherKey)));

    expect(verify(rotated, { keys: [key, otherKey] }).status).toBe("ok");
    expect(verify(rotated, { keys: [key] }).status).toBe("unknown_kid");
  });

  test("none at all is a warning, shown first", () => {
    const plain = chain(10, () => null);

    expect(verify(exported(plain))).toMatchObject({ status: "ok", warnings: ["unkeyed", "unanchored"] });
    const edited = [...plain.events];
    edited[3] = (edited[3] as string).replace("920000", "1");
    expect(verify(exported({ events: edited, heads: plain.heads })).status).toBe("edited");
  });

  test("that came later protect what came later", () => {
    expect(verify(exported(chain(10, (seq) => (seq < 5 ? null : key))))).toMatchObject({ status: "ok", warnings: ["unkeyed", "unanchored"] });
    expect(verify(exported(chain(10, (seq) => (seq < 5 ? key : null)))).status).toBe("edited");
  });

  test("are read as hex or base64, and refused else", () => {
    expect(readAuditKey("07".repeat(32))).toEqual(key);
    expect(readAuditKey(`${Buffer.from(key).toString("base64")}\n`)).toEqual(key);
    expect(readAuditKey(Buffer.from(key).toString("base64url"))).toEqual(key);
    for (const text of ["", "07", "zz".repeat(32), "07".repeat(33)]) expect(() => readAuditKey(text)).toThrow(AgentmendError);
  });
});

describe("parts of a stream", () => {
  const part = (from: number, to: number, head?: AuditHead): string[] => [
    JSON.stringify({ agentmend_audit: 1, stream: "acme/support", from, to, exported_at_ms: 1 }),
    ...fifty.events.slice(from, to + 1),
    ...(head === undefined ? [] : [JSON.stringify({ head })]),
  ];

  test("are checked when it was said that they are parts", () => {
    expect(verify(part(10, 49, lastHead), { from: 10 }).status).toBe("ok");
    expect(verify(part(10, 20), { from: 10, to: 20 }).status).toBe("ok");
    expect(verify(whole, { from: 10, to: 20 })).toMatchObject({ status: "ok", events: 11, first_seq: 10, last_seq: 20 });
  });

  test("are no whole", () => {
    expect(verify(part(10, 49, lastHead)).status).toBe("truncated_start");
    expect(verify(part(0, 20)).status).toBe("truncated_tail");
    expect(verify(part(12, 49, lastHead), { from: 10 }).status).toBe("truncated_start");
  });
});

describe("what is no export", () => {
  test.each<[string, string[]]>([
    ["an empty file", []],
    ["text", ["hello"]],
    ["a number", ["7"]],
    ["events of something else", [whole[0] as string, '{"event":1}']],
    ["numbers that JSON cannot hold exactly", [whole[0] as string, (whole[1] as string).replace('"seq":0', '"seq":1e99')]],
    ["two exports in one", [...whole.slice(0, 10), ...whole]],
    ["something after the head", [...whole, whole[1] as string]],
    ["a head of another version", [...whole.slice(0, -1), JSON.stringify({ head: { ...lastHead, v: 2 } })]],
  ])("%s", (_what, lines) => {
    expect(verify(lines).status).toBe("bad_json");
  });

  test("a forged head is found", () => {
    const { mac: _, ...body } = lastHead;
    expect(verify(exported(fifty, sealHead(body, otherKey))).status).toBe("edited");
    expect(verify(exported(fifty, { ...lastHead, at_ms: 1 })).status).toBe("edited");
  });
});
