import { chmodSync, mkdirSync, mkdtempSync, openSync, ftruncateSync, closeSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { afterAll, describe, expect, test } from "vitest";

import { agentmend } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "agentmend-"));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Case {
  what: string;
  path: () => string;
  code: string;
  place?: RegExp;
}

const deep = "[".repeat(10_000) + "]".repeat(10_000);
const cases: Case[] = [
  { what: "an empty file", path: () => file("empty.json", ""), code: "input_empty" },
  { what: "blanks only", path: () => file("blank.json", " \n\t\n"), code: "input_empty" },
  { what: "binary data", path: () => file("binary.json", Uint8Array.from({ length: 300 }, (_, i) => (i * 37) % 256)), code: "container_unsupported" },
  { what: "an image", path: () => file("image.json", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0])), code: "container_unsupported" },
  { what: "JSON that is cut off", path: () => file("cut.json", '{"messages":[{"role":"user","content":"Where is'), code: "json_truncated", place: /\/messages\/0\/content/ },
  { what: "a file of 200 MB", path: largeFile, code: "limit_bytes" },
  { what: "a depth of 10,000", path: () => file("deep.json", deep), code: "limit_depth", place: /\/0\/0\/0/ },
  { what: "UTF-16", path: () => file("utf16.json", Buffer.from('\ufeff[{"role":"user","content":"hi"}]', "utf16le")), code: "encoding" },
  { what: "Latin-1", path: () => file("latin1.json", Buffer.from('[{"role":"user","content":"Zo\u00eb"}]', "latin1")), code: "encoding", place: /\/0\/content/ },
  { what: "an unknown shape", path: () => file("unknown.json", '{"hello":"world"}'), code: "detect_unknown" },
  { what: "no JSON at all", path: () => file("prose.txt", "Dear reader, this is a letter."), code: "json_syntax" },
  { what: "NaN", path: () => file("nan.json", '{"messages":[NaN]}'), code: "json_syntax", place: /\/messages\/0/ },
  { what: "a web page", path: () => file("page.html", "<!DOCTYPE html><title>x</title>"), code: "container_unsupported" },
  { what: "a Git LFS pointer", path: () => file("lfs.json", "version https://git-lfs.github.com/spec/v1\noid sha256:x\n"), code: "container_lfs_pointer" },
  { what: "damaged gzip", path: () => file("bad.json.gz", Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3])), code: "container_unsupported" },
  { what: "gzip that unpacks to 100 MB", path: () => file("bomb.json.gz", gzipSync(Buffer.alloc(100 * 1024 * 1024, 32))), code: "limit_bytes" },
  { what: "a directory", path: () => folder, code: "file_is_directory" },
  { what: "a missing file", path: () => join(folder, "missing.json"), code: "file_missing" },
];

function largeFile(): string {
  const path = join(folder, "large.json");
  const handle = openSync(path, "w");
  ftruncateSync(handle, 200 * 1024 * 1024); // sparse: takes no room
  closeSync(handle);
  return path;
}

describe.each(cases)("detect on $what", ({ path, code, place }) => {
  test("says so in one line with a code and a place, exits with 2 and writes nothing", () => {
    const target = path();
    const before = readdirSync(folder);

    const ran = agentmend(["detect", target]);

    expect(ran.status).toBe(2);
    expect(ran.out).toBe("");
    expect(ran.err.trimEnd().split("\n")).toHaveLength(1);
    expect(ran.err).toContain(`: ${code}`);
    expect(ran.err).toContain(target);
    if (place !== undefined) expect(ran.err).toMatch(place);
    expect(readdirSync(folder)).toEqual(before);
  });
});

test("a file without permission is told apart from a missing one", () => {
  const path = file("secret.json", "[]");
  chmodSync(path, 0);
  const nobody = 65534; // the superuser may read everything, so ask as somebody else

  const ran = agentmend(["detect", path], process.getuid?.() === 0 ? { uid: nobody } : {});

  expect(ran.status).toBe(2);
  expect(ran.err).toContain("file_no_permission");
});

describe("the command line", () => {
  test.each([
    [["detect"], "Name a file"],
    [["detect", "--min-confidence", "2", file("ok.json", '[{"role":"user","content":"hi"}]')], "--min-confidence"],
    [["detect", "--only", "lop", join(folder, "ok.json")], "unknown_detector"],
    [["detect", "--source", "otlp", join(folder, "ok.json")], "detect_mismatch"],
    [["nonsense"], "There is no command"],
    [["explain", "Loop"], "unknown_detector"],
    [["detect", "--nonsense"], "usage"],
  ])("%j is a usage error in one line", (args, words) => {
    const ran = agentmend(args);

    expect(ran.status).toBe(2);
    expect(ran.out).toBe("");
    expect(ran.err).toContain(words);
    expect(ran.err.trimEnd().split("\n")).toHaveLength(1);
  });

  test("text from a file reaches the terminal without control characters", () => {
    const nested = join(folder, "dir\u001b[31mred");
    mkdirSync(nested);
    const ran = agentmend(["detect", nested]);

    expect(ran.err).not.toContain("\u001b");
  });
});
