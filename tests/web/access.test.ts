// Keyboard, screen readers, contrast, phones, and a page that stays awake while it works.
import { readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";

import { answered, openDesk, pick, type Desk } from "./browser.js";

const axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const injected = readFileSync(new URL("../data/chat/injected-invoice.json", import.meta.url), "utf8");

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
}, 120_000);
afterAll(() => desk.close());

interface Axe {
  run(): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[]; passes: unknown[] }>;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { found, passed } = await page.evaluate(async () => {
    const { violations: all, passes } = await (window as unknown as { axe: Axe }).axe.run();
    return { found: all.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary ?? ""}`)), passed: passes.length };
  });
  expect(passed).toBeGreaterThan(10); // it did look
  return found;
}

const views: [string, (page: Page) => Promise<unknown>][] = [
  ["the empty page", () => Promise.resolve()],
  ["the n8n example", (page) => page.getByRole("button", { name: "An n8n workflow that failed" }).click()],
  ["the injected chat", (page) => page.getByRole("button", { name: "A chat with an injected order" }).click()],
  ["an error", (page) => pick(page, { name: "cut.json", text: injected.slice(0, 700) })],
];

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  test.each(views)("%s has no fault that axe finds", async (name, act) => {
    const page = await desk.open({ colorScheme });
    await act(page);
    if (name !== "the empty page") await answered(page);
    for (const summary of await page.locator("summary").all()) await summary.click();

    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});

test("the button for the theme changes it, and its contrast holds", async () => {
  const page = await desk.open({ colorScheme: "light" });
  const paper = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await paper();
  await page.locator("#theme").click();

  expect(await paper()).not.toBe(before);
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});

test("everything can be done with the keyboard alone", async () => {
  const page = await desk.open();
  const order: string[] = [];
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press("Tab");
    order.push(await page.evaluate(() => document.activeElement?.id || (document.activeElement?.textContent ?? "").trim()));
  }
  expect(order).toEqual(["To the content", "theme", "picker", "pasted", "Look at it", "An n8n workflow that failed", "A chat with an injected order", "An agent in a loop"]);

  await page.keyboard.press("Enter");
  await answered(page);
  await page.waitForFunction(() => document.activeElement?.id === "found"); // the reader is taken to the result
  for (let step = 0; step < 30 && (await page.evaluate(() => document.activeElement?.className)) !== "back"; step += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.locator(".taken-back p").waitFor();

  expect(await page.locator(".taken-back").innerText()).toContain("The document is the original again");
  await page.context().close();
});

test("parts have names for screen readers, and news is announced", async () => {
  const page = await desk.open();
  await page.getByRole("button", { name: "An agent in a loop" }).click();
  await answered(page);

  expect(await page.getByRole("article", { name: "Loop" }).count()).toBe(1);
  expect(await page.getByRole("region", { name: "Change of support-agent.yaml" }).count()).toBe(1);
  expect(await page.getByRole("region", { name: "looping-orders.json, line 10, column 60" }).count()).toBe(1);
  expect(await page.getByRole("status").first().innerText()).toBe("Done. Findings: 1.");
  await page.context().close();
});

test.each([320, 390])("on a phone of %i pixels nothing sticks out", async (width) => {
  const page = await desk.open({ viewport: { width, height: 800 } });
  for (const name of ["An n8n workflow that failed", "A chat with an injected order"]) {
    await page.getByRole("button", { name }).click();
    await page.locator("article.finding").first().waitFor();

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await page.context().close();
});

test("the page stays awake while a run of 50 MB is read, and finds what is in it", async () => {
  const page = await desk.open();
  const { messages } = JSON.parse(injected) as { messages: object[] };
  const filler = Array.from({ length: 25_000 }, (_, index) => [
    { role: "user", content: `Question ${index}: ${"what is the price of the clay pot with the number given here? ".repeat(16)}` },
    { role: "assistant", content: `Answer ${index}: ${"the price of this pot is shown in the catalogue of this year. ".repeat(16)}` },
  ]).flat();
  const text = JSON.stringify({ messages: [...messages.slice(0, 6), ...filler] });
  expect(text.length).toBeGreaterThan(50_000_000);
  const file = await page.evaluateHandle((content) => new File([content], "large.json"), text);

  await page.evaluate((given) => {
    const data = new DataTransfer();
    data.items.add(given);
    document.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
  }, file);
  await page.locator("#stop").waitFor(); // the work has begun
  await page.locator("#pasted").fill("typed while it works");
  const stillWorking = await page.locator("#stop").isVisible();
  const answer = await answered(page);

  expect(stillWorking).toBe(true);
  expect(await page.locator("#pasted").inputValue()).toBe("typed while it works");
  expect(answer).toMatch(/^\d+ findings?$/);
  expect(await page.locator("article.finding h3").allTextContents()).toContain("Prompt injection");
  await page.context().close();
}, 300_000);

test("Stop ends the work, and the next run is read", async () => {
  const page = await desk.open();
  await page.evaluate(() => {
    // Ends the work in the same turn in which it began: no race with the worker.
    document.querySelector<HTMLButtonElement>("#examples button")?.click();
    document.querySelector<HTMLButtonElement>("#stop")?.click();
  });
  expect(await page.locator("#status").innerText()).toBe("Stopped.");
  expect(await page.locator("article.finding").count()).toBe(0);

  await page.getByRole("button", { name: "An agent in a loop" }).click();
  expect(await answered(page)).toBe("1 finding");
  await page.context().close();
});
