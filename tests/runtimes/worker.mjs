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

const routes = {
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
