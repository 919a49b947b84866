import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(process.env["AGENTMEND_DATA"] ?? "../shared/data");

/** The folder of the labelled data, or null after saying loudly what does not run. */
export function dataFolder(name: string, what: string): string | null {
  const folder = join(root, name);
  if (existsSync(folder)) return folder;
  console.warn(`NOT RUN: ${what}: there is no folder ${name} in AGENTMEND_DATA.`);
  return null;
}

export const cli = new URL("../../dist/cli.js", import.meta.url).pathname;
