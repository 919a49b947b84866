// What is in each tarball, as it would be published.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { manifest, pack, published, root, run, temporary, type Packed } from "./pack.js";

const parent = temporary();
let packed: Map<string, Packed>;
beforeAll(() => {
  packed = new Map(pack([...published.values()], parent).map((one) => [one.name, one]));
  for (const { name, file } of packed.values()) {
    mkdirSync(join(parent, name), { recursive: true });
    execFileSync("tar", ["-xzf", file, "--strip-components=1", "-C", join(parent, name)]);
  }
  for (const { name, size, unpackedSize, files } of packed.values()) console.log(`${name}: ${size} bytes packed, ${unpackedSize} unpacked, ${files.length} files`);
});
afterAll(() => {
  rmSync(parent, { recursive: true, force: true });
});

const names = [...published.keys()];
// attw's profile "esm-only": ES modules, which `require` also loads from Node 20.19 on (tried in install.test.ts).
const esmOnly = new Set<string>(["node10", "node16-cjs"]);
const of = (name: string): Packed => packed.get(name) as Packed;
const read = (name: string, file: string): Buffer => readFileSync(join(parent, name, file));

// Names of chunks change with their content; declarations are looked at below.
const expected: Record<string, string[]> = {
  agentmend: [
    ..."CHANGELOG.md LICENSE NOTICE README.md package.json".split(" "),
    ..."agentmend.wasm chunk.js cli.js guard.js index.js init.js inline.js langchain.js worker.js".split(" ").map((file) => `dist/${file}`),
  ],
  "@agentmend/approval": ["README.md", "package.json", ..."LICENSE NOTICE agentmend.wasm index.js".split(" ").map((file) => `dist/${file}`)],
  "n8n-nodes-agentmend": [
    ..."README.md package.json dist/LICENSE dist/NOTICE examples/check-execution.json examples/check-incoming-mail.json".split(" "),
    ..."Agentmend.node.js Agentmend.node.json agentmend.svg agentmend.dark.svg".split(" ").map((file) => `dist/nodes/Agentmend/${file}`),
  ],
  "@agentmend/native-linux-x64-gnu": "LICENSE NOTICE README.md agentmend.node package.json".split(" "),
};

describe.each(names)("%s", (name) => {
  test("holds what its user needs and nothing else", () => {
    const files = of(name).files.filter((file) => !file.startsWith("dist/types/")).map((file) => file.replace(/chunk-\w+\.js$/, "chunk.js"));
    expect([...new Set(files)].sort()).toEqual([...(expected[name] ?? [])].sort());
  });

  test("publishes the declarations that its entries reach, and those alone", () => {
    const declarations = of(name).files.filter((file) => file.startsWith("dist/types/"));
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const [, other = ""] of read(name, file).toString("utf8").matchAll(/"(\.[^"]+)\.js"/g)) visit(join(file, "..", `${other}.d.ts`));
    };
    for (const target of Object.values(manifest(published.get(name) as string).exports ?? {})) if (typeof target === "object") visit(join(target.types));
    expect(declarations.sort()).toEqual([...reached].sort());
  });

  test("carries its licence, and no place of this machine", () => {
    const { files } = of(name);
    for (const file of ["LICENSE", "NOTICE"]) {
      const inside = files.find((path) => path === file || path === `dist/${file}`) ?? "";
      expect(read(name, inside).toString("utf8")).toBe(readFileSync(join(root, file), "utf8"));
    }
    for (const file of files) {
      const text = read(name, file).toString("latin1");
      expect(text.includes(root), `${file} names ${root}`).toBe(false);
      expect(/^\/\/# sourceMappingURL=/m.test(text), `${file} has a source map`).toBe(false);
    }
  });

  test("NOTICE has every library in its bundles, with the version that is there", () => {
    const notice = readFileSync(join(root, "NOTICE"), "utf8");
    const bundles = of(name).files.filter((file) => file.endsWith(".js"));
    const libraries = new Set(bundles.flatMap((file) => [...read(name, file).toString("utf8").matchAll(/^\s*\/\/ (?:\.\.\/)*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/gm)].map(([, library = ""]) => library)));
    for (const library of libraries) {
      const { version, license } = manifest(join(root, "node_modules", library));
      expect(notice).toContain(`== ${library} ${version}, ${license}`);
      expect(license).toMatch(/^(MIT|ISC|BSD-3-Clause)$/);
    }
    if (name === "agentmend" || name === "@agentmend/approval") expect(libraries).toContain("@noble/hashes"); // else the bundles no longer say what is in them
  });

  test("publint has nothing to say", () => {
    const { status, out, err } = run(root, "node_modules/.bin/publint", ["run", of(name).file, "--strict"]);
    expect(`${out}${err}`).toMatch(/All good!\s*$/);
    expect(status).toBe(0);
  });

  test("its types are right for everyone who imports it", async () => {
    // The WebAssembly file has no types.
    const analysis = await checkPackage(createPackageFromTarballData(readFileSync(of(name).file)), { excludeEntrypoints: ["agentmend.wasm"] });
    const entries = Object.entries(manifest(published.get(name) as string).exports ?? {}).flatMap(([entry, target]) => (typeof target === "object" ? [entry] : []));
    if (entries.length === 0) {
      expect(analysis.types).toBe(false); // nothing to import: n8n and our own loader load it by its file
      return;
    }
    if (analysis.types === false) throw new Error("There are no types.");
    expect(Object.keys(analysis.entrypoints)).toEqual(expect.arrayContaining(entries));
    expect(analysis.problems.filter((problem) => !("resolutionKind" in problem) || !esmOnly.has(problem.resolutionKind))).toEqual([]);
  });
});
