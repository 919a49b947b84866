// What the core knows of detectors and fixes. What a request says about risk or governance is never read: this is.
import { request, type Core } from "../../wasm/core.js";
import { invalid, Problem } from "./problem.js";

export interface DetectorFacts {
  readonly name: string;
  readonly bucket: string;
  readonly governance: boolean;
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly fix_types: readonly { readonly fix_type: string }[];
}

export interface Registry {
  readonly detectors: ReadonlyMap<string, DetectorFacts>;
  readonly risks: ReadonlyMap<string, "safe" | "medium" | "dangerous">;
}

/** Asks the core for its tables, once. */
export function readRegistry(core: Core): Registry {
  const { detectors } = JSON.parse(core.call("detectors", request({}))) as { detectors: DetectorFacts[] };
  const { fix_types } = JSON.parse(core.call("fix_types", request({}))) as { fix_types: { fix_type: string; risk: "safe" | "medium" | "dangerous" }[] };
  return { detectors: new Map(detectors.map((row) => [row.name, row])), risks: new Map(fix_types.map((row) => [row.fix_type, row.risk])) };
}

/** The row of a detector, by equality alone: no folding of case, no trimming. */
export function detectorOf(registry: Registry, name: unknown, pointer: string): DetectorFacts {
  const row = typeof name === "string" ? registry.detectors.get(name) : undefined;
  if (row !== undefined) return row;
  const message = `${JSON.stringify(String(name).slice(0, 80))} is not a detector. \`agentmend detectors\` lists them.`;
  throw new Problem("unknown_detector", message, { errors: [{ pointer, code: "unknown_detector", message }] });
}

/** The risk of a fix of this detector; refuses fixes that are unknown, or of another detector. */
export function riskOf(registry: Registry, detector: DetectorFacts, fixType: unknown, pointer: string): "safe" | "medium" | "dangerous" {
  const risk = typeof fixType === "string" ? registry.risks.get(fixType) : undefined;
  if (risk === undefined) {
    const message = `${JSON.stringify(String(fixType).slice(0, 80))} is not a fix. \`agentmend fix-types\` lists them.`;
    throw new Problem("unknown_fix_type", message, { errors: [{ pointer, code: "unknown_fix_type", message }] });
  }
  if (detector.governance) throw invalid(pointer, `${detector.name} is a governance finding: there is no fix to approve. Send kind "governance".`, "governance_has_no_apply");
  if (detector.fix_types.length === 0) throw new Problem("no_remediation_path", `${detector.name} has no fix.`);
  const own = detector.fix_types.map(({ fix_type }) => fix_type);
  if (!own.includes(fixType as string)) {
    const message = `${String(fixType)} is no fix of ${detector.name}: ${own.join(", ")} ${own.length === 1 ? "is" : "are"}.`;
    throw new Problem("fix_not_allowed", message, { errors: [{ pointer, code: "fix_not_allowed", message }] });
  }
  return risk;
}
