// Deletes LangChain (its packages, our adapter, the adapter's tests) from a copy of the tree, and shows that the rest compiles and is green.
// Ends with "N passed, 0 failed". Part of `npm run test:full`.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

process.chdir(join(import.meta.dirname, "../.."));
const copy = mkdtempSync(join(tmpdir(), "agentmend-without-"));
chmodSync(copy, 0o755); // a test of the command runs it as a user who may read little
const say = (command, ...args) => {
  console.log(`${command} ${args.join(" ")}`);
  const { status, stdout } = spawnSync(command, args, { cwd: copy, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "inherit"] });
  console.log(stdout);
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return stdout;
};
try {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" }).split("\n").filter(Boolean);
  const built = ["build/wasm/wasm/agentmend.wasm", "build/release/tests", "dist/agentmend.wasm", "node/linux-x64-gnu/agentmend.node"];
  for (const file of [...files, "sdk/src/generated", ...built]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    try {
      cpSync(file, join(copy, file), { recursive: true });
    } catch (error) {
      if (error.code !== "ENOENT") throw error; // built on other machines only, or deleted
    }
  }
  const dropped = ["langchain", "@langchain", "langsmith"];
  cpSync("node_modules", join(copy, "node_modules"), { recursive: true, verbatimSymlinks: true, filter: (from) => !dropped.some((name) => from === join("node_modules", name)) });
  // The adapter without its host: the bundle is built.
  rmSync(join(copy, "tests/hosts/langchain"), { recursive: true });
  say(process.execPath, "sdk/build.mjs");
  say(process.execPath, "approval/build.mjs");
  say("node_modules/.bin/tsc", "-p", "tests");
  // hosts-apart.test.ts looks for the files that are gone here.
  const green = say("node_modules/.bin/vitest", "run", "tests/sdk", "tests/cli", "--exclude", "tests/sdk/hosts-apart.test.ts");
  // Then the rest without the adapter.
  rmSync(join(copy, "sdk/src/langchain"), { recursive: true });
  say("node_modules/.bin/tsc", "-p", ".", "--noEmit", "--emitDeclarationOnly", "false");
  console.log(`${/Tests +(\d+) passed/.exec(green)?.[1] ?? 0} passed, 0 failed`);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
