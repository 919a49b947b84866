// node24 tests/n8n/run.mjs --workflow FILE [--service FILE] [--package FOLDER] [--out FILE]
// Runs a workflow on the real n8n engine against a loopback service, prints a summary as JSON, writes the execution record to --out.
// The service's table is service.json beside the workflow unless --service names another. --package: a community node package to load.
// Exit status 0 says that the run took place, however it ended; 2 that it could not.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { execute } from "./engine.mjs";
import { summary, toRecord } from "./record.mjs";
import { startService } from "./service.mjs";

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
const executionId = "1";

async function main() {
  const { values } = parseArgs({ options: { workflow: { type: "string" }, service: { type: "string" }, package: { type: "string" }, out: { type: "string" } } });
  if (!values.workflow) throw new Error("--workflow FILE is missing");
  const workflow = readJson(values.workflow);
  const service = await startService(readJson(values.service ?? join(dirname(values.workflow), "service.json")));
  let run;
  try {
    const firstItem = { timestamp: new Date().toISOString() }; // as a schedule trigger yields it
    run = service.from(await execute(service.at(workflow), { executionId, firstItem, community: values.package }));
  } finally {
    await service.stop();
  }
  const record = toRecord(run, workflow, executionId);
  if (values.out) writeFileSync(values.out, `${JSON.stringify(record, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(summary(record), null, 2)}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
