// Changes each cell of the gate's table, one at a time, and demands that gate_test.cpp notices. Needs a release build
// (build/release): the changed gate.cpp is compiled alone and linked before the core's archive.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const release = join(root, "build/release");
const scratch = join(root, "build/flip_gate");
const compiler = process.env.CXX ?? "c++";
const flags = ["-std=c++20", "-O0", "-w", `-I${root}/core/src`, `-I${root}/core/include`, "-isystem", `${release}/deps`];
const cells = 12 * 4;

function parts(source) {
  const begin = source.indexOf("kTruthTable[][4] = {");
  const end = source.indexOf("\n};", begin);
  if (begin < 0 || end < 0) throw new Error("gate.cpp has no kTruthTable[][4]");
  const table = source.slice(begin, end);
  const found = [...table.matchAll(/\bk[A-Z]\w*(?=\s*[,}])/g)].map((hit) => ({ at: begin + hit.index, word: hit[0] }));
  if (found.length !== cells) throw new Error(`the table has ${found.length} cells, not ${cells}`);
  return found;
}

// The change that would be worst: what must not apply applies, what applies does it without its proof or not at all.
function flipped(source, cell) {
  const other = { kApply: "kApplyIfReplayed", kApplyIfReplayed: "kApply" }[cell.word] ?? "kApply";
  return source.slice(0, cell.at) + other + source.slice(cell.at + cell.word.length);
}

async function build(name, source, test) {
  const [file, binary] = [join(scratch, `${name}.cpp`), join(scratch, name)];
  writeFileSync(file, source);
  await run(compiler, [...flags, "-c", file, "-o", `${binary}.o`]);
  const libraries = [join(release, "libagentmend_core.a"), "-lgtest_main", "-lgtest", "-lpthread"];
  await run(compiler, [test, `${binary}.o`, ...libraries, "-o", binary]);
  return binary;
}

// Whether the test executable passes; a crash or a missing executable is neither, and ends the run.
async function passes(binary) {
  try {
    await run(binary, ["--gtest_brief=1"], { maxBuffer: 1 << 26 });
    return true;
  } catch (error) {
    if (error.code === 1) return false;
    throw error;
  } finally {
    for (const end of ["", ".o", ".cpp"]) rmSync(binary + end, { force: true });
  }
}

async function main() {
  if (!existsSync(join(release, "libagentmend_core.a"))) throw new Error("build build/release first");
  mkdirSync(scratch, { recursive: true });
  const source = readFileSync(join(root, "core/src/heal/gate.cpp"), "utf8");
  const table = parts(source);
  const test = join(scratch, "gate_test.o");
  await run(compiler, [...flags, "-c", join(root, "tests/core/gate_test.cpp"), "-o", test]);
  if (!(await passes(await build("unchanged", source, test)))) throw new Error("gate_test fails on the unchanged table");

  const unnoticed = [];
  let next = 0;
  const worker = async () => {
    while (next < table.length) {
      const i = next++;
      if (await passes(await build(`cell_${i}`, flipped(source, table[i]), test))) unnoticed.push(i);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  for (const i of unnoticed) console.log(`row ${Math.floor(i / 4) + 1}, column ${(i % 4) + 1}: the change was not noticed`);
  console.log(`${table.length - unnoticed.length} passed, ${unnoticed.length} failed`);
  process.exitCode = unnoticed.length === 0 ? 0 : 1;
}

await main().catch((error) => {
  console.error(error.stderr || error.message);
  console.log(`0 passed, ${cells} failed`);
  process.exitCode = 1;
});
