import { folderOutbox } from "../../node/outbox-folder.js";
import { loadCore } from "../../node/backend.js";
import type { Core } from "../../wasm/core.js";
import { readWord } from "./mode.js";
import { makeMender, type Mender } from "./mender.js";
import type { MenderOptions } from "./options.js";

const backends = ["native", "wasm", "auto"] as const;
const wasmFile = new URL("./agentmend.wasm", import.meta.url);
// A core holds no state: all menders of one binding share it.
const loaded = new Map<string, Core>();

function coreOf(backend: (typeof backends)[number]): Core {
  const known = loaded.get(backend);
  if (known !== undefined) return known;
  const { core } = loadCore(backend, wasmFile);
  loaded.set(backend, core);
  return core;
}

/**
 * Loads the core and makes a mender. Throws AgentmendError for options that cannot be meant.
 *
 * @example
 * const mender = await createMender();
 * const step = [
 *   { agent_id: "a", content: 'tool.call: search({"q":"x"})' },
 *   { agent_id: "a", content: "tool.result: nothing found" },
 * ];
 * mender.detectOne("loop", { states: [...step, ...step, ...step] }).detected; // true
 */
export async function createMender(options: MenderOptions = {}): Promise<Mender> {
  const asked = readWord(options.backend, backends, "/backend") ?? readWord(process.env["AGENTMEND_BACKEND"], backends, "/env/AGENTMEND_BACKEND") ?? "auto";
  return makeMender(coreOf(asked), options, { env: process.env, folderOutbox });
}

export { AgentmendError } from "./errors.js";
export type { WaitOptions, Resumed } from "./escalation/desk.js";
export type { EscalationOptions } from "./escalation/options.js";
export { memoryOutbox, type OutboxItem, type OutboxStore } from "./escalation/outbox.js";
export type { HealResult } from "./heal-result.js";
export type { InterventionAction } from "./intervention.js";
export type { DetectOneOptions, DetectOptions, HealAnswer, HealNowRequest, HealRequest, Mender, SuggestOptions } from "./mender.js";
export type { FailMode, Mode } from "./mode.js";
export type { DetectionContext, HostAction, HostVerdict, OnDetection } from "./on-detection.js";
export type { MenderOptions, SessionOptions, Validate } from "./options.js";
export { locate, type Location } from "./pointer-location.js";
export type { Handoff, Message, ModelAnswer, Retrieval, RunEnd, RunEvent, State, ToolCall, ToolResult, Usage } from "./run-event.js";
export type { Runs } from "./runs.js";
export type { Decided, RunSession, SessionReport } from "./session.js";
export type * from "./wire.js";
