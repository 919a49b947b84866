// A scripted agent: repeats itself, is told so, goes on; then wants to pay without having been asked to. Says what happens to it, one
// JSON document a line. Its one tool that matters writes a line into a ledger.
// Usage: node agent.mjs ENDPOINT FOLDER BACKEND [stop-when-granted]
import { appendFileSync } from "node:fs";
import { join } from "node:path";

import { createMender } from "../../dist/index.js";

const [endpoint, folder, backend, pause] = process.argv.slice(2);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const mender = await createMender({
  backend,
  approval: { endpoint, token: process.env.AGENTMEND_APPROVAL_TOKEN, decisionKey: process.env.AGENTMEND_DECISION_KEY, outbox: join(folder, "outbox") },
  onError: (error) => say({ error: error.message }),
});
const run = mender.session({ runId: `story-${backend}`, agent: "billing-bot", task: "Answer questions about invoices." });
run.message({ role: "user", text: "What is the status of invoice INV-9?" });

for (let step = 0; step < 8; step += 1) {
  const { decision, fixType } = run.beforeTool({ tool: "search_orders", args: { q: "INV-9" }, callId: `s${step}` });
  if (decision !== "allow") {
    say({ looped: step, decision, fix: fixType });
    break;
  }
  run.afterTool({ tool: "search_orders", callId: `s${step}`, output: "nothing found" });
}

const call = { tool: "send_payment", args: { invoice: "INV-9", amount_cents: 125000 } };
let action = run.beforeTool({ ...call, callId: "p1" });
say({ held: action.decision, detector: action.detector });
if (action.decision === "escalate") {
  await mender.flush(60_000);
  say({ sent: true });
  const decision = await mender.waitForDecision(action.approval.id);
  say({ decided: decision?.decision ?? null });
  const { granted, reason } = await mender.resume(decision);
  say({ granted, reason });
  if (granted && pause === "stop-when-granted") await new Promise((resolve) => setTimeout(resolve, 600_000));
  action = run.beforeTool({ ...call, callId: "p2" });
}
if (action.decision === "allow") {
  appendFileSync(join(folder, "ledger"), "paid 125000 for INV-9\n");
  run.afterTool({ tool: call.tool, callId: "p2", output: "ok" });
}
// An approval is for one call: the same again is another question.
say({ again: run.beforeTool({ ...call, callId: "p3" }).decision });
mender.dispose();
