import { request } from "../../wasm/core.js";
import type { CoverageReport } from "../../sdk/src/wire.js";
import type { Context } from "./context.js";
import { answerOf } from "./failure.js";

const rows: [keyof CoverageReport["buckets"], string][] = [
  ["safe_auto", "SAFE fix, applied without asking"],
  ["medium_verify", "MEDIUM fix, applied when the proof holds"],
  ["medium_escalate", "MEDIUM fix, waits for a person"],
  ["dangerous_escalate", "DANGEROUS fix or governance, always a person"],
  ["deferred", "no fix yet, shown only"],
];

export function coverage({ core, out, paint }: Context, json: boolean): number {
  const text = core.call("coverage", request({}));
  if (json) {
    out(JSON.stringify(JSON.parse(text), null, 2));
    return 0;
  }
  const report = answerOf<CoverageReport>(text);
  out(`${paint.bold("What happens when a detector fires")}  (of ${report.catalogue} catalogued)`);
  out("");
  for (const [bucket, words] of rows) {
    out(`  ${String(report.buckets[bucket]).padStart(3)}  ${String(report.percent[bucket].toFixed(1)).padStart(5)} %  ${words}`);
  }
  const working = report.detectors.filter((detector) => detector.readiness !== "planned").length;
  out("");
  out(`  ${working} of ${report.catalogue} detectors work in this version; the others are planned and never fire.`);
  out(`  ${report.fix_types.total} fix types: ${report.fix_types.safe} safe, ${report.fix_types.medium} medium, ${report.fix_types.dangerous} dangerous. ${report.governance} governance detectors, never healed.`);
  out("");
  out("Coverage says what happens when a detector fires. It does not say how often a fix works: that is the efficacy report.");
  return 0;
}
