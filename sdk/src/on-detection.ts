// A host's own word on a finding (healing.md 6.4): it may tighten, and may loosen only what no person has to decide.
import { stricter, type InterventionAction } from "./intervention.js";
import type { Detection } from "./wire.js";

/** What a callback may answer; nothing = our proposal stands. */
export interface HostAction {
  readonly decision: InterventionAction["decision"];
  readonly message?: string | undefined;
  readonly endRun?: boolean | undefined;
  readonly patchedArgs?: unknown;
}

export interface DetectionContext {
  /** The decision that is taken when the callback says nothing. */
  readonly proposed: InterventionAction;
  readonly runId: string | null;
}

export type OnDetection = (detection: Detection, context: DetectionContext) => HostAction | void;

/** What became of a callback's answer. */
export type HostVerdict = "overridden_by_host" | "override_refused" | "tightened_by_host" | "ignored";

const decisions: readonly unknown[] = ["allow", "block", "retry_with_fix", "escalate"];
const longestMessage = 600;

// Read once into a plain copy: a Proxy that changes its mind has said one thing only.
function readAnswer(answer: unknown): HostAction | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { decision, message, endRun, then } = answer as Record<string, unknown>;
  const patched = "patchedArgs" in answer ? { patchedArgs: (answer as HostAction).patchedArgs } : {};
  if (typeof then === "function" || !decisions.includes(decision)) return null;
  const text = typeof message === "string" ? message.replace(/[\u0000-\u001f\u007f]+/g, " ").slice(0, longestMessage) : undefined;
  return { decision: decision as HostAction["decision"], message: text, endRun: endRun === true, ...patched };
}

/** Asks the callback about each finding behind a proposal and joins its answers with it; the strictest stands. */
export function consult(callback: OnDetection, findings: readonly Detection[], context: DetectionContext): { action: InterventionAction; verdicts: [string, HostVerdict][] } {
  const { proposed } = context;
  // A finding that a person has to decide keeps the whole decision, whatever is said about the others beside it.
  const forPerson = findings.some(({ governance, bucket }) => governance || bucket === "dangerous_escalate");
  const verdicts: [string, HostVerdict][] = [];
  let tightest = proposed;
  let loosened: InterventionAction | null = null;
  for (const detection of findings) {
    const answer = ask(callback, detection, context);
    const wanted = answer === null ? proposed : merged(proposed, answer);
    if (answer === null) verdicts.push([detection.id, "ignored"]);
    else if (answer === "nothing" || wanted.decision === proposed.decision) continue;
    else if (stricter(wanted, proposed)) {
      if (stricter(wanted, tightest)) tightest = wanted;
      verdicts.push([detection.id, "tightened_by_host"]);
    } else if (forPerson) verdicts.push([detection.id, "override_refused"]);
    else if (wanted.decision === "allow" && detection.detector === proposed.detector) loosened = wanted;
  }
  if (tightest !== proposed || loosened === null) return { action: tightest, verdicts };
  return { action: loosened, verdicts: [...verdicts, [proposed.detector ?? "", "overridden_by_host"]] };
}

function ask(callback: OnDetection, detection: Detection, context: DetectionContext): HostAction | "nothing" | null {
  try {
    // A copy: what a callback changes in the finding it was shown must not reach the session.
    const said: unknown = callback(Object.freeze({ ...detection }), context);
    return said === undefined ? "nothing" : readAnswer(said);
  } catch {
    return null;
  }
}

function merged(proposed: InterventionAction, answer: HostAction | "nothing"): InterventionAction {
  if (answer === "nothing") return proposed;
  // retry_with_fix uses our fix and our text; without one it is a block.
  const decision = answer.decision === "retry_with_fix" && proposed.fixType === null ? "block" : answer.decision;
  const { patchedArgs: _, ...kept } = proposed;
  return {
    ...kept,
    decision,
    endRun: decision === "allow" ? false : proposed.endRun || answer.endRun === true,
    message: decision === "allow" ? null : (answer.message ?? proposed.message ?? "The host stopped this call. Do not repeat it; take another way or answer with what you have."),
    promptPatch: decision === "allow" ? null : proposed.promptPatch,
    retryable: decision === "retry_with_fix",
    approval: decision === "escalate" ? proposed.approval : null,
    ...(decision === "allow" && answer.patchedArgs !== undefined ? { patchedArgs: answer.patchedArgs } : {}),
  };
}
