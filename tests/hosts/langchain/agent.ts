// An agent of the real langchain package whose model says what a script says.
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { MemorySaver } from "@langchain/langgraph";
import { createAgent, tool } from "langchain";
import { z } from "zod";

import { langchainMiddleware, type LangChainOptions } from "../../../sdk/src/langchain/index.js";
import type { Mender } from "../../../sdk/src/mender.js";

export interface Call {
  name: string;
  args: Record<string, unknown>;
}
/** What the model says next: a text, or calls. */
export type Line = string | Call[] | ((seen: BaseMessage[]) => string | Call[]);

/** Says the lines of its script one by one; the last one again and again. */
export class ScriptedModel extends BaseChatModel {
  readonly seen: BaseMessage[][] = [];

  constructor(private readonly script: readonly Line[]) {
    super({});
  }
  override _llmType(): string {
    return "scripted";
  }
  override bindTools(): this {
    return this;
  }
  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const turn = this.seen.length;
    this.seen.push(messages);
    const said = this.script[Math.min(turn, this.script.length - 1)] ?? "done";
    const line = typeof said === "function" ? said(messages) : said;
    const message =
      typeof line === "string"
        ? new AIMessage({ content: line, usage_metadata: { input_tokens: 100, output_tokens: 5, total_tokens: 105 } })
        : new AIMessage({ content: "", tool_calls: line.map((call, i) => ({ ...call, id: `call-${turn}-${i}`, type: "tool_call" as const })) });
    return Promise.resolve({ generations: [{ text: typeof line === "string" ? line : "", message }] });
  }
}

export interface Ran {
  name: string;
  args: unknown;
}

/** Tools that note what really ran. */
export function shop(ran: Ran[]) {
  const note = <Args>(name: string, work: (args: Args) => string) => (args: Args): string => {
    ran.push({ name, args });
    return work(args);
  };
  return [
    tool(note("get_order", ({ id }: { id: string }) => (id === "A-1" ? "not found" : `order ${id}: shipped`)), { name: "get_order", description: "Reads an order.", schema: z.object({ id: z.string() }) }),
    tool(note("wire_transfer", ({ amount }: { to: string; amount: number }) => `paid ${amount}`), { name: "wire_transfer", description: "Pays.", schema: z.object({ to: z.string(), amount: z.number() }) }),
    tool(note("broken", () => { throw new Error("backend not reachable"); }), { name: "broken", description: "Fails.", schema: z.object({}) }),
  ];
}

export interface Stage {
  model: ScriptedModel;
  ran: Ran[];
  agent: ReturnType<typeof makeAgent>;
}

function makeAgent(model: ScriptedModel, ran: Ran[], middleware: ReturnType<typeof langchainMiddleware>, checkpointer: MemorySaver | undefined) {
  return createAgent({ model, tools: shop(ran), systemPrompt: "You help in a shop.", middleware: [middleware], ...(checkpointer === undefined ? {} : { checkpointer }) });
}

export function stage(mender: Mender, script: readonly Line[], options: LangChainOptions & { checkpointer?: MemorySaver | undefined } = {}): Stage {
  const { checkpointer, ...given } = options;
  const model = new ScriptedModel(script);
  const ran: Ran[] = [];
  return { model, ran, agent: makeAgent(model, ran, langchainMiddleware(mender, { ToolMessage, ...given }), checkpointer) };
}

/** The results that the model saw before its turn, oldest first. */
export function resultsSeen(model: ScriptedModel, turn: number): { text: string; status: string | undefined }[] {
  return (model.seen[turn] ?? []).filter((message): message is ToolMessage => ToolMessage.isInstance(message)).map(({ text, status }) => ({ text, status }));
}

export const user = (content: string): { messages: { role: "user"; content: string }[] } => ({ messages: [{ role: "user", content }] });
