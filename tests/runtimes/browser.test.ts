// agentmend/inline and agentmend/init in Debian's Chromium, under a strict Content-Security-Policy.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

const dist = join(import.meta.dirname, "../../dist");
const trace = readFileSync(join(import.meta.dirname, "../data/chat/looping-orders.json"), "utf8");
const types: Record<string, string> = { js: "text/javascript", wasm: "application/wasm" };
const arrived: string[] = [];

let server: Server;
let browser: Browser;
beforeAll(async () => {
  server = createServer(({ url = "/" }, response) => {
    arrived.push(url);
    if (url === "/page.js") return response.writeHead(200, { "content-type": types["js"] }).end(readFileSync(join(import.meta.dirname, "page.mjs")));
    const file = /^\/dist\/([\w-]+\.(js|wasm))$/.exec(url);
    if (file !== null) return response.writeHead(200, { "content-type": types[file[2] ?? ""] }).end(readFileSync(join(dist, file[1] ?? "")));
    const evaluate = url === "/no-wasm" ? "" : " 'wasm-unsafe-eval'";
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": `default-src 'none'; connect-src 'self'; script-src 'self'${evaluate}` });
    return response.end("<!doctype html><title>agentmend</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
}, 60_000);
afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Answer {
  backend?: string;
  found?: string[];
  code?: string;
}

async function inPage(path: string, entry: "inline" | "init"): Promise<Answer> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  // As text, so that Vitest does not rewrite the import.
  const answer = await page.evaluate<Answer>(`import("/page.js").then(({ check }) => check("${entry}", ${trace}))`);
  await page.close();
  return answer;
}

test("init reads the module from the server, and nothing else leaves the page", async () => {
  arrived.length = 0;

  expect(await inPage("/", "init")).toEqual({ backend: "wasm", found: expect.arrayContaining(["loop"]) });
  expect(arrived.filter((url) => !/^\/(favicon\.ico|page\.js|dist\/(init|chunk-\w+)\.js|dist\/agentmend\.wasm)?$/.test(url))).toEqual([]);
});

test("inline asks for no module", async () => {
  arrived.length = 0;

  expect(await inPage("/", "inline")).toEqual({ backend: "wasm", found: expect.arrayContaining(["loop"]) });
  expect(arrived.filter((url) => url.endsWith(".wasm"))).toEqual([]);
});

test("a policy without wasm-unsafe-eval is told apart from a broken file", async () => {
  expect(await inPage("/no-wasm", "inline")).toEqual({ code: "wasm_forbidden" });
});
