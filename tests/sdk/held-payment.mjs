// A process with an agent that wants to pay: `node held-payment.mjs ask|use|pay ENDPOINT TOKEN OUTBOX LEDGER`. It ends by being killed.
// `ask` holds the call and hangs. `use` waits for the decision, uses it and hangs. `pay` pays as well (a line in LEDGER).
import { appendFileSync } from "node:fs";

import { createMender } from "../../dist/index.js";

const [what, endpoint, token, outbox, ledger] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);
const mender = await createMender({ approval: { endpoint, token, ...(outbox === "-" ? {} : { outbox }) } });
const run = mender.session({ runId: "run-9", agent: "billing" });
run.message({ role: "user", text: "There may be an invoice from the printer next week." });
const call = { tool: "wire_transfer", args: { to: "DE89", amount: 12000 }, callId: "p" };
const held = run.beforeTool(call);
say(`${held.decision} ${held.approval?.delivery}`);
if (what !== "ask") {
  const decision = await mender.waitForDecision(held.approval.id, { timeoutMs: 20_000 });
  say(`decision ${decision?.decision ?? "none"}`);
  const { granted, reason } = decision === null ? { granted: false, reason: "none" } : await mender.resume(decision);
  say(`granted ${granted} ${reason}`);
  if (what === "pay" && granted && run.beforeTool(call).decision === "allow") appendFileSync(ledger, "paid\n");
  say("over");
}
setInterval(() => undefined, 1000);
