// What `npm start` shows: a real run that failed, from the finding to the roll-back, and a finding that only a person may settle.
import { fileURLToPath } from "node:url";

import { editText, parseConfig, unifiedDiff } from "../../sdk/src/edit/index.js";
import { rollBack } from "../../sdk/src/heal.js";
import { canonicalExact } from "../../sdk/src/seal.js";
import { openContext, type Context } from "./context.js";
import { reportOf, reportText } from "./detect.js";
import { Failure } from "./failure.js";
import { colouredDiff, healedText, runHeal } from "./heal.js";
import { readRun } from "./run-file.js";

const data = fileURLToPath(new URL("../tests/data/", import.meta.url));

function title(context: Context, text: string): void {
  context.out(`\n${context.paint.bold(text)}\n${"─".repeat(text.length)}\n`);
}

/** A path as it is named from the folder of the repository. */
function named(path: string): string {
  return path.slice(data.length - "tests/data/".length);
}

function failedWorkflow(context: Context): void {
  const workflow = `${data}n8n/price-watch/workflow.json`;
  const execution = `${data}n8n/price-watch/execution.json`;
  title(context, "1  An n8n workflow failed. What went wrong?");
  const files = [workflow, execution].map(readRun).map((file) => ({ ...file, name: named(file.name) }));
  context.out(reportText(context, reportOf(context, files, { json: false }), files));

  title(context, "2  The fix, its risk, the proof");
  const { healed, config, after } = runHeal(context, [execution], { target: workflow, framework: "n8n", diff: true, json: false, write: false });
  if (config === null) throw new Failure("internal", "", "The sample has no config.");
  for (const item of healed) context.out(`${healedText(context, item)}\n`);
  context.out(colouredDiff(context, unifiedDiff(config.text, after, named(config.name))));

  title(context, "3  The roll-back");
  let text = after;
  let value: unknown = parseConfig(after);
  for (const item of [...healed].reverse()) {
    if (item.kind !== "record" || item.record.state !== "applied") continue;
    const undone = rollBack(context.core, item.record, value, Date.now);
    text = editText(text, undone.patch);
    value = undone.config;
    context.out(`${undone.record.id}: ${undone.record.state.replaceAll("_", " ")}`);
  }
  const same = canonicalExact(parseConfig(text)) === canonicalExact(parseConfig(config.text));
  context.out(same ? context.paint.green("✓ the workflow is the original again, equal as canonical JSON (RFC 8785)") : context.paint.red("✗ the workflow is not the original"));
  if (!same) process.exitCode = 1;
}

function injectedChat(context: Context): void {
  const chat = `${data}chat/injected-invoice.json`;
  title(context, "4  A tool result gives orders to the model. Nothing is changed; a person decides");
  const file = { ...readRun(chat), name: named(chat) };
  context.out(reportText(context, reportOf(context, [file], { json: false }), [file]));
  const { healed } = runHeal(context, [chat], { target: `${data}chat/support-agent.yaml`, diff: false, json: false, write: false });
  for (const item of healed) context.out(`\n${healedText(context, item)}`);
}

function main(): void {
  const context = openContext(false);
  context.out(context.paint.dim("Everything below is computed now, from the recordings in tests/data. Nothing is written."));
  failedWorkflow(context);
  injectedChat(context);
  context.out(`\nYour own run: ${context.paint.bold("node dist/cli.js detect FILE")}; more: ${context.paint.bold("node dist/cli.js --help")}`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.line()}\n`);
  process.exitCode = 2;
}
