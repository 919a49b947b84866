// Both WebAssembly modules in a real browser, under the page's script policy: the conformance vectors, byte for byte.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { flags } from "./browser.js";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const lines = (name: string): string[] => readFileSync(path(`tests/conformance/${name}`), "utf8").trim().split("\n");
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'";

const entry = `
  import create from ${JSON.stringify(path("build/embind/wasm/agentmend-embind.mjs"))};
  import embindBytes from ${JSON.stringify(path("build/embind/wasm/agentmend-embind.wasm"))};
  import rawBytes from ${JSON.stringify(path("build/wasm/wasm/agentmend.wasm"))};
  import { bindEmbind } from ${JSON.stringify(path("wasm/embind.ts"))};
  import { instantiate } from ${JSON.stringify(path("wasm/c-abi.ts"))};
  import { answer } from ${JSON.stringify(path("tests/conformance/vectors.ts"))};
  globalThis.answers = async (name, vectors) => {
    const core = name === "embind" ? bindEmbind(await create({ wasmBinary: embindBytes })) : instantiate(await WebAssembly.compile(rawBytes));
    return vectors.map((vector) => answer(core, vector));
  };`;

let server: Server;
let browser: Browser;
beforeAll(async () => {
  const { outputFiles } = await build({ stdin: { contents: entry, resolveDir: path(".") }, bundle: true, write: false, format: "esm", platform: "browser", target: "es2022", loader: { ".wasm": "binary" }, logLevel: "silent" });
  const script = outputFiles[0]?.text ?? "";
  server = createServer((request, response) => {
    const isScript = request.url === "/script.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8", "content-security-policy": policy });
    response.end(isScript ? script : '<!doctype html><script type="module" src="script.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
}, 120_000);
afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test.each(["wasm", "embind"])("%s answers every vector with the expected bytes", async (name) => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const vectors = lines("vectors.jsonl").map((line) => JSON.parse(line) as object);

  const answers = await page.evaluate(([which, given]) => (globalThis as unknown as { answers(name: string, vectors: object[]): Promise<string[]> }).answers(which, given), [name, vectors] as const);

  expect(answers).toEqual(lines("expected.jsonl"));
  await page.close();
});
