import { parseArgs } from "node:util";

import { request } from "../../wasm/core.js";
import { audit } from "./audit.js";
import { openContext, type Context } from "./context.js";
import { coverage } from "./coverage.js";
import { detectJsonl } from "./detect-jsonl.js";
import { detect } from "./detect.js";
import { answerOf, Failure } from "./failure.js";
import { follow } from "./follow.js";
import { heal } from "./heal.js";
import { commandHelp, help } from "./help.js";
import { detectors, explain, fixTypes } from "./listings.js";
import { rollback } from "./rollback.js";
import { serve } from "./serve.js";
import { showTrace } from "./show-trace.js";

const options = {
  json: { type: "boolean", default: false },
  jsonl: { type: "boolean", default: false },
  "show-trace": { type: "boolean", default: false },
  diff: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
  verbose: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", default: false },
  source: { type: "string" },
  only: { type: "string" },
  "min-confidence": { type: "string" },
  context: { type: "string" },
  target: { type: "string" },
  framework: { type: "string" },
  policy: { type: "string" },
  key: { type: "string", multiple: true },
  "key-env": { type: "string" },
  anchor: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  port: { type: "string" },
  db: { type: "string" },
  host: { type: "string" },
  "public-url": { type: "string" },
  "tls-terminated": { type: "boolean", default: false },
  endpoint: { type: "string" },
  "target-id": { type: "string" },
  check: { type: "string" },
  interval: { type: "string" },
  once: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parse>["values"];

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new Failure("usage", "", `${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)} See agentmend --help.`);
  }
}

function one(names: readonly string[], what: string): string {
  const [name, ...rest] = names;
  if (name === undefined || rest.length > 0) throw new Failure("usage", "", `Name ${what}. See agentmend --help.`);
  return name;
}

async function command(name: string, names: readonly string[], values: Values, context: Context): Promise<number> {
  switch (name) {
    case "detect":
      if (values.jsonl) return detectJsonl(context);
      if (values["show-trace"]) return showTrace(context, names, values);
      return detect(context, names, { ...values, minConfidence: values["min-confidence"] });
    case "heal":
      return heal(context, names, values);
    case "rollback":
      return rollback(context, one(names, "one record (CONFIG.agentmend.json)"), values);
    case "coverage":
      return coverage(context, values.json);
    case "detectors":
      return detectors(context, values.json);
    case "fix-types":
      return fixTypes(context, values.json);
    case "explain":
      return explain(context, one(names, "one detector"));
    case "audit":
      return audit(context, names, values);
    case "follow":
      return follow(context, values);
    case "serve":
      return serve(context, values);
    default:
      throw new Failure("usage", "", `There is no command "${name}". See agentmend --help.`);
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  const [name, ...names] = positionals;
  if (values.version && !values.help) return version();
  if (values.help || name === undefined) {
    process.stdout.write((name === undefined ? undefined : commandHelp[name]) ?? help);
    return values.help ? 0 : 2;
  }
  return command(name, names, values, openContext(values.verbose));
}

function version(): number {
  const { core, out } = openContext(false);
  out(answerOf<{ version: string }>(core.call("version", request({}))).version);
  return 0;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // the reader went away, as `| head` does
  throw error;
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.line()}\n`);
  process.exitCode = 2;
}
