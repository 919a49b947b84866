import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";

import { answered, hand, openDesk, pick, type Desk } from "./browser.js";

const read = (name: string): string => readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8");
const chat = read("chat/looping-orders.json");
const injected = read("chat/injected-invoice.json");
const config = read("chat/support-agent.yaml");
const workflow = read("n8n/price-watch/workflow.json");

let desk: Desk;
let page: Page;
beforeAll(async () => {
  desk = await openDesk();
  page = await desk.open();
}, 120_000);
afterAll(() => desk.close());

/** The text of the error, on one line. */
async function errorFor(...files: { name: string; text: string | Buffer }[]): Promise<string> {
  await page.reload();
  await pick(page, ...files);
  expect(await answered(page)).toBe("This could not be read");
  return (await page.getByRole("alert").innerText()).replace(/\s+/g, " ");
}

describe("a clear error with its code and place", () => {
  test.each<[string, string | Buffer, RegExp]>([
    ["an empty file", "", /input_empty/],
    ["only white space", " \n\t ", /input_empty/],
    ["binary data", Buffer.concat([Buffer.from([0, 1, 2]), randomBytes(4000)]), /container_unsupported/],
    ["a picture", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), /container_unsupported/],
    ["UTF-16", Buffer.from("\ufeff{}", "utf16le"), /encoding/],
    ["a gzip file that is cut", gzipSync(chat).subarray(0, 60), /container_unsupported/],
    ["words", "the agent failed again", /json_syntax.*/],
    ["JSON that is cut", injected.slice(0, 700), /file: Expected an escape but found the end of the text at line 29, column 29\. json_truncated at \/messages\/3\/content/],
    ["JSON nested 10,000 deep", "[".repeat(10_000) + "]".repeat(10_000), /column 513\. limit_depth at (\/0)+\/?…/],
    ["a shape that nobody knows", '{"temperature": 21}', /no trace format we know \(keys: temperature\).* detect_unknown/],
    ["a number", "42", /detect_unknown/],
    ["a JSON string", '"hello"', /detect_unknown/],
    ["YAML that is broken", "a: [1, 2\nb: }", /json_syntax|yaml_syntax/],
    ["YAML of a configuration alone", config, /detect_unknown/],
  ])("for %s", async (_, text, expected) => {
    expect(await errorFor({ name: "file", text })).toMatch(expected);
  });

  test("shows the line where JSON breaks", async () => {
    await errorFor({ name: "chat.json", text: injected.slice(0, 700) });

    expect(await page.locator(".failure figcaption").innerText()).toBe("chat.json, line 29, column 29");
    expect(await page.locator(".failure .row").last().getAttribute("data-line")).toBe("29");
  });

  test("names the file that is to blame", async () => {
    expect(await errorFor({ name: "run.json", text: chat }, { name: "other.json", text: "{" })).toMatch(/^This could not be read other\.json: .*json_truncated/);
  });

  test("for a file larger than 64 MB, before it is read", async () => {
    await page.reload();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(64 * 1024 * 1024 + 1)], "huge.json"));
      document.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
    });

    expect(await answered(page)).toBe("This could not be read");
    expect(await page.getByRole("alert").innerText()).toMatch(/huge\.json: The file is larger than the limit of 64 MB[^]*limit_bytes/);
  });

  test("for a gzip file that grows beyond 64 MB", async () => {
    expect(await errorFor({ name: "bomb.gz", text: gzipSync(Buffer.alloc(80 * 1024 * 1024)) })).toMatch(/limit_bytes/);
  });

  test("for two workflows, and for more files than one run has", async () => {
    expect(await errorFor({ name: "a.json", text: workflow }, { name: "b.json", text: workflow })).toMatch(/b\.json: This is a second workflow/);
    expect(await errorFor(...Array.from({ length: 9 }, (_, index) => ({ name: `${index}.json`, text: chat })))).toMatch(/These are 9 files/);
  });

  test("for a configuration with a key twice, with its place", async () => {
    expect(await errorFor({ name: "run.json", text: chat }, { name: "agent.yaml", text: "limits:\n  a: 1\nlimits: 2\n" })).toMatch(/agent\.yaml: .*(duplicate_key|yaml)/);
  });
});

describe("what can be read is read", () => {
  test("a gzip file, a byte order mark, Windows line ends", async () => {
    for (const text of [gzipSync(chat), `\ufeff${chat}`, chat.replaceAll("\n", "\r\n")]) {
      await page.reload();
      await pick(page, { name: "run.json", text });

      expect(await answered(page)).toBe("1 finding");
      expect(await page.locator("figcaption").first().innerText()).toMatch(/^run\.json, line 10, /);
    }
  });

  test("one line of JSON without end: the stretch around the place is shown", async () => {
    await page.reload();
    const padded = JSON.stringify({ note: "x".repeat(1_000_000), ...(JSON.parse(injected) as object) });
    await pick(page, { name: "one-line.json", text: padded });

    expect(await answered(page)).toBe("2 findings");
    expect(await page.locator(".finding").first().locator("mark").allTextContents().then((all) => all.join(""))).toContain("ignore your previous instructions");
    expect((await page.locator("#results").innerText()).length).toBeLessThan(20_000);
  });

  test("after an error the next file is read", async () => {
    await errorFor({ name: "bad.json", text: "{" });
    await pick(page, { name: "run.json", text: chat });

    await page.locator("article.finding").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });
});

describe("hostile text stays text", () => {
  const markup = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  const call = (id: string): object[] => [
    { role: "assistant", content: null, tool_calls: [{ id, type: "function", function: { name: markup, arguments: '{"q":"</pre><b>\u202egnp.exe\u0007"}' } }] },
    { role: "tool", tool_call_id: id, content: '{"error":"javascript:alert(1)"}' },
  ];
  const hostile = JSON.stringify({ messages: [{ role: "user", content: markup }, ...["1", "2", "3", "4", "5"].flatMap(call)] }, null, 1);

  test("markup in names, texts and file names is shown and never becomes an element", async () => {
    await page.reload();
    await hand(page, "drop", "h1", [
      { name: `${markup}.json`, text: hostile },
      { name: `${markup}.yaml`, text: `name: "${markup.replaceAll('"', "'")}"\n` },
    ]);

    expect(await answered(page)).toBe("2 findings");
    const results = page.locator("#results");
    expect(await results.innerText()).toContain("<img src=x onerror=");
    expect(await results.locator("img, script, b, iframe, a[href^=javascript]").count()).toBe(0);
    expect(await page.title()).toBe("agentmend: why did this agent run fail?");
  });

  test("characters that act instead of being seen are written out", async () => {
    expect(await page.locator("#results").textContent()).not.toMatch(/[\u202e\u0007]/);
    expect(await page.locator("#results").textContent()).toContain("⟨U+202E⟩");
  });

  test("in an error, too", async () => {
    await page.reload();
    await hand(page, "drop", "h1", [{ name: `${markup}.json`, text: `{"${markup.replaceAll('"', "'")}": 1}` }]);

    expect(await answered(page)).toBe("This could not be read");
    expect(await page.getByRole("alert").innerText()).toContain("<img src=x");
    expect(await page.locator("#results img, #results script").count()).toBe(0);
  });
});
