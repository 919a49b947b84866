// A scripted agent in a process of its own: `node agent.mjs SETTINGS`, which is JSON. It looks for an invoice, finds nothing and looks
// again, until its run tells it to do something else; then it reads the mail and pays. What its model does depends only on what it has
// seen; run, guard, outbox and endpoint are the real ones. Says each step as a line of JSON; every call of a tool is a line in the ledger.
import { appendFileSync } from "node:fs";

import { createMender } from "agentmend";
import { guardTool } from "agentmend/guard";

/** `hang`: where to stop for ever, to be killed there. `lose`: the answer to the first escalation gets lost on its way. */
const { endpoint, token, decisionKey, outbox, ledger, runId, hang = null, lose = false } = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const hangHere = (place) => {
  if (hang !== place) return undefined;
  say({ hangs: place });
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
};

// The host's own fetch: the one place that sees a decision being used.
let lost = !lose;
const watchedFetch = async (url, init) => {
  const uses = String(url).endsWith("/consume");
  const asks = String(url).endsWith("/escalations");
  if (uses) await hangHere("before using the decision");
  const response = await fetch(url, init);
  if (uses) await hangHere("after using the decision");
  if (asks && !lost) {
    lost = true;
    say({ lost: await response.json() });
    throw new TypeError("socket hang up");
  }
  return response;
};

const mender = await createMender({ approval: { endpoint, token, decisionKey, fetch: watchedFetch, ...(outbox === null ? {} : { outbox }) }, onError: (error) => say({ error: error.message }) });
const run = mender.session({ runId, agent: "billing", task: "Settle the printer's invoice." });
say({ backend: mender.backend });

const ran = (tool) => appendFileSync(ledger, `${tool}\n`, { flush: true });
const onAction = ({ decision, endRun, detector, message, approval }) => {
  say({ decision, endRun, detector, message, approval });
  if (decision === "escalate") void mender.flush(60_000).then((sent) => say({ sent }));
};
const guarded = (name, work, more = {}) => guardTool(work, { run, name, onAction, ...more });
const tools = {
  search_invoices: guarded("search_invoices", () => (ran("search_invoices"), "no results")),
  read_mail: guarded("read_mail", () => (ran("read_mail"), "Invoice 77 of the printer: 120.00 EUR, account DE89.")),
  wire_transfer: guarded(
    "wire_transfer",
    async ({ amount }) => {
      ran("wire_transfer");
      await hangHere("after paying");
      return `paid ${amount}`;
    },
    { mender, waitMs: 90_000, destructive: true },
  ),
};

/** The model: the same search again and again, unless the last answer of a tool told it not to. */
function nextStep(seen) {
  const was = (tool) => seen.find((step) => step.tool === tool && !step.denied);
  const told = seen.some(({ tool, denied }) => tool === "search_invoices" && denied);
  if (!told) return { tool: "search_invoices", args: { vendor: "printer" } };
  if (!was("read_mail")) return { tool: "read_mail", args: { folder: "inbox" } };
  const paying = seen.at(-1).tool === "wire_transfer";
  if (!paying) return { tool: "wire_transfer", args: { to: "DE89", amount: 12_000 } };
  return { answer: was("wire_transfer") ? "The invoice is paid." : "The payment was not made." };
}

run.message({ role: "user", text: "There may be an invoice from the printer next week." });
const seen = [];
for (let turn = 0; turn < 40; turn += 1) {
  const { tool, args, answer } = nextStep(seen);
  run.afterModel({ text: answer ?? `I call ${tool}.` });
  if (answer !== undefined) {
    run.end({ output: answer });
    say({ answer, losses: run.report().losses });
    break;
  }
  const result = await tools[tool](args);
  const denied = result?.isError === true;
  seen.push({ tool, denied });
  say({ tool, denied, result: denied ? result.healing : result });
}
mender.dispose();
