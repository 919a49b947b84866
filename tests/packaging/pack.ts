// Packs what we publish as npm would, and makes empty projects that install it. No request leaves: npm is offline and its cache is empty.
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

export interface Manifest {
  name: string;
  version: string;
  license?: string;
  exports?: Record<string, string | { types: string; default: string }>;
  workspaces?: string[];
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
export const manifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** The folder of each package that we publish, by name. */
export const published = new Map([".", ...(manifest(root).workspaces ?? [])].map((folder) => [manifest(join(root, folder)).name, join(root, folder)]));

/** npm as a user runs it: nothing of an `npm test` around it. */
function npm(args: string[], cwd: string): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  return execFileSync("npm", args, { cwd, env, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"] });
}

export const temporary = (): string => mkdtempSync(join(tmpdir(), "agentmend-pack-"));

export interface Packed {
  name: string;
  /** The tarball. */
  file: string;
  /** Bytes of the tarball, and of its files. */
  size: number;
  unpackedSize: number;
  files: string[];
}

/** Packs folders of packages into `into`, and nothing else: no script of theirs is run. */
export function pack(folders: readonly string[], into: string): Packed[] {
  const answer = JSON.parse(npm(["pack", ...folders, "--pack-destination", into, "--json", "--ignore-scripts"], root)) as object;
  return (Object.values(answer) as { name: string; filename: string; size: number; unpackedSize: number; files: { path: string }[] }[]).map(({ name, filename, size, unpackedSize, files }) => ({
    name,
    file: join(into, filename),
    size,
    unpackedSize,
    files: files.map(({ path }) => path),
  }));
}

/** The folders in node_modules of all that a package needs at run time on Linux with glibc. */
export function needs(name: string): string[] {
  const found = new Map<string, string>();
  const visit = (folder: string): void => {
    const { dependencies, optionalDependencies } = manifest(folder);
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = [join(folder, "node_modules", needed), join(root, "node_modules", needed)].find(existsSync);
      if (at === undefined || found.has(needed) || published.has(needed) || needed.endsWith("-musl")) continue;
      found.set(needed, at);
      visit(at);
    }
  };
  visit(published.get(name) ?? "");
  return [...found.values()];
}

/** An empty project in `parent` with these tarballs installed. */
export function project(parent: string, name: string, tarballs: readonly string[]): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  npm(["install", "--offline", "--cache", join(parent, "cache"), "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs], folder);
  return folder;
}

export interface Ran {
  status: number | null;
  out: string;
  err: string;
}

const plain = (): NodeJS.ProcessEnv => {
  const { AGENTMEND_BACKEND: _backend, NODE_PATH: _path, FORCE_COLOR: _color, ...env } = process.env;
  return { ...env, NO_COLOR: "1" };
};

/** Runs a command in a project to its end. */
export function run(folder: string, command: string, args: readonly string[], input = ""): Ran {
  const ran = spawnSync(command, args, { cwd: folder, env: plain(), input, encoding: "utf8", timeout: 110_000 });
  return { status: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Starts what serves until it is stopped; answers when its output matches. */
export async function started(folder: string, command: string, args: readonly string[], ready: RegExp): Promise<{ out: string; match: RegExpExecArray; stop(): Promise<number | null> }> {
  const child: ChildProcess = spawn(command, args, { cwd: folder, env: plain(), stdio: ["ignore", "pipe", "pipe"] });
  const over = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const stop = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    return over;
  };
  let out = "";
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      out += chunk.toString("utf8");
      const found = ready.exec(out);
      if (found !== null) resolve(found);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    void over.then((status) => reject(new Error(`ended with ${status}: ${out}`)));
  });
  return { out, match, stop };
}

/** The examples of a README: fenced blocks of JavaScript. */
export function examples(readme: string): string[] {
  return [...readme.matchAll(/```js\n([^]*?)```\n/g)].map(([, code = ""]) => code);
}
