// Nothing is sent anywhere: seen on the wire, and refused by the browser.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";

import { answered, openDesk, type Desk } from "./browser.js";

let desk: Desk;
let page: Page;
let listener: Server; // a server somewhere else, which must never hear anything
let elsewhere: string;
const heard: string[] = [];
beforeAll(async () => {
  listener = createServer((request, response) => {
    heard.push(request.url ?? "");
    response.writeHead(200, { "access-control-allow-origin": "*" }).end("ok");
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  elsewhere = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  desk = await openDesk();
  page = await desk.open();
}, 120_000);
afterAll(async () => {
  await desk.close();
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
});

test("the page is three files, and looking at a run asks for nothing more", async () => {
  desk.arrived.length = 0;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload();
  for (const name of ["An n8n workflow that failed", "A chat with an injected order"]) {
    await page.getByRole("button", { name }).click();
    await page.locator("article.finding").first().waitFor();
  }

  expect(desk.arrived).toEqual(["/", "/style.css", "/page.js"]);
  expect(asked.filter((url) => !url.startsWith("blob:"))).toEqual(["", "style.css", "page.js"].map((file) => desk.address + file));
});

// What a page could try: each answers "sent" or "refused".
const attempts: Record<string, (to: string) => Promise<string>> = {
  fetch: (to) => fetch(`${to}fetch`, { mode: "no-cors" }).then(() => "sent", () => "refused"),
  XMLHttpRequest: (to) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.onload = () => resolve("sent");
      request.onerror = () => resolve("refused");
      request.open("GET", `${to}xhr`);
      request.send();
    }),
  WebSocket: (to) =>
    new Promise((resolve) => {
      try {
        const socket = new WebSocket(`${to.replace("http", "ws")}socket`);
        socket.onopen = () => resolve("sent");
        socket.onerror = () => resolve("refused");
      } catch {
        resolve("refused");
      }
    }),
};
const pageOnly: Record<string, (to: string) => Promise<string>> = {
  sendBeacon: (to) => Promise.resolve(navigator.sendBeacon(`${to}beacon`, "x") ? "sent" : "refused"),
  "an image": (to) =>
    new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve("sent");
      image.onerror = () => resolve("refused");
      image.src = `${to}image`;
    }),
};

describe("the browser refuses", () => {
  test.each(Object.keys({ ...attempts, ...pageOnly }))("%s from the page, to anywhere and to its own host", async (name) => {
    const attempt = { ...attempts, ...pageOnly }[name]!;
    heard.length = 0;
    desk.arrived.length = 0;
    for (const to of [elsewhere, desk.address]) await page.evaluate(attempt, to);

    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    expect([...heard, ...desk.arrived]).toEqual([]);
  });

  test.each(Object.keys(attempts))("%s from the worker that reads the run", async (name) => {
    await page.getByRole("button", { name: "An agent in a loop" }).click();
    await answered(page);
    const worker = page.workers()[0]!;
    heard.length = 0;
    desk.arrived.length = 0;
    for (const to of [elsewhere, desk.address]) expect(await worker.evaluate(attempts[name]!, to)).toBe("refused");

    expect([...heard, ...desk.arrived]).toEqual([]);
  });

  test("code from strings, code in the page, markup from strings", async () => {
    const tried = await page.evaluate(async () => {
      // A turn of its own: code that the test tool runs is free of the policy for as long as it runs.
      await new Promise((resolve) => setTimeout(resolve));
      const refused = (work: () => unknown): boolean => {
        try {
          work();
          return false;
        } catch {
          return true;
        }
      };
      const inline = document.createElement("button");
      const markup = refused(() => (inline.innerHTML = "<img src=x onerror=document.title='owned'>"));
      const evaluated = refused(() => window.eval("document.title = 'owned'"));
      const script = refused(() => {
        const element = document.createElement("script");
        element.text = "document.title = 'owned'";
        document.body.append(element);
      });
      const worker = refused(() => new Worker("data:text/javascript,0"));
      return { markup, evaluated, script, worker, title: document.title };
    });

    expect(tried).toEqual({ markup: true, evaluated: true, script: true, worker: true, title: "agentmend: why did this agent run fail?" });
  });

  test("and without the page's policy the same attempts are heard: the listener works", async () => {
    const bare = await desk.browser.newPage();
    await bare.goto(`${elsewhere}bare`);
    heard.length = 0;
    for (const [name, attempt] of Object.entries({ ...attempts, ...pageOnly })) {
      if (name !== "WebSocket") await bare.evaluate(attempt, elsewhere);
    }
    await bare.evaluate((to) => fetch(`${to}last`), elsewhere);
    await bare.close();

    expect(new Set(heard.filter((path) => path !== "/favicon.ico"))).toEqual(new Set(["/fetch", "/xhr", "/beacon", "/image", "/last"]));
  });
});

test("the policy stands in the page itself, so that any static host keeps it", () => {
  const html = readFileSync(new URL("../../build/web-demo/index.html", import.meta.url), "utf8");
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";

  expect(policy.split("; ").sort()).toEqual(
    ["base-uri 'none'", "connect-src 'none'", "default-src 'none'", "form-action 'none'", "img-src data:", "require-trusted-types-for 'script'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "trusted-types agentmend-worker", "worker-src blob:"].sort(),
  );
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/);
});
