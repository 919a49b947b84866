// A user's worker. The mender is made once, when the worker starts.
import { AgentmendError, createMender } from "agentmend/worker";
import wasm from "agentmend/agentmend.wasm";

const mender = await createMender({ wasm });

async function failureOf(source) {
  try {
    await createMender({ wasm: source });
    return { code: null };
  } catch (error) {
    return { code: error instanceof AgentmendError ? error.code : "foreign error", at: error.at, message: error.message };
  }
}

// A worker that sleeps between two events keeps a run as bytes.
async function step(request) {
  const { snapshot, event } = await request.json();
  const run = snapshot === null ? mender.session({ runId: "run-1" }) : mender.restore(Uint8Array.from(snapshot), { runId: "run-1" });
  const { decision } = run.event(event);
  const bytes = [...run.snapshot()];
  run.dispose();
  return { decision, restoreError: run.restoreError, snapshot: bytes };
}

const routes = {
  "/step": step,
  "/backend": () => ({ backend: mender.backend, mode: mender.mode }),
  "/detect": async (request) => mender.detect(await request.json()),
  "/heal": async (request) => mender.heal(await request.json()),
  "/bytes": async (request) => failureOf(await request.arrayBuffer()),
};

export default {
  async fetch(request, env, context) {
    const route = routes[new URL(request.url).pathname];
    return route === undefined ? new Response(null, { status: 404 }) : Response.json(await route(request, env, context));
  },
};
