import { readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";

import { agentmend } from "../cli/run.js";
import { answered, hand, openDesk, part, pick, type Desk } from "./browser.js";

const data = new URL("../data/", import.meta.url).pathname;
const sample = (name: string): { name: string; text: string } => ({ name: name.split("/").at(-1) ?? "", text: readFileSync(data + name, "utf8") });
const workflow = sample("n8n/price-watch/workflow.json");
const execution = sample("n8n/price-watch/execution.json");

let desk: Desk;
let page: Page;
beforeAll(async () => {
  desk = await openDesk();
  page = await desk.open();
}, 120_000);
afterAll(() => desk.close());

async function example(name: string): Promise<string> {
  await page.reload();
  await page.getByRole("button", { name }).click();
  return answered(page);
}

/** The marked words of each passage of a finding, by where it stands. */
async function marked(finding: number): Promise<Record<string, string[]>> {
  const figures = page.locator("article.finding").nth(finding).locator("figure");
  const found: Record<string, string[]> = {};
  for (const figure of await figures.all()) {
    found[await figure.locator("figcaption").innerText()] = await figure.locator('mark[data-mark="2"]').allTextContents();
  }
  return found;
}

describe("the n8n recording", () => {
  test("shows what failed and where, the words marked in the text of the files", async () => {
    expect(await example("An n8n workflow that failed")).toBe("1 finding");

    expect(await page.locator(".finding .summary").innerText()).toBe('"Fetch price" failed and nothing took the error: the run ended there.');
    expect(await marked(0)).toEqual({ "workflow.json, line 75, column 5": ["Fetch price"], "execution.json, line 644, column 22": ["HS-0775 was withdrawn from the catalogue.", "The resource you are requesting could not be found"] });
    const rows = await page.locator("figure").first().locator(".row").evaluateAll((all) => all.map((row) => [Number(row.getAttribute("data-line")), row.querySelector(".code")?.textContent ?? ""] as const));
    expect(rows.length).toBeGreaterThan(4);
    for (const [line, text] of rows) expect(text).toBe(workflow.text.split("\n")[line - 1]);
  });

  test("shows the fix, its risk, the decision and the proof", async () => {
    await example("An n8n workflow that failed");

    expect(await part(page, "The fix")).toMatch(/circuit_breaker[^]*SAFE/);
    expect(await part(page, "The decision")).toContain("Applied to the copy of your file on this page, and checked. Why: a SAFE fix.");
    const proof = await part(page, "The proof, after the fix");
    expect(proof).toContain("The changed document is whole");
    expect(proof).toContain("The guard stops the recorded run in time");
    expect(await page.locator(".proof .yes").count()).toBe(2);
    expect(await page.locator(".proof .no").count()).toBe(0);
  });

  test("shows the same diff as the command line, and saves the file that the diff makes", async () => {
    await example("An n8n workflow that failed");
    const files = ["execution.json", "--target", "workflow.json"].map((word) => (word.startsWith("--") ? word : `${data}n8n/price-watch/${word}`));
    const ofTool = agentmend(["heal", ...files, "--framework", "n8n", "--diff"]).out;

    const shown = await page.locator(".finding .diff").innerText();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the mended file" }).click()]);

    const hunks = (diff: string): string => diff.slice(diff.indexOf("@@")).trimEnd();
    expect(hunks(shown)).toBe(hunks(ofTool));
    expect(download.suggestedFilename()).toBe("workflow.json");
    const saved = JSON.parse(readFileSync(await download.path(), "utf8")) as { nodes: { name: string; onError?: string }[] };
    expect(saved.nodes.map(({ name }) => name)).toContain("Failed items");
    expect(saved.nodes.find(({ name }) => name === "Fetch price")?.onError).toBe("continueErrorOutput");
  });

  test("takes the fix back: the document is the original, and is what is saved then", async () => {
    await example("An n8n workflow that failed");

    await page.getByRole("button", { name: "Take it back" }).click();
    const said = page.locator(".taken-back p");
    await said.waitFor();

    expect(await said.innerText()).toMatch(/^rolled back\. The document is the original again, (byte for byte|equal as canonical JSON \(RFC 8785\))\.$/);
    expect(await page.getByRole("button", { name: "Take it back" }).isDisabled()).toBe(true);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the mended file" }).click()]);
    expect(JSON.parse(readFileSync(await download.path(), "utf8"))).toEqual(JSON.parse(workflow.text));
  });
});

describe("the injected chat", () => {
  test("hands both findings to a person and applies nothing", async () => {
    expect(await example("A chat with an injected order")).toBe("2 findings");

    expect(await part(page, "The decision")).toContain("Handed to a person. Not applied: it waits for an approval.");
    expect(await part(page, "The fix")).toMatch(/input_filtering[^]*DANGEROUS/);
    expect(await part(page, "The change that is proposed, not applied")).toContain("+guards:");
    expect(Object.values(await marked(0)).flat().join("|")).toContain("ignore your previous instructions");
    expect(await page.getByRole("button", { name: "Take it back" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Save the mended file" }).count()).toBe(0);
  });

  test("offers no way to apply a governance finding", async () => {
    await example("A chat with an injected order");

    const said = await part(page, "Handed to a person", 1);
    expect(said).toContain("A governance finding is never changed automatically.");
    expect(said).toContain("within 15 minutes");
    expect(await page.locator("article.finding").nth(1).getByRole("button").count()).toBe(0);
    expect(await page.locator("article.finding").nth(1).locator(".diff").count()).toBe(0);
  });

  test("saves a report with the record and the case", async () => {
    await example("A chat with an injected order");

    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the report" }).click()]);

    const saved = JSON.parse(readFileSync(await download.path(), "utf8")) as { report: { schema: string }; outcomes: { schema: string; state: string }[] };
    expect(saved.report.schema).toBe("agentmend.report/1");
    expect(saved.outcomes.map(({ schema, state }) => `${schema} ${state}`)).toEqual(["agentmend.healing-record/1 awaiting_approval", "agentmend.governance-case/1 open"]);
  });
});

test("the looping agent gets its guard written into the YAML, comments kept", async () => {
  expect(await example("An agent in a loop")).toBe("1 finding");

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the mended file" }).click()]);
  expect(readFileSync(await download.path(), "utf8")).toBe(`${sample("chat/support-agent.yaml").text}guards:\n  loop:\n    max_identical_steps: 2\n    window: 4\n    on_trip: stop\n`);
});

describe("ways to give a run", () => {
  const chat = sample("chat/looping-orders.json");

  test("several dropped files, in any order", async () => {
    await page.reload();
    await hand(page, "drop", "h1", [execution, workflow]);

    expect(await answered(page)).toBe("1 finding");
    expect(await page.locator(".files").innerText()).toMatch(/execution\.json the run[^]*workflow\.json the workflow/);
  });

  test("a dropped text, a pasted text, a pasted file", async () => {
    for (const give of [() => hand(page, "drop", "h1", [], chat.text), () => hand(page, "paste", "body", [], chat.text), () => hand(page, "paste", "#pasted", [chat])]) {
      await page.reload();
      await give();

      expect(await answered(page)).toBe("1 finding");
    }
  });

  test("a text pasted into the field, by the button and by Ctrl+Enter", async () => {
    for (const send of [() => page.getByRole("button", { name: "Look at it" }).click(), () => page.locator("#pasted").press("Control+Enter")]) {
      await page.reload();
      await page.locator("#pasted").fill(chat.text);
      await send();

      expect(await answered(page)).toBe("1 finding");
    }
  });

  test("an execution alone: the workflow that it carries is mended", async () => {
    await page.reload();
    await pick(page, execution);

    expect(await answered(page)).toBe("1 finding");
    expect(await part(page, "The decision")).toContain("Applied to the copy");
    expect(Object.keys(await marked(0))).toEqual(["execution.json, line 84, column 7", "execution.json, line 644, column 22"]);
  });

  test("a run without a configuration: the fix is recommended, and what is missing is said", async () => {
    await page.reload();
    await pick(page, chat);

    expect(await answered(page)).toBe("1 finding");
    expect(await part(page, "The decision")).toContain("Recommended. Not applied.");
    expect(await page.getByRole("button", { name: "Take it back" }).count()).toBe(0);
  });

  test("a healthy run: nothing found, and what was not asked", async () => {
    await page.reload();
    await pick(page, { name: "fine.json", text: '{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Good morning."}]}' });

    expect(await answered(page)).toBe("Nothing found");
    expect(await page.locator(".asked").textContent()).toMatch(/Catalogued, but without an algorithm yet: \d+\./);
  });

  test("the definition of a Dify app, in YAML: read, and said that nothing ran in it", async () => {
    await page.reload();
    await pick(page, sample("dify/answer-desk.yml"));

    expect(await answered(page)).toBe("Nothing to look at");
    expect(await page.locator(".found-head").innerText()).toContain("Read as dify-dsl: 4 steps");
  });
});
