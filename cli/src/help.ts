export const help = `agentmend: finds what went wrong in an AI agent's run, and mends it when that is provably safe.

  agentmend detect FILE|- [FILE…]     what went wrong in a recorded run (several files are read as one run)
  agentmend heal TRACE --target CONFIG --framework NAME
                                      what would change, why, and what proves it
  agentmend rollback RECORD [--target CONFIG]
                                      give back the original of a healed config
  agentmend coverage                  what happens when each detector fires
  agentmend detectors                 the catalogue of detectors
  agentmend fix-types                 the closed list of fixes and their risks
  agentmend explain NAME              one detector in full
  agentmend serve                     the approval endpoint: agents ask, people decide on its page
  agentmend follow --endpoint URL --target FILE
                                      applies to FILE what is SAFE or was approved there
  agentmend audit verify FILE|-       was this exported audit trail changed?

Options
  --json            print the document instead of text (detect, heal, coverage, detectors, fix-types)
  --verbose         say which backend is used (native add-on or WebAssembly)
  --help            this text; \`agentmend detect --help\` says more about detect
  --version

Exit status: 0 nothing found, or all healed; 1 findings, or something waits for a person; 2 usage or input error.

Try it:  agentmend detect run.json
`;

export const commandHelp: Record<string, string> = {
  detect: `agentmend detect FILE|- [FILE…]

Reads a recorded run in any known format and prints what went wrong, with a pointer to each piece of evidence.
Formats: OpenTelemetry GenAI and OpenInference traces (OTLP JSON), n8n workflows and executions, LangGraph streams and
checkpoints, LangSmith runs, Dify apps and runs, OpenClaw sessions, Claude Code transcripts, Claude Agent SDK messages,
Anthropic Managed Agents events, OpenAI Agents SDK traces, responses and chats, Vercel AI SDK steps, ATIF, plain chats,
agentmend's own JSON Lines. The format is recognised; gzip is unpacked, server-sent events and YAML are read. Give a workflow and its execution
together: agentmend detect workflow.json execution.json

  --json                 a Report document (schema agentmend.report/1)
  --jsonl                many small questions: lines {id, detector, input} or {id, trace} on standard input,
                         one answer line each
  --source FORMAT        do not guess the format
  --show-trace           ask no detector: print what was read, as a tree of spans with their places in the file
  --only a,b             these detectors alone
  --min-confidence N     hide findings below N (0 to 1)
  --context FILE         what you know and the trace cannot say: budgets, gates, tool classes (run-context JSON)
`,
  heal: `agentmend heal TRACE --target CONFIG --framework NAME

Detects in TRACE, plans fixes for CONFIG (JSON or YAML), and prints what would change and what proves it. Nothing is
written unless --write is given. SAFE fixes are applied, MEDIUM ones only when the proof holds, all others wait for a
person.

  --framework NAME       n8n or generic (the default)
  --policy FILE          what may be applied (a document of schema agentmend.policy/1)
  --diff                 only a unified diff, ready for git apply
  --json                 an array with one document per finding: a healing record, a governance case (for a person
                         alone), or the detection where there is nothing to apply
  --write                write CONFIG, and CONFIG.agentmend.json with what is needed to roll back
`,
  rollback: `agentmend rollback RECORD [--target CONFIG]

RECORD is the CONFIG.agentmend.json that heal --write made. Gives back the original; refuses when CONFIG was changed
in the meantime.
`,
  serve: `agentmend serve

Starts the approval endpoint (package @agentmend/approval) with an embedded database, for this machine only unless you
say otherwise. The first start shows your key and your agents' key, once. Ctrl-C stops it.

  --port N               8787 unless you say otherwise; 0 = any free one
  --db FILE              agentmend.db unless you say otherwise
  --host ADDRESS         127.0.0.1 unless you say otherwise; any other needs --tls-terminated and AGENTMEND_AUDIT_KEY
  --public-url URL       where people reach it, when a proxy stands in front
  --tls-terminated       a proxy in front speaks https
  AGENTMEND_AUDIT_KEY    32 bytes (64 hex digits) that key the audit trail
`,
  follow: `agentmend follow --endpoint URL --target FILE

Applies to a JSON or YAML file what the approval endpoint has ready for it: SAFE fixes, and others once a person approved
them. Each change is leased, checked again here, written as a whole (comments stay), read back, checked, reported; what
does not hold is taken back. A file that somebody else changed meanwhile is left alone. Ctrl-C stops it.

  --target-id NAME       the name under which fixes are about this file (its file name unless you say otherwise)
  --check COMMAND        your own check, run after each change with AGENTMEND_TARGET=FILE; fails = the change is taken back
  --interval SECONDS     how often to look (2)
  --once                 look once; exit status 1 when something did not go through
  --json                 one document a line
  AGENTMEND_APPROVAL_TOKEN   a key with the scope escalate
  AGENTMEND_DECISION_KEY     dk_…: decisions must carry its signature
`,
  audit: `agentmend audit verify FILE|-

Checks an exported audit trail: every hash, every link, every number, and its end. The export is what
GET /api/v1/audit/export answers.

  --key K, --key-env N   the audit key, itself or the name of its environment variable (AGENTMEND_AUDIT_KEY unless you
                         say otherwise); --key more than once when it was changed
  --anchor FILE          a head that was kept outside: shows a tail that was cut off together with its head
  --from N, --to N       the part that is checked, when it is not the whole
  --json                 the verdict as a document

Exit status: 0 intact; 1 edited, reordered, cut or forked; 2 could not be checked (wrong key, not an export).
`,
  explain: `agentmend explain NAME

Everything about one detector: what it catches, when it is asked, what follows.
`,
};
