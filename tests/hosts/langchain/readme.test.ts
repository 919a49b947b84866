// The line of the README about LangChain, as it stands there, with the built package and the real langchain.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { expect, test } from "vitest";

const [agent = ""] = /createAgent\(\{[^\n]*\}\)/.exec(readFileSync("README.md", "utf8")) ?? [];
const program = `
import { createMender } from "agentmend";
import { langchainMiddleware } from "agentmend/langchain";
import { createAgent, FakeToolCallingModel, tool, ToolMessage } from "langchain";
import { z } from "zod";

let ran = 0;
const tools = [tool(() => { ran += 1; return "not found"; }, { name: "get_order", description: "Reads an order.", schema: z.object({ id: z.string() }) })];
const model = new FakeToolCallingModel({ toolCalls: Array.from({ length: 9 }, (_, i) => [{ name: "get_order", args: { id: "7731" }, id: "call-" + i }]) });
const mender = await createMender();
const agent = ${agent};
const { messages } = await agent.invoke({ messages: [{ role: "user", content: "Where is order 7731?" }] });
console.log(JSON.stringify({ ran, refused: messages.filter((one) => ToolMessage.isInstance(one) && one.status === "error").map(({ text }) => text), last: messages.at(-1).type }));
`;

test("the agent of the README is stopped when it loops", () => {
  mkdirSync("build/readme", { recursive: true }); // inside the package, which may import itself by its name
  writeFileSync("build/readme/langchain.mjs", program);

  const { ran, refused, last } = JSON.parse(execFileSync(process.execPath, ["build/readme/langchain.mjs"], { encoding: "utf8" })) as { ran: number; refused: string[]; last: string };

  expect(ran).toBeLessThan(4);
  expect(refused[0]).toMatch(/^You have taken the same step \d times with the same result/);
  expect(last).toBe("ai");
});
