// The worker: everything that takes time happens here, so that the page never freezes.
import { core as packed } from "agentmend:core";

import { AgentmendError } from "../../sdk/src/errors.js";
import { instantiate } from "../../wasm/c-abi.js";
import type { Core } from "../../wasm/core.js";
import { failureOf, look, takeBack, type Looked } from "./inspect.js";
import type { Answer, Ask } from "./protocol.js";

const host = self as unknown as { postMessage(answer: Answer): void; onmessage: ((event: MessageEvent<Ask>) => void) | null };

let loading: Promise<Core> | undefined;
let looked: Looked | undefined;

async function load(): Promise<Core> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const unpacked = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  return instantiate(await WebAssembly.compile(unpacked));
}

async function answer(question: Ask): Promise<Answer> {
  const core = await (loading ??= load());
  if (question.type === "look") {
    looked = undefined;
    looked = await look(core, question.given, (step) => host.postMessage({ type: "step", step }));
    return { type: "found", found: looked.found };
  }
  if (looked === undefined) throw new AgentmendError("illegal_transition", "", "There is nothing to take back.");
  return { type: "rolled_back", rolledBack: takeBack(core, looked, question.item) };
}

async function respond(question: Ask): Promise<void> {
  try {
    host.postMessage(await answer(question));
  } catch (error) {
    const known = error instanceof AgentmendError ? error : new AgentmendError("internal", "", `Something went wrong: ${error instanceof Error ? error.message : String(error)}`);
    host.postMessage({ type: "failed", failure: failureOf(known) });
  }
}

host.onmessage = ({ data }) => void respond(data);
