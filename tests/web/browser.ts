// Debian's Chromium with the page, and what went over the wire.
import type { Server } from "node:http";

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

import { serve } from "../../web-demo/serve.mjs";

// Without the flags about the network, Chromium itself looks up hosts of its maker at every start.
export const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export interface Desk {
  address: string;
  browser: Browser;
  /** Every path that reached the server, in order. */
  arrived: string[];
  open(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine and a browser. */
export async function openDesk(): Promise<Desk> {
  const { server, address }: { server: Server; address: string } = await serve(0);
  const arrived: string[] = [];
  server.on("request", ({ url }: { url?: string }) => arrived.push(url ?? ""));
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
  return {
    address,
    browser,
    arrived,
    async open(options = {}) {
      const context = await browser.newContext({ reducedMotion: "reduce", ...options });
      const page = await context.newPage();
      await page.goto(address);
      return page;
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface GivenFile {
  name: string;
  text: string;
}

/** Gives files through the file input. */
export async function pick(page: Page, ...files: { name: string; text: string | Buffer }[]): Promise<void> {
  await page.setInputFiles("#picker", files.map(({ name, text }) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) })));
}

/** A drop or a paste as the browser tells it, with files, text, or both. */
export async function hand(page: Page, kind: "drop" | "paste", target: string, files: readonly GivenFile[], text = ""): Promise<void> {
  await page.evaluate(
    ([how, where, given, plain]) => {
      const data = new DataTransfer();
      for (const file of given) data.items.add(new File([file.text], file.name));
      if (plain !== "") data.setData("text/plain", plain);
      const settings = { bubbles: true, cancelable: true };
      const event = how === "drop" ? new DragEvent("drop", { ...settings, dataTransfer: data }) : new ClipboardEvent("paste", { ...settings, clipboardData: data });
      document.querySelector(where)?.dispatchEvent(event);
    },
    [kind, target, files, text] as const,
  );
}

/** Waits for an answer and gives its heading. */
export async function answered(page: Page): Promise<string> {
  const heading = page.locator("#found");
  await heading.waitFor({ timeout: 120_000 });
  return (await heading.textContent()) ?? "";
}

/** Gives the text that a part of a finding has, by the title of the part. */
export async function part(page: Page, title: string, finding = 0): Promise<string> {
  return page.locator("article.finding").nth(finding).locator("section.part", { has: page.getByRole("heading", { name: title, exact: true }) }).innerText();
}
