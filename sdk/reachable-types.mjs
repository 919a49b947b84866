// Keeps those type declarations that the entries of a package reach: what is internal is not published.
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** `folder`: what tsc wrote. `entries`: declaration files, as the package's exports name them. */
export function keepReachableTypes(folder, entries) {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, name] of readFileSync(file, "utf8").matchAll(/(?:from |import\(|import )"(\.[^"]+)\.js"/g)) visit(join(dirname(file), `${name}.d.ts`));
  };
  entries.forEach((entry) => visit(join(entry)));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !reached.has(file)) rmSync(file);
  }
}

/** The declaration files that a package.json's exports name. */
export function typesOf({ exports }) {
  return Object.values(exports).flatMap((target) => (typeof target === "object" ? [target.types] : []));
}
