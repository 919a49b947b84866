// Guards any function: asks the run before each call, tells it the result after. Knows no host and imports none.
import type { InterventionAction } from "./intervention.js";
import type { Mender } from "./mender.js";
import type { FailMode } from "./mode.js";
import type { RunSession } from "./session.js";

export type { InterventionAction } from "./intervention.js";
export type { RunSession } from "./session.js";

/** What a call that was not made returns with `onDeny: "return"`: a tool result that says why. */
export interface Denied {
  readonly isError: true;
  readonly healing: {
    readonly decision: Exclude<InterventionAction["decision"], "allow">;
    /** For the model. */
    readonly message: string;
    readonly endRun: boolean;
    readonly approvalId: string | null;
    readonly approvalUrl: string | null;
  };
}

/** Thrown for a call that was not made, with `onDeny: "throw"`. */
export class HealingDenied extends Error {
  override readonly name = "HealingDenied";
  readonly decision: InterventionAction;

  constructor(decision: InterventionAction) {
    super(textOf(decision));
    this.decision = decision;
  }
}

export interface GuardOptions {
  /** The tool's name in the trace. Default: the function's. */
  readonly name?: string | undefined;
  /** The run of a call. Default: the run of `withRun` around it. A function is asked at each call. */
  readonly run?: RunSession | (() => RunSession | undefined) | undefined;
  /** `return` (default) gives the model a result that says why; `throw` throws HealingDenied. */
  readonly onDeny?: "return" | "throw" | undefined;
  /** Whether the call is made when the guard itself fails. Default `open`, `closed` when `destructive`. */
  readonly failMode?: FailMode | undefined;
  /** What it does cannot be undone. */
  readonly destructive?: boolean | undefined;
  /** How long a call waits for a person who has to decide, in milliseconds; needs `mender`. Default 0: it is denied, with the link. */
  readonly waitMs?: number | undefined;
  readonly mender?: Pick<Mender, "waitForDecision" | "resume"> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sees every decision that is more than "carry on". */
  readonly onAction?: ((action: InterventionAction) => void) | undefined;
}

interface Scope {
  run<Result>(store: RunSession, work: () => Result): Result;
  getStore(): RunSession | undefined;
}
let scope: Scope | null | undefined;

// AsyncLocalStorage where the platform has it (Node, Deno, Bun, workerd with nodejs_compat), without importing anything.
function scopeOfRuns(): Scope | null {
  if (scope !== undefined) return scope;
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as { AsyncLocalStorage?: new () => Scope } | undefined;
  scope = hooks?.AsyncLocalStorage === undefined ? null : new hooks.AsyncLocalStorage();
  return scope;
}

/**
 * Makes a run the one of all guarded calls inside `work`, also of those that happen later in its promises.
 *
 * @example
 * await withRun(mender.session({ runId: "run-1" }), () => agentLoop());
 */
export function withRun<Result>(run: RunSession, work: () => Result): Result {
  const runs = scopeOfRuns();
  if (runs === null) throw new TypeError("withRun needs AsyncLocalStorage, which this platform lacks. Pass `run` to guardTool.");
  return runs.run(run, work);
}

type Settled = { readonly action: InterventionAction } | "failed";

/**
 * Wraps a function: each call is first told to its run, and made only when the run allows it. Keeps `name`, `length`, `this`, and
 * synchronous functions synchronous (unless `waitMs` is given). A call with one argument is recorded as that argument, any other as
 * the list of its arguments.
 *
 * @example
 * const search = guardTool(searchOrders, { run: mender.session() });
 * await search({ query: "open" }); // the result, or { isError: true, healing: { message, … } }
 */
export function guardTool<Args extends unknown[], Result>(fn: (...args: Args) => Result, options: GuardOptions & { onDeny: "throw" }): (...args: Args) => Result;
export function guardTool<Args extends unknown[], Result>(fn: (...args: Args) => Result, options?: GuardOptions): (...args: Args) => Result | Denied;
export function guardTool<Args extends unknown[], Result>(fn: (...args: Args) => Result, options: GuardOptions = {}): (...args: Args) => Result | Denied {
  const name = options.name ?? (fn.name === "" ? "tool" : fn.name);
  let calls = 0;
  const guarded = function (this: unknown, ...args: Args): Result | Denied {
    const run = runOf(options);
    const call = { run, tool: name, callId: `${name}-${(calls += 1)}`, args: args.length === 1 ? args[0] : args };
    const go = (settled: Settled): Result | Denied => {
      if (settled === "failed" || (settled.action.degraded && settled.action.decision === "allow" && settled.action.detector === null)) {
        if (failModeOf(options) === "closed") return denied(failed, options);
        return fn.apply(this, args);
      }
      const { action } = settled;
      if (action.decision !== "allow") return denied(action, options);
      return finish(call, options, () => fn.apply(this, "patchedArgs" in action ? (listOf(action.patchedArgs, args.length) as Args) : args));
    };
    const settled = ask(call, options);
    if ((options.waitMs ?? 0) > 0 && settled !== "failed" && settled.action.decision === "escalate") {
      // A promise either way: whoever gives waitMs awaits the call.
      return person(call, settled.action, options).then(go) as Result;
    }
    return go(settled);
  };
  Object.defineProperty(guarded, "name", { value: fn.name, configurable: true });
  Object.defineProperty(guarded, "length", { value: fn.length, configurable: true });
  return guarded;
}

interface Call {
  readonly run: RunSession | undefined;
  readonly tool: string;
  readonly callId: string;
  readonly args: unknown;
}

function runOf({ run }: GuardOptions): RunSession | undefined {
  try {
    return typeof run === "function" ? run() : (run ?? scopeOfRuns()?.getStore());
  } catch {
    return undefined; // no run is a failed guard, judged by failMode
  }
}

const listOf = (args: unknown, count: number): unknown[] => (count !== 1 && Array.isArray(args) ? args : [args]);
const failModeOf = ({ failMode, destructive }: GuardOptions): FailMode => failMode ?? (destructive === true ? "closed" : "open");

// A listener's failure is not the guard's.
function show(action: InterventionAction, { onAction }: GuardOptions): void {
  if (action.decision === "allow" && action.findings.length === 0) return;
  try {
    onAction?.(action);
  } catch {
    // nothing depends on it
  }
}

function ask({ run, tool, callId, args }: Call, options: GuardOptions): Settled {
  try {
    if (run === undefined) return "failed";
    const action = run.beforeTool({ tool, args, callId });
    show(action, options);
    return { action };
  } catch {
    return "failed";
  }
}

// Waits for a person; what comes of it is asked from the run again, which lets a granted call through once. A decision that was used up
// before (by a process that was killed, say) makes that a new question: it waits for the new card in what is left of the time.
async function person(call: Call, action: InterventionAction, options: GuardOptions): Promise<Settled> {
  const { mender, waitMs = 0, signal } = options;
  const endsAt = performance.now() + waitMs;
  let held = action;
  try {
    while (mender !== undefined && held.approval !== null) {
      const { id } = held.approval;
      const decision = await mender.waitForDecision(id, { timeoutMs: Math.max(0, endsAt - performance.now()), signal });
      if (decision === null) break;
      await mender.resume(decision);
      const settled = ask(call, options);
      if (settled === "failed" || settled.action.decision !== "escalate" || settled.action.approval?.id === id) return settled;
      held = settled.action;
    }
  } catch {
    // nobody decided, or the decision is not one: the call stays held
  }
  return { action: held };
}

function finish<Result>(call: Call, options: GuardOptions, make: () => Result): Result | Denied {
  let result: Result;
  try {
    result = make();
  } catch (error) {
    tell(call, options, undefined, error);
    throw error;
  }
  if (result instanceof Promise || isThenable(result)) {
    const settled = (result as unknown as Promise<unknown>).then(
      (output) => deliver(call, options, output),
      (error: unknown) => {
        tell(call, options, undefined, error);
        throw error;
      },
    );
    return settled as Result;
  }
  return deliver(call, options, result) as Result | Denied;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function deliver(call: Call, options: GuardOptions, output: unknown): unknown {
  const streams = typeof output === "object" && output !== null && Symbol.asyncIterator in output;
  const action = tell(call, options, streams ? "[a stream]" : output, undefined);
  if (action === null || streams) return output;
  if (action.decision === "block") return denied(action, options);
  return "patchedOutput" in action ? action.patchedOutput : output;
}

// A call that was made has a result, whatever becomes of the guard.
function tell({ run, tool, callId }: Call, options: GuardOptions, output: unknown, error: unknown): InterventionAction | null {
  try {
    const action = run?.afterTool({ tool, callId, output, error });
    if (action === undefined) return null;
    show(action, options);
    return action;
  } catch {
    return null;
  }
}

const failed: InterventionAction = Object.freeze({
  decision: "block",
  endRun: false,
  message: "The guard of this tool failed, so the call was not made. Do not repeat it; answer with what you have.",
  userNote: null,
  promptPatch: null,
  retryable: false,
  detector: null,
  fixType: null,
  risk: null,
  confidence: null,
  findings: [],
  approval: null,
  would: null,
  degraded: true,
});

function textOf(action: InterventionAction): string {
  const text = action.message ?? "This call was not made.";
  return action.approval?.url === null || action.approval?.url === undefined ? text : `${text} A person can decide here: ${action.approval.url}`;
}

function denied(action: InterventionAction, options: GuardOptions): Denied {
  if (options.onDeny === "throw") throw new HealingDenied(action);
  return {
    isError: true,
    healing: {
      decision: action.decision === "allow" ? "block" : action.decision,
      message: textOf(action),
      endRun: action.endRun,
      approvalId: action.approval?.id ?? null,
      approvalUrl: action.approval?.url ?? null,
    },
  };
}
