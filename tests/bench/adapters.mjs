// What guarding adds to a call: the wrapper around a function, and the LangChain middleware around a tool, each with a 1 kB result.
import { performance } from "node:perf_hooks";

import { build } from "esbuild";

/** Bundles the TypeScript that is measured, and loads it. */
async function load() {
  const outfile = "build/bench/adapters.mjs";
  const contents = ['export { makeMender } from "./sdk/src/mender.js";', 'export { guardTool } from "./sdk/src/guard.js";', 'export { langchainMiddleware } from "./sdk/src/langchain/index.js";'].join("\n");
  await build({ stdin: { contents, resolveDir: process.cwd(), loader: "ts" }, outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" });
  return import(new URL(`../../${outfile}`, import.meta.url));
}

const block = 2000;
const rounds = 15;
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** µs a call: `make(i)` calls once; the median of several blocks, the first ones thrown away. */
async function cost(make) {
  const times = [];
  for (let round = 0; round < rounds + 3; round += 1) {
    const began = performance.now();
    for (let i = round * block; i < (round + 1) * block; i += 1) await make(i);
    if (round >= 3) times.push(((performance.now() - began) * 1000) / block);
  }
  return median(times);
}

class Result {
  constructor(fields) {
    Object.assign(this, fields);
  }
}

/** [{what, value, beside}] for each core. */
export async function measureAdapters(cores, results) {
  const { makeMender, guardTool, langchainMiddleware } = await load();
  const rows = [];
  const search = async ({ page }) => results[page % results.length];
  const bare = await cost((i) => search({ query: `orders of customer ${i % 977}`, page: i }));
  const state = { messages: [{ id: "m1", type: "human", content: "Which orders are open?" }] };
  const handler = async (request) => ({ type: "tool", content: results[request.toolCall.args.page % results.length], status: "success" });
  const request = (i) => ({ toolCall: { name: "search_orders", args: { query: `orders of customer ${i % 977}`, page: i }, id: `c${i}` }, state, runtime: { configurable: { thread_id: "t" } } });
  const bareTool = await cost((i) => handler(request(i)));
  for (const [name, core] of Object.entries(cores)) {
    const mender = await makeMender(core, {}, { env: {} });
    const guarded = guardTool(search, { run: mender.session(), name: "search_orders" });
    const guard = await cost((i) => guarded({ query: `orders of customer ${i % 977}`, page: i }));
    rows.push({ what: `guardTool adds a call, ${name}`, value: guard - bare, beside: `${bare.toFixed(2)} µs without` });
    const middleware = langchainMiddleware(mender, { ToolMessage: Result });
    const tool = await cost((i) => middleware.wrapToolCall(request(i), handler));
    rows.push({ what: `LangChain middleware adds a call, ${name}`, value: tool - bareTool, beside: `${bareTool.toFixed(2)} µs without` });
    mender.dispose();
  }
  return rows;
}
