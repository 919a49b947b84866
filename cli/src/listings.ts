import { request } from "../../wasm/core.js";
import type { Context } from "./context.js";
import { answerOf } from "./failure.js";

interface DetectorRow {
  name: string;
  title: string;
  family: string;
  bucket: string;
  governance: boolean;
  severity: string;
  readiness: string;
  stage: string;
  inputs: string[];
  fix_types: { fix_type: string; risk: string }[];
}

interface FixTypeRow {
  fix_type: string;
  risk: string;
  change: string;
}

interface Explained {
  detector: DetectorRow & { failure?: string };
  failure: string;
  threshold: number;
  fed_by: string[];
  fed_in_part_by: string[];
  fixes: { fix_type: string; risk: string; change: string; in_loop_text: boolean; verified_by_shim: boolean }[];
}

const bucketWords: Record<string, string> = {
  safe_auto: "fixed automatically (SAFE)",
  medium_verify: "fixed when the proof holds (MEDIUM)",
  medium_escalate: "goes to a person (MEDIUM)",
  dangerous_escalate: "goes to a person (DANGEROUS)",
  deferred: "shown only",
};

export function detectors({ core, out, paint }: Context, json: boolean): number {
  const text = core.call("detectors", request({}));
  if (json) {
    out(JSON.stringify(JSON.parse(text), null, 2));
    return 0;
  }
  const rows = answerOf<{ detectors: DetectorRow[] }>(text).detectors;
  for (const row of rows) {
    const name = row.readiness === "planned" ? paint.dim(row.name.padEnd(33)) : paint.bold(row.name.padEnd(33));
    out(`${name} ${row.family.padEnd(12)} ${row.readiness.padEnd(13)} ${row.stage.padEnd(10)} ${bucketWords[row.bucket] ?? row.bucket}`);
  }
  const working = rows.filter((row) => row.readiness !== "planned").length;
  out(`\n${working} of ${rows.length} catalogued detectors work; the others are planned.`);
  return 0;
}

export function fixTypes({ core, out, paint }: Context, json: boolean): number {
  const text = core.call("fix_types", request({}));
  if (json) {
    out(JSON.stringify(JSON.parse(text), null, 2));
    return 0;
  }
  for (const row of answerOf<{ fix_types: FixTypeRow[] }>(text).fix_types) {
    const risk = row.risk === "safe" ? paint.green("SAFE     ") : row.risk === "medium" ? paint.yellow("MEDIUM   ") : paint.red("DANGEROUS");
    out(`${paint.bold(row.fix_type.padEnd(26))} ${risk} ${row.change}`);
  }
  return 0;
}

export function explain({ core, out, paint }: Context, name: string): number {
  const { detector, failure, threshold, fixes, fed_by, fed_in_part_by } = answerOf<Explained>(core.call("explain", request({ name })));
  out(`${paint.bold(detector.name)}  ${detector.title}`);
  out(failure);
  out("");
  out(`family     ${detector.family}${detector.governance ? ", governance: never healed, always a person" : ""}`);
  out(`readiness  ${detector.readiness === "planned" ? "planned: no algorithm yet" : detector.readiness}`);
  out(`severity   ${detector.severity}`);
  out(`asked      ${detector.stage === "pre_tool" ? "before each tool call, and on whole traces" : "after steps, and on whole traces"}`);
  out(`fires at   ${threshold}`);
  out(`input      ${detector.inputs.join(", ")}   (? = optional)`);
  if (fed_by.length + fed_in_part_by.length === 0) out("fed by     its own input alone (detect --jsonl, detectOne)");
  if (fed_by.length > 0) out(`fed by     ${fed_by.join(", ")}`);
  if (fed_in_part_by.length > 0) out(`in part    ${fed_in_part_by.join(", ")}   (when the source recorded what is needed)`);
  out(`then       ${bucketWords[detector.bucket] ?? detector.bucket}`);
  if (fixes.length > 0) out("");
  for (const fix of fixes) {
    out(`  ${paint.bold(fix.fix_type)} (${fix.risk.toUpperCase()}${fix.verified_by_shim ? ", proved before it is applied" : ""})`);
    out(`    ${fix.change}`);
  }
  return 0;
}
