// agentmend as a middleware of LangChain v1 (createAgent) and LangGraph.
import type { InterventionAction } from "../intervention.js";
import type { Mender } from "../mender.js";
import type { FailMode } from "../mode.js";
import type { SessionOptions } from "../options.js";
import type { RunSession } from "../session.js";
import { errorMessage, isInterrupt, isRejection, loadToolMessage, textOf, type HostMessage, type HostModelRequest, type HostRuntime, type HostState, type HostToolRequest, type ToolMessageClass } from "./host.js";

export interface LangChainOptions {
  /** The class of `langchain` or `@langchain/core/messages`. Default: loaded from the installed `@langchain/core`. */
  readonly ToolMessage?: ToolMessageClass | undefined;
  /** For the session of each thread: `agent`, `task`, `context`, `config`, … */
  readonly session?: SessionOptions | undefined;
  /**
   * A call that a person has to decide: `interrupt` (default) pauses the graph, which needs a checkpointer; `wait` holds the call open for
   * `waitMs`; `deny` tells the model. Whatever the graph is resumed with, what counts is the decision at the approval endpoint.
   */
  readonly approval?: "interrupt" | "wait" | "deny" | undefined;
  /** With `wait`: how long (default 5 minutes). With `interrupt`: how long the decision may take to be there after the resume (default 5 s). */
  readonly waitMs?: number | undefined;
  /** Whether calls are made when the guard itself fails. Default: the mender's. */
  readonly failMode?: FailMode | undefined;
  /** `message` (default) gives a tool's error to the model; `throw` leaves it to a middleware around this one (retries). */
  readonly onToolError?: "message" | "throw" | undefined;
  /** Sees every decision that is more than "carry on". */
  readonly onAction?: ((action: InterventionAction, run: RunSession) => void) | undefined;
}

type Jump = { jumpTo: "end"; messages: { role: "assistant"; content: string }[] };

export interface LangChainMiddleware {
  readonly name: "agentmend";
  beforeAgent(state: HostState, runtime: HostRuntime): void;
  readonly beforeModel: { readonly canJumpTo: ["end"]; hook(state: HostState, runtime: HostRuntime): never | undefined };
  wrapModelCall<Request extends HostModelRequest, Answer>(request: Request, handler: (request: Request) => Answer | Promise<Answer>): Promise<Answer>;
  wrapToolCall<Request extends HostToolRequest, Answer>(request: Request, handler: (request: Request) => Answer | Promise<Answer>): Promise<Answer>;
  afterAgent(state: HostState, runtime: HostRuntime): void;
}

// What is remembered of a run beside its session.
interface Memory {
  readonly seen: Set<string>;
  /** For the next model call only. */
  patches: string[];
  ended: string | null;
  /** Calls that were allowed and whose tool paused the graph: the wrapper is entered again from the top. */
  readonly running: Map<string, InterventionAction>;
  /** Calls that wait for a person, so that the second entry does not count as a second call. */
  readonly held: Map<string, InterventionAction>;
}

const endedText = "The run was stopped: the agent went on with what it had been told not to do.";
const refusedText = "A person refused this call. Do not repeat it; take another way or answer with what you have.";
const failedText = "The guard of this tool failed, so the call was not made. Do not repeat it; answer with what you have.";
const mostSeen = 4096;

/**
 * The middleware. Put it last in the list, so that it sees every attempt of a retry.
 *
 * @example
 * const agent = createAgent({ model, tools, middleware: [langchainMiddleware(mender, { ToolMessage })] });
 */
export function langchainMiddleware(mender: Mender, options: LangChainOptions = {}): LangChainMiddleware {
  const adapter = new Adapter(mender, options);
  return {
    name: "agentmend",
    beforeAgent: (state, runtime) => adapter.begin(state, runtime),
    beforeModel: { canJumpTo: ["end"], hook: (state, runtime) => adapter.learn(state, runtime) as undefined },
    wrapModelCall: (request, handler) => adapter.model(request, handler),
    wrapToolCall: (request, handler) => adapter.tool(request, handler),
    afterAgent: (state, runtime) => adapter.finish(state, runtime),
  };
}

class Adapter {
  private readonly memories = new WeakMap<RunSession, Memory>();
  private loaded: Promise<ToolMessageClass> | null = null;

  constructor(
    private readonly mender: Mender,
    private readonly options: LangChainOptions,
  ) {}

  // A thread is a run. Without one, the first message of an invocation names it.
  private key(state: HostState, runtime: HostRuntime): string {
    return runtime.configurable?.thread_id ?? state.messages[0]?.id ?? "run";
  }

  private run(state: HostState, runtime: HostRuntime): RunSession {
    return this.mender.runs.of(this.key(state, runtime), { framework: "langgraph", ...this.options.session });
  }

  private memory(run: RunSession): Memory {
    let memory = this.memories.get(run);
    if (memory === undefined) this.memories.set(run, (memory = { seen: new Set(), patches: [], ended: null, running: new Map(), held: new Map() }));
    return memory;
  }

  // The guard must not fail the host: whatever goes wrong here is as if nothing was said.
  private quietly<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch {
      return undefined;
    }
  }

  private heed(run: RunSession, action: InterventionAction): InterventionAction {
    const memory = this.memory(run);
    if (action.endRun) memory.ended ??= action.userNote ?? endedText;
    if (action.promptPatch !== null) memory.patches.push(action.promptPatch);
    if (action.decision !== "allow" || action.findings.length > 0) this.quietly(() => this.options.onAction?.(action, run));
    return action;
  }

  begin(state: HostState, runtime: HostRuntime): void {
    this.quietly(() => {
      const key = this.key(state, runtime);
      const known = this.mender.runs.find(key);
      // A new turn of a thread whose last run was stopped starts afresh.
      if (known !== undefined && this.memory(known).ended !== null) this.mender.runs.end(key);
      this.hear(state, runtime);
    });
  }

  // What people and systems said since the last look; what the model and the tools say is told where it happens.
  private hear(state: HostState, runtime: HostRuntime): RunSession {
    const run = this.run(state, runtime);
    const { seen } = this.memory(run);
    for (const message of state.messages) {
      const role = message.type === "human" ? "user" : message.type === "system" ? "system" : null;
      if (role === null || message.id === undefined || seen.has(message.id)) continue;
      if (seen.size >= mostSeen) seen.clear();
      seen.add(message.id);
      this.heed(run, run.message({ role, text: textOf(message) }));
    }
    return run;
  }

  learn(state: HostState, runtime: HostRuntime): Jump | undefined {
    return this.quietly(() => {
      const { ended } = this.memory(this.hear(state, runtime));
      return ended === null ? undefined : { jumpTo: "end" as const, messages: [{ role: "assistant" as const, content: ended }] };
    });
  }

  async model<Request extends HostModelRequest, Answer>(request: Request, handler: (request: Request) => Answer | Promise<Answer>): Promise<Answer> {
    const run = this.quietly(() => this.run(request.state, request.runtime));
    const answer = await handler(run === undefined ? request : this.patched(run, request));
    if (run !== undefined) this.quietly(() => this.heed(run, run.afterModel(modelAnswer(answer as HostMessage))));
    return answer;
  }

  private patched<Request extends HostModelRequest>(run: RunSession, request: Request): Request {
    const memory = this.memory(run);
    const { patches } = memory;
    const system = request.systemMessage as { concat?: (text: string) => unknown } | undefined;
    if (patches.length === 0 || typeof system?.concat !== "function") return request;
    memory.patches = [];
    return { ...request, systemMessage: system.concat(`\n${patches.join("\n")}`) };
  }

  async tool<Request extends HostToolRequest, Answer>(request: Request, handler: (request: Request) => Answer | Promise<Answer>): Promise<Answer> {
    const { toolCall, state, runtime } = request;
    const run = this.quietly(() => this.run(state, runtime));
    let action = run === undefined ? null : this.before(run, request);
    if (run !== undefined && action?.decision === "escalate") action = await this.person(run, request, action);
    if (action === null || (action.degraded && action.decision === "allow" && action.detector === null && this.options.failMode === "closed")) {
      if (this.closed(toolCall.name)) return this.denial(toolCall, failedText) as Promise<Answer>;
    } else if (action.decision !== "allow") {
      return this.denial(toolCall, withLink(action)) as Promise<Answer>;
    }
    const call = action !== null && "patchedArgs" in action ? { ...request, toolCall: { ...toolCall, args: action.patchedArgs } } : request;
    if (run === undefined) return handler(call);
    return this.call(run, call, action, handler);
  }

  private async call<Request extends HostToolRequest, Answer>(run: RunSession, request: Request, action: InterventionAction | null, handler: (request: Request) => Answer | Promise<Answer>): Promise<Answer> {
    const { name: tool, id: callId } = request.toolCall;
    const { running } = this.memory(run);
    if (callId !== undefined && action !== null) running.set(callId, action);
    try {
      const answer = await handler(request);
      const { decision, patchedOutput, message } = this.after(run, request, answer as HostMessage);
      if (decision === "block") return (await this.denial(request.toolCall, message ?? failedText)) as Answer;
      return patchedOutput === undefined ? answer : ((await this.result(request.toolCall, asText(patchedOutput), "success")) as Answer);
    } catch (error) {
      if (isInterrupt(error)) throw error;
      if (callId !== undefined) running.delete(callId);
      this.quietly(() => this.heed(run, run.afterTool({ tool, callId, error })));
      if (this.options.onToolError === "throw" || request.runtime.signal?.aborted === true) throw error;
      return (await this.result(request.toolCall, errorMessage(error), "error")) as Answer;
    }
  }

  // Null: the guard failed.
  private before(run: RunSession, { toolCall }: HostToolRequest): InterventionAction | null {
    const { held, running } = this.memory(run);
    const { name: tool, args, id: callId } = toolCall;
    const known = callId === undefined ? undefined : (held.get(callId) ?? running.get(callId));
    return known ?? this.ask(run, { tool, args, callId });
  }

  private ask(run: RunSession, call: { tool: string; args: unknown; callId: string | undefined }): InterventionAction | null {
    return this.quietly(() => this.heed(run, run.beforeTool(call))) ?? null;
  }

  private after(run: RunSession, { toolCall }: HostToolRequest, answer: HostMessage): { decision: string; patchedOutput?: unknown; message: string | null } {
    const { name: tool, id: callId } = toolCall;
    if (callId !== undefined) this.memory(run).running.delete(callId);
    const isMessage = typeof answer === "object" && answer !== null && "content" in answer;
    const output = isMessage ? textOf(answer) : "[a command]";
    const action = this.quietly(() => this.heed(run, run.afterTool({ tool, callId, output, error: isMessage && answer.status === "error" ? output : undefined })));
    return action ?? { decision: "allow", message: null };
  }

  private closed(tool: string): boolean {
    const { failMode, session } = this.options;
    const facts = session?.context?.tools?.[tool];
    return failMode === "closed" || (failMode === undefined && (session?.failMode === "closed" || facts?.destructive === true));
  }

  // Waits for a person in the way that was chosen, then asks the run again: a granted call is let through once.
  private async person(run: RunSession, request: HostToolRequest, action: InterventionAction): Promise<InterventionAction | null> {
    const { approval: way = "interrupt", waitMs } = this.options;
    const { toolCall, runtime } = request;
    if (way === "deny" || action.approval === null) return action;
    const { held } = this.memory(run);
    if (way === "interrupt") {
      if (toolCall.id !== undefined) held.set(toolCall.id, action);
      const answer = this.pause(runtime, toolCall, action);
      if (toolCall.id !== undefined) held.delete(toolCall.id);
      if (answer === "impossible") return action;
      if (isRejection(answer.value)) return { ...action, message: refusedText, approval: null };
    }
    try {
      const decision = await this.mender.waitForDecision(action.approval.id, { timeoutMs: waitMs ?? (way === "wait" ? 300_000 : 5000), signal: runtime.signal });
      if (decision === null) return action;
      await this.mender.resume(decision);
    } catch {
      return action; // nobody decided, or the decision is not one: the call stays held
    }
    return this.ask(run, { tool: toolCall.name, args: toolCall.args, callId: toolCall.id });
  }

  // Pauses the graph; on the second entry it answers what the graph was resumed with.
  private pause(runtime: HostRuntime, { name, args }: HostToolRequest["toolCall"], action: InterventionAction): { value: unknown } | "impossible" {
    if (typeof runtime.interrupt !== "function") return "impossible";
    try {
      // The form of LangChain's own humanInTheLoopMiddleware, so that existing inboxes show it.
      const value: unknown = (runtime.interrupt as (payload: unknown) => unknown)({
        actionRequests: [{ name, args, description: withLink(action) }],
        reviewConfigs: [{ actionName: name, allowedDecisions: ["approve", "reject"] }],
        approval: action.approval,
      });
      return { value };
    } catch (error) {
      if (isInterrupt(error)) throw error;
      return "impossible"; // no checkpointer
    }
  }

  private denial(toolCall: HostToolRequest["toolCall"], text: string): Promise<object> {
    return this.result(toolCall, text, "error");
  }

  private async result({ name, id }: HostToolRequest["toolCall"], content: string, status: "error" | "success"): Promise<object> {
    this.loaded ??= this.options.ToolMessage === undefined ? loadToolMessage() : Promise.resolve(this.options.ToolMessage);
    return new (await this.loaded)({ content, tool_call_id: id ?? "", name, status });
  }

  finish(state: HostState, runtime: HostRuntime): void {
    this.quietly(() => {
      if (runtime.configurable?.thread_id !== undefined) return; // the thread goes on; it is disposed when it is quiet
      const key = this.key(state, runtime);
      this.mender.runs.find(key)?.end();
      this.mender.runs.end(key);
    });
  }
}

function withLink(action: InterventionAction): string {
  const text = action.message ?? "This call was not made.";
  const url = action.approval?.url;
  return url === null || url === undefined ? text : `${text} A person can decide here: ${url}`;
}

function asText(output: unknown): string {
  return typeof output === "string" ? output : (JSON.stringify(output) ?? "");
}

function modelAnswer(answer: HostMessage): { text: string; usage?: { inputTokens?: number | undefined; outputTokens?: number | undefined; cacheReadTokens?: number | undefined } } {
  const { usage_metadata: usage } = answer;
  return {
    text: textOf(answer),
    ...(usage === undefined ? {} : { usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens, cacheReadTokens: usage.input_token_details?.cache_read } }),
  };
}

export type { ToolMessageClass } from "./host.js";
