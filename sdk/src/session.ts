/// <reference lib="esnext.disposable" preserve="true" />
// A run while it happens: events in, decisions out, synchronously.
import type { Core, CoreSession } from "../../wasm/core.js";
import { AgentmendError, readAnswer } from "./errors.js";
import type { CallDesk } from "./escalation/desk.js";
import { actionOf, carryOn, type InterventionAction } from "./intervention.js";
import type { FailMode } from "./mode.js";
import { consult, type HostVerdict, type OnDetection } from "./on-detection.js";
import { boundedText, events, eventText, longestText, readEvent, type Handoff, type Message, type ModelAnswer, type Retrieval, type RunEnd, type RunEvent, type State, type ToolCall, type ToolResult } from "./run-event.js";
import { plainCopy } from "./json-value.js";
import { writeSnapshot, type Snapshot, type SnapshotError } from "./snapshot.js";
import type { Detection, Intervention, Report } from "./wire.js";

/** A decision that was more than "carry on", in the order in which they were taken. */
export interface Decided {
  /** The number of the event in the run, from 0. */
  readonly event: number;
  readonly type: string;
  readonly tool: string | null;
  readonly callId: string | null;
  readonly action: InterventionAction;
  /** What a host's callback changed or tried to. */
  readonly host: readonly { readonly detection: string; readonly verdict: HostVerdict }[];
}

export type SessionReport = Report & { readonly decisions: readonly Decided[] };

export interface RunSession {
  readonly runId: string;
  readonly agent: string | null;
  /** False once `end` or `dispose` was called. */
  readonly open: boolean;
  /** Feeds any event. All methods below are sugar for it. */
  event(event: RunEvent): InterventionAction;
  /** Asks whether a call may run. Do what `decision` says. */
  beforeTool(call: ToolCall): InterventionAction;
  afterTool(result: ToolResult): InterventionAction;
  afterModel(answer: ModelAnswer): InterventionAction;
  handoff(handoff: Handoff): InterventionAction;
  message(message: Message): InterventionAction;
  retrieval(retrieval: Retrieval): InterventionAction;
  state(state: State): InterventionAction;
  /** The run is over: what `report` says stays readable, the memory of the run is released. */
  end(end?: RunEnd): InterventionAction;
  /** Another agent of the same run; its events carry its name. */
  child(options: { agent: string }): RunSession;
  report(): SessionReport;
  /** The run so far, for `mender.restore`: a process may end, a worker may sleep. Unused grants are not in it. */
  snapshot(): Uint8Array;
  /** Why the snapshot that this run was to go on from was refused; the run then started afresh. */
  readonly restoreError: SnapshotError | null;
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What a session is made of; `mender.session` fills it. */
export interface SessionParts {
  readonly core: Core;
  readonly coreOptions: object;
  readonly runId: string;
  readonly agent: string | null;
  readonly failMode: FailMode;
  /** Tools whose calls never run when the guard fails. */
  readonly isDestructive: (tool: string) => boolean;
  readonly deadlineMs: number;
  readonly onDetection: OnDetection | undefined;
  readonly desk: CallDesk | null;
  readonly clock: () => number;
  readonly snapshotKey: Uint8Array | undefined;
  /** What the run goes on from, or why it cannot. */
  readonly from?: Snapshot | SnapshotError | undefined;
  /** Called once, when the run ends (`ended`) or is disposed. */
  readonly onClose: (ended: boolean) => void;
}

const mostDecisions = 1000;
const failedText = "The guard of this run failed, so the call was not made. Do not repeat it; answer with what you have.";

const inexactText = "This call needs a person, and its arguments cannot be shown to one as they are, so it was not made. Call it with short, plain arguments.";

/** Opens a session. */
export function openSession(parts: SessionParts): RunSession {
  return faceOf(new Run(parts), parts.agent);
}

/** Hands a person's decision (a grant or a refusal) to a run. A grant lets the next call that equals its binding through, once. */
export function tellDecision(session: RunSession, event: Record<string, unknown>): void {
  runs.get(session)?.tell(event);
}

// Which run stands behind a face; not a member, so that a host cannot reach grants through a session.
const runs = new WeakMap<RunSession, Run>();

class Run {
  readonly parts: SessionParts;
  private readonly core: CoreSession;
  private readonly decisions: Decided[] = [];
  private dropped = 0;
  private count = 0;
  private last: SessionReport | null = null;
  open = true;

  restoreError: SnapshotError | null = null;

  constructor(parts: SessionParts) {
    this.parts = parts;
    const { from } = parts;
    if (from === undefined || "code" in from) {
      this.core = parts.core.session(JSON.stringify(parts.coreOptions));
      this.restoreError = from ?? null;
      return;
    }
    this.core = parts.core.session(JSON.stringify({ ...parts.coreOptions, trusted_snapshot: from.sealed }), from.core);
    const { error } = JSON.parse(this.core.result(0)) as { error?: SnapshotError };
    if (error !== undefined) {
      this.restoreError = error;
      return;
    }
    this.count = from.count;
    this.dropped = from.dropped;
    this.decisions.push(...from.decisions.slice(-mostDecisions));
  }

  snapshot(): Uint8Array {
    if (!this.open) throw new AgentmendError("disposed", "", "This run has ended or was disposed. Take a snapshot before.");
    const { runId, snapshotKey } = this.parts;
    return writeSnapshot({ runId, count: this.count, dropped: this.dropped, decisions: this.decisions, core: this.core.snapshot() }, snapshotKey);
  }

  feed(event: RunEvent): InterventionAction {
    if (!this.open) throw new AgentmendError("disposed", "", "This run has ended or was disposed. Open a new session.");
    const number = this.count;
    this.count += 1;
    const began = performance.now();
    let said: number;
    let wire: Intervention | null = null;
    try {
      said = this.core.event(eventText(event));
      if (said === 2) said = this.core.event(boundedText(event)); // nested too deeply, for one
      if (said === 0) return carryOn;
      if (said === 1) wire = JSON.parse(this.core.result(0)) as Intervention;
    } catch {
      wire = null;
    }
    const late = performance.now() - began > this.parts.deadlineMs;
    if (wire === null) return this.keep(number, event, this.failed(event), []);
    return this.decide(number, event, late ? { ...actionOf(wire), degraded: true } : actionOf(wire));
  }

  tell(event: Record<string, unknown>): void {
    if (this.core.event(JSON.stringify({ ts: this.parts.clock(), ...event })) === 2) readAnswer(this.core.result(0));
  }

  private decide(number: number, event: RunEvent, proposed: InterventionAction): InterventionAction {
    const { onDetection, desk } = this.parts;
    let action = proposed;
    let verdicts: [string, HostVerdict][] = [];
    if (onDetection !== undefined && proposed.findings.length > 0) {
      const found = this.report().detections.filter(({ id }) => proposed.findings.includes(id));
      ({ action, verdicts } = consult(onDetection, found as Detection[], { proposed, runId: this.parts.runId }));
      // The core must know, or the call would count as one that a host ran against its word. What it does not let be overruled stays.
      if (proposed.decision !== "allow" && action.decision === "allow" && this.core.event('{"type":"override"}') !== 0) action = proposed;
    }
    if (action.decision === "escalate" && !isExact(event)) action = { ...action, decision: "block", message: inexactText, retryable: false };
    else if (desk !== null) action = desk.settle(action, () => this.core.result(2));
    return this.keep(number, event, action, verdicts);
  }

  // The guard itself failed (healing.md 6.3, row 4): the event could not be read, or the core is broken.
  private failed(event: RunEvent): InterventionAction {
    const tool = typeof event["name"] === "string" ? event["name"] : "";
    const closed = event.type === "tool.start" && (this.parts.failMode === "closed" || this.parts.isDestructive(tool));
    return { ...carryOn, decision: closed ? "block" : "allow", message: closed ? failedText : null, userNote: "agentmend could not read this event.", degraded: true };
  }

  private keep(number: number, event: RunEvent, action: InterventionAction, verdicts: readonly [string, HostVerdict][]): InterventionAction {
    const text = (key: string): string | null => (typeof event[key] === "string" ? (event[key] as string) : null);
    if (this.decisions.length === mostDecisions) {
      this.decisions.shift();
      this.dropped += 1;
    }
    this.decisions.push({ event: number, type: event.type, tool: text("name"), callId: text("call_id"), action, host: verdicts.map(([detection, verdict]) => ({ detection, verdict })) });
    return action;
  }

  report(): SessionReport {
    if (this.last !== null) return this.last;
    const report = JSON.parse(this.core.result(1)) as Report;
    const losses = this.dropped === 0 ? report.losses : [...report.losses, { code: "decisions_dropped", count: this.dropped }];
    return { ...report, losses, decisions: [...this.decisions] };
  }

  close(ended = false): void {
    if (!this.open) return;
    this.last = this.report();
    this.open = false;
    this.core.dispose();
    this.parts.onClose(ended);
  }
}

// A person approves exactly what is shown. Arguments that JSON holds only in part (an object of a class, a cycle, a text that was cut) are
// not what the tool would get, so nobody is asked about them.
function isExact(event: RunEvent): boolean {
  if (event.type !== "tool.start" || event["input"] === undefined) return true;
  try {
    return JSON.stringify(plainCopy(event["input"])).length <= longestText;
  } catch {
    return false;
  }
}

// The run as one agent sees it.
function faceOf(run: Run, agent: string | null): RunSession {
  const { clock } = run.parts;
  // Takes an event of our own making: a copy for each would cost as much as writing it.
  const feed = (event: Record<string, unknown> & RunEvent): InterventionAction => {
    if (event["agent_id"] === undefined && agent !== null) event["agent_id"] = agent;
    if (event["ts"] === undefined) event["ts"] = clock();
    return run.feed(event);
  };
  const face: RunSession = {
    runId: run.parts.runId,
    agent,
    get open() {
      return run.open;
    },
    event: (event) => feed({ ...readEvent(event) }),
    beforeTool: (call) => feed(events.toolStart(call)),
    afterTool: (result) => feed(events.toolEnd(result)),
    afterModel: (answer) => feed(events.modelEnd(answer)),
    handoff: (handoff) => feed(events.handoff(handoff)),
    message: (message) => feed(events.message(message)),
    retrieval: (retrieval) => feed(events.retrieval(retrieval)),
    state: (state) => feed(events.state(state)),
    end(end = {}) {
      // A child's end is not the end of the run.
      if (run.parts.agent !== agent) return feed({ type: "agent.end", status: end.status ?? "ok", output: end.output });
      const action = feed(events.runEnd(end));
      run.close(true);
      return action;
    },
    child({ agent: name }) {
      if (typeof name !== "string" || name === "" || name === run.parts.agent) throw new AgentmendError("invalid_input", "/agent", "Give the child a name of its own.");
      feed({ type: "agent.start", agent_id: name, parent: agent ?? undefined });
      return faceOf(run, name);
    },
    report: () => run.report(),
    snapshot: () => run.snapshot(),
    restoreError: run.restoreError,
    dispose: () => run.close(),
    [Symbol.dispose]: () => run.close(),
  };
  runs.set(face, run);
  return face;
}
