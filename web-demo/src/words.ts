// The core's closed vocabularies in plain words. A word that is missing here is shown as it is, without its underscores.

export function plain(name: string): string {
  return name.replaceAll("_", " ");
}

export const riskWords: Record<string, { name: string; says: string }> = {
  safe: { name: "SAFE", says: "It only bounds or guards. It may be applied without asking, is checked, and can be taken back." },
  medium: { name: "MEDIUM", says: "It changes how the agent works. It is applied only when a replay of the recording proves that it helps." },
  dangerous: { name: "DANGEROUS", says: "It changes what the agent may read, say or do. It is never applied without a person's approval." },
};

const gateWords: Record<string, string> = {
  safe_fix: "a SAFE fix",
  second_line_fix: "the second choice of fix, which a person looks at first",
  dangerous_fix: "a DANGEROUS fix is for a person",
  medium_fix: "a MEDIUM fix that cannot be proven here is for a person",
  verified: "the replay proved it",
  not_verified: "the replay did not prove it",
  no_shim: "there is no replay that could prove it",
  no_remediation_path: "no fix is known",
};

const ceilingWords: Record<string, string> = {
  governance_open: "a governance finding on this run is open, so nothing is applied until a person has looked",
  nothing_to_change: "there is no configuration here that it could change",
};

const stateWords: Record<string, string> = {
  applied: "Applied to the copy of your file on this page, and checked.",
  awaiting_approval: "Handed to a person. Not applied: it waits for an approval.",
  recommended: "Recommended. Not applied.",
  rolled_back: "Taken back.",
  no_remediation: "No fix is known. Not applied.",
  failed: "Not applied: a check failed, and the change was taken back.",
};

export function decisionWords(state: string, reason: string, ceiling: string | null): string {
  const because = [gateWords[reason] ?? plain(reason), ...(ceiling === null ? [] : [ceilingWords[ceiling] ?? plain(ceiling)])];
  return `${stateWords[state] ?? `${plain(state)}.`} Why: ${because.join("; ")}.`;
}

export const proofWords: Record<string, string> = {
  structural: "The changed document is whole",
  redetect: "The finding is gone when the document is looked at again",
  guard_replay: "The guard stops the recorded run in time",
  shim_replay: "The fix, replayed on the recording, is better",
  host_check: "The host's own check",
};

export const roleWords: Record<string, string> = {
  security_oncall: "security on call",
  agent_owner: "the agent's owner",
  platform_oncall: "platform on call",
  data_owner: "the owner of the data",
  engineering_lead: "engineering lead",
  compliance: "compliance",
};

export const fileWords: Record<string, string> = { run: "the run", workflow: "the workflow", config: "the configuration" };
