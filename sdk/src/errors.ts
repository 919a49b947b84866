/**
 * Bad use, or a document that cannot be worked on. `code` is stable, `at` is a JSON pointer into the document that was
 * given ("" = the whole document), `message` says what to do.
 *
 * @example
 * const error = new AgentmendError("duplicate_key", "/nodes/0/name", "This object has the key twice. Remove one.");
 * error.code; // "duplicate_key"
 */
export class AgentmendError extends Error {
  override readonly name = "AgentmendError";
  readonly code: string;
  readonly at: string;

  constructor(code: string, at: string, message: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

/** The answer of an operation of the core; an error answer is thrown. A report or record may hold an `error` of its own. */
export function readAnswer<T>(json: string): T {
  const answer = JSON.parse(json) as T & { error?: { code: string; at: string; message: string } | null };
  const { error } = answer;
  if (error !== undefined && error !== null && typeof error.code === "string" && !("schema" in (answer as object)) && !("record" in (answer as object))) {
    throw new AgentmendError(error.code, error.at, error.message);
  }
  return answer;
}
