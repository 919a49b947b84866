// The page, in a real Chromium and by hand-made requests.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import type { EscalationRequest } from "../../sdk/src/wire.js";
import { ask, escalation, startEndpoint, type Endpoint } from "./endpoint.js";

vi.setConfig({ testTimeout: 60_000 }); // a browser on a busy machine

let endpoint: Endpoint;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  endpoint = await startEndpoint({ leastAuth: {} });
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
}, 60_000);
afterAll(async () => {
  await browser.close();
  await endpoint.serving.stop();
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
});
afterEach(() => context.close());

let run = 0;
/** A fresh card; its address is that of its page. */
async function card(change: (request: EscalationRequest) => void = () => undefined, kind: "governance" | "fix" = "governance"): Promise<{ id: string; url: string; hash: string }> {
  run += 1;
  const request = escalation(kind, (made) => {
    made.binding.run_id = `page-${run}`;
    change(made);
  });
  const { body } = await ask(endpoint, request);
  return { id: body["id"], url: body["approval_url"], hash: request.binding_hash };
}

async function state(id: string): Promise<Record<string, any>> {
  return (await endpoint.call("GET", `/escalations/${id}`, endpoint.agent)).body;
}

async function signIn(key = endpoint.person): Promise<void> {
  await page.getByLabel("Your key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

// The page lets nobody approve what was not in view.
const look = (at: Page): Promise<void> => at.locator("#what pre").scrollIntoViewIfNeeded();

async function openSignedIn(url: string): Promise<void> {
  await page.goto(url);
  await signIn();
}

describe("a person", () => {
  test("signs in, sees exactly what would happen, types the tool's name and approves once", async () => {
    const { id, url, hash } = await card();
    await openSignedIn(url);

    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Payment sent without approval");
    expect(await page.locator("#what pre").textContent()).toBe('{\n  "invoice": "INV-9",\n  "amount_cents": 125000\n}');
    expect(await page.locator("main").textContent()).toContain(hash);
    await page.getByLabel("Note").fill("Checked with the product owner.");
    await look(page);
    await page.getByLabel("To approve, type send_payment").fill("send_payment");
    await page.getByRole("button", { name: "Approve this once" }).click();

    await page.getByRole("status").waitFor();
    expect(await page.getByRole("status").textContent()).toContain("Approved by dana@acme.example");
    expect(await state(id)).toMatchObject({ status: "approved", decision: { note: "Checked with the product owner.", decided_by: [{ principal: "user:dana@acme.example", auth: "session" }] } });
    expect(problems).toEqual([]);
  });

  test("cannot approve something critical in passing", async () => {
    const { id, url } = await card();
    await openSignedIn(url);

    await page.getByRole("button", { name: "Approve this once" }).click();

    expect(await page.getByRole("alert").textContent()).toContain("type send_payment");
    expect((await state(id))["status"]).toBe("pending");
  });

  test("pressing Enter in the form never approves", async () => {
    const { id, url } = await card();
    await openSignedIn(url);

    await look(page);
    await page.getByLabel("To approve, type send_payment").fill("send_payment");
    await page.getByLabel("To approve, type send_payment").press("Enter");

    await page.getByRole("status").waitFor();
    expect((await state(id))["status"]).toBe("rejected");
  });

  test("rejects, works without JavaScript, with the keyboard alone", async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const tab = await plain.newPage();
    const { id, url } = await card();
    await tab.goto(url);
    await tab.getByLabel("Your key").fill(endpoint.person);
    await tab.keyboard.press("Enter");
    await tab.getByRole("button", { name: "Reject" }).focus();

    await tab.keyboard.press("Enter");

    await tab.getByRole("status").waitFor();
    expect(await state(id)).toMatchObject({ status: "rejected", decision: { decision: "rejected" } });
    await plain.close();
  });

  test("is told who was first, in a second tab", async () => {
    const { id, url } = await card();
    await openSignedIn(url);
    const second = await context.newPage();
    await second.goto(url);
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByRole("status").waitFor();

    await look(second);
    await second.getByLabel("To approve, type send_payment").fill("send_payment");
    await second.getByRole("button", { name: "Approve this once" }).click();

    expect(await second.getByRole("alert").textContent()).toContain("Already decided. Rejected by dana@acme.example");
    expect((await state(id))["status"]).toBe("rejected");
  });

  test("clicking twice decides once", async () => {
    const { id, url } = await card();
    await openSignedIn(url);

    await page.getByRole("button", { name: "Reject" }).dblclick();

    await page.getByRole("status").waitFor();
    expect((await state(id))["rev"]).toBe(2);
  });

  test("sees a fix as before and after", async () => {
    const { url } = await card(undefined, "fix");
    await openSignedIn(url);

    expect(await page.getByRole("row").nth(1).textContent()).toMatch(/\/prompt\/system.*Help the user\..*Help the user\. You are the billing assistant\./s);
    expect(await page.locator("main").textContent()).toContain("DANGEROUS");
  });

  test("edits arguments when the client takes them", async () => {
    const { id, url } = await card((request) => (request.allow_edit = true));
    await openSignedIn(url);
    await page.getByText("Approve with other arguments").click();
    await page.getByLabel("Arguments (JSON)").fill('{"invoice":"INV-9","amount_cents":100}');
    await look(page);
    await page.getByLabel("To approve, type send_payment").fill("send_payment");

    await page.getByRole("button", { name: "Approve with these arguments" }).click();

    await page.getByRole("status").waitFor();
    expect(await state(id)).toMatchObject({ status: "edited", decision: { edited_args: { invoice: "INV-9", amount_cents: 100 } } });
  });

  test("finds what waits in the inbox, the worst first, and the trail", async () => {
    const { id } = await card((request) => (request.title = "Look at me"));
    await openSignedIn(`${endpoint.url}/inbox`);

    await page.getByRole("link", { name: "Look at me" }).click();
    expect(page.url()).toBe(`${endpoint.url}/a/${id}`);
    await page.getByRole("link", { name: "Audit" }).click();
    expect(await page.locator("tbody tr").first().textContent()).toContain("escalation.opened");
    await page.getByRole("link", { name: "Governance" }).click();
    expect(await page.locator("main").textContent()).toContain("Payment sent without approval");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`${endpoint.url}/inbox`);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Sign in");
  });

  test("signs in with a key that can decide; an agent's key is not one", async () => {
    const { id, url } = await card();
    await page.goto(url);
    expect(await page.locator("main").textContent()).toContain("Payment sent without approval");
    expect(await page.locator("main").textContent()).not.toContain("INV-9");

    await signIn(endpoint.agent);

    expect(await page.getByRole("alert").textContent()).toContain("not a person's");
    await signIn("amk_nonsense");
    expect(await page.getByRole("alert").textContent()).toContain("not known");
    expect((await state(id))["status"]).toBe("pending");
  });

  test("meets no barrier that axe knows", async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const { url } = await card((request) => (request.allow_edit = true));
    await page.goto(url);
    const barriers = async (): Promise<unknown[]> => {
      // The page's own policy forbids foreign scripts; the debugger's evaluation is not bound by it.
      await page.evaluate(axe);
      return page.evaluate(async () => (await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run()).violations.map(({ id, nodes }) => [id, nodes[0]?.html]));
    };
    expect(await barriers()).toEqual([]);
    await signIn();
    for (const path of ["", "/inbox", "/governance", "/audit"]) {
      if (path !== "") await page.goto(`${endpoint.url}${path}`);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await barriers()).toEqual([]);
      }
    }
  });
});

describe("foreign text", () => {
  test("stays text: no markup, no script, no turned direction", async () => {
    const attack = '<img src=x onerror="alert(1)"><script>alert(2)</script></pre>';
    const turned = "pay \u202e0001$\u202c\u2066x\u2069\u200b";
    const { url } = await card((request) => {
      request.title = `${attack.slice(0, 60)}`;
      request.binding.tool = `send${turned}`;
      request.binding.agent = `a"><b>${attack}`.slice(0, 190);
      request.binding.args = { [`key ${attack}`]: attack, turned };
      request.detection.summary = attack;
      request.requester.principal = `svc:"><script>alert(3)</script>`;
      if (request.handoff !== null) request.handoff.evidence = [{ kind: attack.slice(0, 50), pointer: "/a<b>", text: turned + attack }];
    });
    await openSignedIn(url);
    await page.goto(`${endpoint.url}/inbox`);
    await page.goto(`${endpoint.url}/audit`);
    await page.goto(url);

    expect(await page.locator("main img, main script, main b").count()).toBe(0);
    const shown = (await page.locator("main").textContent()) ?? "";
    expect(shown).toContain('<img src=x onerror="alert(1)">');
    expect(shown).toContain("\\u202E0001$\\u202C\\u2066x\\u2069\\u200B");
    expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
    expect(problems).toEqual([]);
  });

  test("is cut at 4 kB, with a way to all of it as plain text", async () => {
    const { id, url } = await card((request) => (request.binding.args = { text: "x".repeat(20_000), more: "<b>" }));
    await openSignedIn(url);

    expect(((await page.locator("#what pre").textContent()) ?? "").length).toBe(4096);
    const whole = await page.request.get(`${endpoint.url}/a/${id}/request`);
    expect(whole.headers()["content-type"]).toBe("text/plain; charset=utf-8");
    expect(whole.headers()["x-content-type-options"]).toBe("nosniff");
    expect(await whole.text()).toContain("x".repeat(20_000));
  });

  test("the page's own policy would stop a script that got in all the same", async () => {
    const { url } = await card();
    await openSignedIn(url);
    expect((await page.request.get(url)).headers()["content-security-policy"]).toBe("default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");

    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.gotIn = true";
      document.body.append(script);
    });

    expect(await page.evaluate(() => "gotIn" in globalThis)).toBe(false);
  });
});

describe("requests that are not a person's click", () => {
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  const type = { "Content-Type": "application/x-www-form-urlencoded" };

  /** A session's cookie and token, as a browser holds them. */
  async function session(): Promise<{ cookie: string; csrf: string }> {
    const signedIn = await fetch(`${endpoint.url}/session`, { method: "POST", headers: { ...type, Origin: endpoint.url }, body: form({ key: endpoint.person }), redirect: "manual" });
    const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const inbox = await (await fetch(`${endpoint.url}/inbox`, { headers: { Cookie: cookie } })).text();
    return { cookie, csrf: /name="csrf" value="([^"]+)"/.exec(inbox)?.[1] ?? "" };
  }

  test("three GETs as scanners make them, then one POST: decided once, by the POST", async () => {
    const { id, url, hash } = await card();
    const { cookie, csrf } = await session();
    const scanners: Record<string, string>[] = [{ "User-Agent": "Mozilla/5.0 (compatible; MSOffice URL scanner)" }, { "Sec-Purpose": "prefetch;prerender", Cookie: cookie }, { "User-Agent": "Slackbot-LinkExpanding 1.0" }];
    for (const headers of scanners) {
      expect((await fetch(url, { headers })).status).toBe(200);
      expect((await fetch(url, { method: "HEAD", headers })).status).toBe(200);
      expect((await fetch(`${url}/decision?decision=approved&binding_hash=${hash}&csrf=${csrf}`, { headers })).status).toBe(404);
    }
    expect(await state(id)).toMatchObject({ status: "pending", rev: 1 });

    const answer = await fetch(`${url}/decision`, { method: "POST", headers: { ...type, Origin: endpoint.url, Cookie: cookie }, body: form({ decision: "approved", binding_hash: hash, rev: "1", csrf, confirm: "send_payment" }), redirect: "manual" });

    expect(answer.status).toBe(303);
    expect(await state(id)).toMatchObject({ status: "approved", rev: 2 });
  });

  test.each<[string, (parts: { headers: Record<string, string>; fields: Record<string, string> }) => unknown, number]>([
    ["without a token", ({ fields }) => delete fields["csrf"], 403],
    ["with a token of another session", ({ fields }) => (fields["csrf"] = "A".repeat(43)), 403],
    ["from another origin", ({ headers }) => (headers["Origin"] = "https://evil.example"), 403],
    ["from another site", ({ headers }) => (headers["Sec-Fetch-Site"] = "cross-site"), 403],
    ["from a frame without an origin", ({ headers }) => (headers["Origin"] = "null"), 403],
    ["from another site that hides its origin", ({ headers }) => ((headers["Origin"] = "null"), (headers["Sec-Fetch-Site"] = "same-site")), 403],
    ["that say nothing of where they come from", ({ headers }) => delete headers["Origin"], 403],
    ["without a session", ({ headers }) => delete headers["Cookie"], 401],
    ["with a made-up session", ({ headers }) => (headers["Cookie"] = `am_session=${"A".repeat(43)}`), 401],
    ["with the agent's key", ({ headers }) => ((headers["Cookie"] = ""), (headers["Authorization"] = `Bearer ${endpoint.agent}`)), 401],
    ["with another binding", ({ fields }) => (fields["binding_hash"] = "0".repeat(64)), 409],
    ["of a revision that is over", ({ fields }) => (fields["rev"] = "9"), 412],
    ["without what was seen", ({ fields }) => delete fields["binding_hash"], 428],
    ["as JSON", ({ headers }) => (headers["Content-Type"] = "text/plain"), 415],
    ["without the typed name", ({ fields }) => delete fields["confirm"], 422],
    ["for another decision", ({ fields }) => (fields["decision"] = "delete"), 422],
  ])("POSTs %s decide nothing", async (_what, change, status) => {
    const { id, url, hash } = await card();
    const { cookie, csrf } = await session();
    const headers: Record<string, string> = { ...type, Origin: endpoint.url, Cookie: cookie };
    const fields: Record<string, string> = { decision: "approved", binding_hash: hash, rev: "1", csrf, confirm: "send_payment" };
    change({ headers, fields });

    const answer = await fetch(`${url}/decision`, { method: "POST", headers, body: form(fields), redirect: "manual" });

    expect(answer.status).toBe(status);
    expect(await state(id)).toMatchObject({ status: "pending", rev: 1 });
  });

  test("a sign-in from another site is refused, and leads nowhere else", async () => {
    const post = (headers: Record<string, string>, next: string) => fetch(`${endpoint.url}/session`, { method: "POST", headers: { ...type, ...headers }, body: form({ key: endpoint.person, next }), redirect: "manual" });

    expect((await post({ Origin: "https://evil.example" }, "/inbox")).status).toBe(403);
    for (const next of ["https://evil.example", "//evil.example", "/\\evil.example", "/a/../inbox"]) expect((await post({ Origin: endpoint.url }, next)).headers.get("location")).toBe("/inbox");
    const cookie = (await post({ Origin: endpoint.url }, "/inbox")).headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
  });

  test("behind https the cookie is bound to this host", async () => {
    const secure = await startEndpoint({ publicUrl: "https://approve.acme.example" });
    try {
      const answer = await fetch(`${secure.serving.listening}/session`, { method: "POST", headers: { ...type, Origin: "https://approve.acme.example" }, body: form({ key: secure.person }), redirect: "manual" });
      expect(answer.headers.get("set-cookie")).toMatch(/^__Host-am_session=.*Path=\/.*Secure/);
    } finally {
      await secure.serving.stop();
    }
  });

  test("a session ends after 8 idle hours, after a day, and with its key", async () => {
    const idle = await session();
    const shows = async (cookie: string): Promise<boolean> => (await (await fetch(`${endpoint.url}/inbox`, { headers: { Cookie: cookie } })).text()).includes("Sign out");
    expect(await shows(idle.cookie)).toBe(true);
    endpoint.clock.now += 8 * 3_600_000;
    expect(await shows(idle.cookie)).toBe(false);

    const worn = await session();
    for (let hours = 0; hours < 24; hours += 6) {
      expect(await shows(worn.cookie)).toBe(true);
      endpoint.clock.now += 6 * 3_600_000;
    }
    expect(await shows(worn.cookie)).toBe(false);
  });
});
