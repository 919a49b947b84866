// Serves the page on this machine only: node web-demo/serve.mjs [PORT]. Any other static host does as well.
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { buildPage } from "./build.mjs";

const files = new Map([
  ["/", ["index.html", "text/html; charset=utf-8"]],
  ["/index.html", ["index.html", "text/html; charset=utf-8"]],
  ["/style.css", ["style.css", "text/css; charset=utf-8"]],
  ["/page.js", ["page.js", "text/javascript; charset=utf-8"]],
]);

/** Starts the server on 127.0.0.1; port 0 takes a free one. */
export async function serve(port = 0) {
  const folder = await buildPage();
  const server = createServer((request, response) => {
    const found = files.get((request.url ?? "").split("?")[0] ?? "");
    if (found === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(404).end();
      return;
    }
    const [file = "", type = ""] = found;
    // What a page cannot say about itself in a meta element.
    response.writeHead(200, { "content-type": type, "x-content-type-options": "nosniff", "content-security-policy": "frame-ancestors 'none'", "cache-control": "no-cache" });
    createReadStream(join(folder, file)).pipe(response);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { server, address: `http://127.0.0.1:${server.address().port}/` };
}

if (process.argv[1] === import.meta.filename) {
  const { address } = await serve(Number(process.argv[2] ?? 8080));
  console.log(`agentmend page: ${address}   (Ctrl+C ends it)`);
}
