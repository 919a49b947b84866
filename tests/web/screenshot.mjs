// Makes the picture in web-demo/README.md: node tests/web/screenshot.mjs
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "../../web-demo/serve.mjs";

const { server, address } = await serve(0);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const page = await browser.newPage({ viewport: { width: 900, height: 1180 }, colorScheme: "light", reducedMotion: "reduce" });
await page.goto(address);
await page.getByRole("button", { name: "An n8n workflow that failed" }).click();
await page.locator("#found").waitFor();
const head = await page.locator(".found-head").boundingBox();
await page.screenshot({ path: fileURLToPath(new URL("../../web-demo/screenshot.png", import.meta.url)), fullPage: true, clip: { x: 0, y: head.y + (await page.evaluate(() => scrollY)) - 12, width: 900, height: 1180 } });
await browser.close();
server.closeAllConnections();
server.close();
