// What every entry point exports beside its own createMender.
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
export type { Handoff, Message, ModelAnswer, Retrieval, RunEnd, RunEvent, State, ToolCall, ToolResult, Usage } from "./run-event.js";
export { readTrace } from "./read-trace.js";
export type { Runs } from "./runs.js";
export type { Decided, RunSession, SessionReport } from "./session.js";
export type { SnapshotError } from "./snapshot.js";
export type * from "./wire.js";
