// A person who decides, in Debian's Chromium: signs in, opens a card from the inbox, looks, and presses a button.
import { chromium, type Browser, type Page } from "playwright-core";

import { flags } from "../web/browser.js";

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });

export interface Person {
  /** The titles of the cards that wait, most urgent first. */
  waiting(): Promise<string[]>;
  /** Opens the first card that waits and gives the text of its page. */
  read(): Promise<string>;
  /** Decides the first card that waits; gives what the page says afterwards. */
  decide(button: "Approve this once" | "Reject"): Promise<string>;
}

/** Signs in at the endpoint. */
export async function signIn(browser: Browser, url: string, key: string): Promise<Person> {
  const page: Page = await (await browser.newContext()).newPage();
  await page.goto(`${url}/inbox`);
  await page.getByLabel("Your key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
  const cards = page.locator("ul.cards:not(.done) a");
  const open = async (): Promise<void> => {
    await page.goto(`${url}/inbox`);
    await cards.first().click();
    await page.getByRole("form", { name: "Decision" }).waitFor();
  };
  return {
    async waiting() {
      await page.goto(`${url}/inbox`);
      return page.locator("ul.cards:not(.done) a strong").allTextContents();
    },
    async read() {
      await open();
      return (await page.locator("main").textContent()) ?? "";
    },
    async decide(button) {
      await open();
      // The page lets nobody approve what was not in view.
      await page.locator("#what pre").scrollIntoViewIfNeeded();
      await page.locator("button.approve:enabled").waitFor();
      await page.getByLabel("To approve, type wire_transfer").fill("wire_transfer");
      await page.getByRole("button", { name: button }).click();
      return (await page.getByRole("status").textContent()) ?? "";
    },
  };
}
