// A user's worker in workerd, bundled as wrangler does: JavaScript in one file, .wasm files as modules beside it.
import { join } from "node:path";

import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { expect } from "vitest";

export interface Worker {
  ask(path: string, body?: unknown): Promise<Record<string, any>>;
  dispose(): Promise<void>;
}

export async function startWorker(entry: string, bindings: Record<string, string> = {}, kvNamespaces: string[] = []): Promise<Worker> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    outdir: "/",
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy" },
    logLevel: "warning",
  });
  const modules = outputFiles
    .map(({ path, contents }) => ({ type: path.endsWith(".wasm") ? ("CompiledWasm" as const) : ("ESModule" as const), path, contents }))
    .sort((a, b) => (a.type === b.type ? 0 : a.type === "ESModule" ? -1 : 1)); // the first is the entry
  const worker = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: "2026-04-01", cf: false, bindings, kvNamespaces });
  await worker.ready;
  return {
    async ask(path, body) {
      const init = body === undefined ? undefined : { method: "POST", body: body instanceof Uint8Array ? body : JSON.stringify(body) };
      const response = await worker.dispatchFetch(`http://worker${path}`, init);
      const text = await response.text();
      if (response.status !== 200) expect.fail(`${path}: ${response.status} ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
    dispose: () => worker.dispose(),
  };
}
