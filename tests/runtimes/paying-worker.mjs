// A user's worker whose agent pays: a held call, a person elsewhere, the answer in a later request.
import { createMender } from "agentmend/worker";
import wasm from "agentmend/agentmend.wasm";

const invoice = "There may be an invoice from the printer next week.";
const payment = { tool: "wire_transfer", args: { to: "DE89", amount: 12_000 } };

/** Keeps what waits for a person in Workers KV, so that a later request finds it. */
function kvOutbox(kv) {
  return {
    durable: true,
    put: (item) => kv.put(item.key, JSON.stringify(item)),
    async due(nowMs) {
      const { keys } = await kv.list();
      const items = await Promise.all(keys.map(({ name }) => kv.get(name, "json")));
      return items.filter((item) => item.next_at_ms <= nowMs);
    },
    done: (key) => kv.delete(key),
    fail: (key) => kv.delete(key),
  };
}

const menderOf = ({ ENDPOINT, TOKEN, OUTBOX }) => createMender({ wasm, approval: { endpoint: ENDPOINT, token: TOKEN, outbox: kvOutbox(OUTBOX) } });

/** The agent's turn: it was told of an invoice, and wants to pay. */
function wantsToPay(mender, runId) {
  const run = mender.session({ runId });
  run.message({ role: "user", text: invoice });
  return { run, action: run.beforeTool(payment) };
}

const routes = {
  "/heal-now": async (mender, body) => mender.healNow(body),

  "/loop": async (mender) => {
    const run = mender.session({ runId: "loop" });
    const actions = [];
    for (let call = 0; call < 5; call += 1) {
      const action = run.beforeTool({ tool: "get_order", args: { id: "A-1" }, callId: `c${call}` });
      if (action.decision === "allow") run.afterTool({ tool: "get_order", callId: `c${call}`, output: "not found" });
      actions.push(action.decision);
    }
    return { actions };
  },

  "/pay": async (mender, { runId }) => {
    const { run, action } = wantsToPay(mender, runId);
    const sent = await mender.flush(500);
    return { decision: action.decision, sent, again: run.beforeTool(payment) };
  },

  "/flush": async (mender) => ({ sent: await mender.flush() }),

  "/after": async (mender, { runId, id }) => {
    const decision = await mender.waitForDecision(id, { timeoutMs: 5_000 });
    const run = mender.session({ runId });
    const resumed = await mender.resume(decision);
    run.message({ role: "user", text: invoice });
    return { resumed, first: run.beforeTool(payment).decision, second: run.beforeTool(payment).decision };
  },
};

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const mender = await menderOf(env);
    try {
      return Response.json(await routes[pathname](mender, await request.json()));
    } catch (error) {
      return new Response(`${error.code}: ${error.stack}`, { status: 500 });
    } finally {
      mender.dispose();
    }
  },
};
