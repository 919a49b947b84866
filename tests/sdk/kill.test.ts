// A process is killed where it hurts; what people asked for and decided is neither lost nor done twice.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { startEndpoint, type Endpoint } from "../approval/endpoint.js";

const script = new URL("held-payment.mjs", import.meta.url).pathname;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

interface Running {
  process: ChildProcess;
  /** The lines so far; resolves when one starts with `start`. */
  said(start: string): Promise<string>;
  kill(): Promise<void>;
}

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const waiting: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    waiting.splice(0).forEach((wake) => wake());
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  cleanUp.push(kill);
  return {
    process: child,
    kill,
    async said(begin) {
      for (;;) {
        const line = text.split("\n").find((candidate) => candidate.startsWith(begin));
        if (line !== undefined) return line;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function folder(): { outbox: string; ledger: string; db: string } {
  const path = mkdtempSync(join(tmpdir(), "agentmend-kill-"));
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return { outbox: join(path, "outbox"), ledger: join(path, "ledger"), db: join(path, "approval.db") };
}

type Card = { id: string; status: string; binding_hash: string };
const cards = async (at: Endpoint): Promise<Card[]> => (await at.call("GET", "/escalations", at.person)).body["items"] as Card[];
const paid = (ledger: string): string => (existsSync(ledger) ? readFileSync(ledger, "utf8") : "");

async function approve(at: Endpoint): Promise<void> {
  const [card] = (await cards(at)).filter(({ status }) => status === "pending");
  expect((await at.call("POST", `/escalations/${card?.id}/decision`, at.person, { decision: "approved", binding_hash: card?.binding_hash })).status).toBe(200);
}

/** Starts an endpoint whose keys are known before it listens: agents are told a key that outlives restarts. */
async function endpoint(options: Parameters<typeof startEndpoint>[0]): Promise<Endpoint> {
  const at = await startEndpoint({ ...options, now: Date.now });
  cleanUp.push(() => at.serving.stop());
  return at;
}

test("an escalation whose process and endpoint are killed before it is sent arrives once, and the call runs once", async () => {
  const { outbox, ledger, db } = folder();
  const port = await freePort();
  // The keys of the installation, made while it was up.
  const first = await startEndpoint({ port, db, now: Date.now });
  const { agent, person } = first;
  await first.serving.stop();

  const asking = start("ask", first.url, agent, outbox, ledger);
  expect(await asking.said("escalate")).toBe("escalate queued");
  await asking.kill();
  expect(readdirSync(outbox).filter((name) => name.endsWith(".json"))).toHaveLength(1);

  const at = { ...(await endpoint({ port, db })), agent, person };
  const paying = start("pay", at.url, agent, outbox, ledger);
  await paying.said("escalate");
  while ((await cards(at)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await approve(at);
  await paying.said("over");
  await paying.kill();

  expect(paid(ledger)).toBe("paid\n");
  expect(await cards(at)).toHaveLength(1);
  expect(readdirSync(outbox)).toEqual([]);
});

test.each([
  ["pay", "with an outbox in a folder", "paid\n"],
  ["pay", "with none", "paid\n"],
  // Used but not called: the grant is burnt, and the next process asks anew. At most once.
  ["use", "with an outbox in a folder", ""],
] as const)("an approval is used at most once (%s, %s) when the process is killed before and after using it", async (what, where, expected) => {
  const { outbox, ledger, db } = folder();
  const kept = where === "with none" ? "-" : outbox;
  const at = await endpoint({ db });

  const first = start("ask", at.url, at.agent, kept, ledger);
  await first.said("escalate");
  while ((await cards(at)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await approve(at);
  await first.kill(); // approved, not used

  const second = start(what, at.url, at.agent, kept, ledger);
  expect(await second.said("granted")).toBe("granted true null");
  await second.said("over");
  await second.kill(); // used

  expect(paid(ledger)).toBe(expected);
  expect((await cards(at)).map(({ status }) => status)).toEqual(["approved"]);

  const third = start("ask", at.url, at.agent, kept, ledger);
  expect(await third.said("escalate")).toMatch(/^escalate /);
  while ((await cards(at)).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await third.kill();

  expect((await cards(at)).map(({ status }) => status).sort()).toEqual(["approved", "pending"]);
  expect(paid(ledger)).toBe(expected);
});
