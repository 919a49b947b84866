// LangChain v1 as seen from here: the members that are used, by shape. Nothing is imported from it.

export interface HostMessage {
  readonly id?: string | undefined;
  readonly content: unknown;
  /** Messages of LangChain say what they are by their type. */
  readonly type?: string | undefined;
  readonly text?: string | undefined;
  readonly name?: string | undefined;
  readonly usage_metadata?: { readonly input_tokens?: number; readonly output_tokens?: number; readonly input_token_details?: { readonly cache_read?: number } } | undefined;
  readonly status?: string | undefined;
}

export interface HostRuntime {
  readonly configurable?: { readonly thread_id?: string | undefined } | undefined;
  readonly interrupt?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface HostState {
  readonly messages: readonly HostMessage[];
}

export interface HostToolRequest {
  readonly toolCall: { readonly name: string; readonly args: Record<string, unknown>; readonly id?: string | undefined };
  readonly state: HostState;
  readonly runtime: HostRuntime;
}

export interface HostModelRequest {
  readonly systemMessage: unknown;
  readonly state: HostState;
  readonly runtime: HostRuntime;
}

/** The class `ToolMessage` of `@langchain/core/messages`: a look-alike is refused by LangChain. */
export type ToolMessageClass = new (fields: { content: string; tool_call_id: string; name: string; status: "error" | "success" }) => object;

/** A GraphInterrupt is how LangGraph pauses: it must pass. */
export function isInterrupt(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { name?: unknown }).name === "GraphInterrupt";
}

/** The text of a message, whatever form its content has. */
export function textOf({ content, text }: HostMessage): string {
  if (typeof content === "string") return content;
  if (typeof text === "string") return text;
  if (!Array.isArray(content)) return "";
  return content.map((part: unknown) => (typeof part === "object" && part !== null && typeof (part as { text?: unknown }).text === "string" ? (part as { text: string }).text : "")).join("");
}

/** What LangChain itself tells the model about a tool that threw. */
export function errorMessage(error: unknown): string {
  const invocation = typeof error === "object" && error !== null && (error as { name?: unknown }).name === "ToolInvocationError";
  return invocation ? (error as Error).message : `${String(error)}\n Please fix your mistakes.`;
}

/** A person's "no" in any of the forms that LangGraph's inboxes answer with. */
export function isRejection(answer: unknown): boolean {
  if (typeof answer !== "object" || answer === null) return answer === false;
  const { decisions, type } = answer as { decisions?: unknown; type?: unknown };
  if (Array.isArray(decisions)) return decisions.length === 0 || decisions.some(isRejection);
  return type === "reject" || type === "ignore" || type === "response";
}

/** Loads the class from the optional peer, when it was not given. */
export async function loadToolMessage(): Promise<ToolMessageClass> {
  // A variable, so that no bundler or compiler asks for a package that may not be there.
  const peer = "@langchain/core/messages";
  try {
    return ((await import(peer)) as { ToolMessage: ToolMessageClass }).ToolMessage;
  } catch {
    throw new Error('agentmend/langchain needs the class ToolMessage: pass it ({ ToolMessage }), or install "@langchain/core".');
  }
}
