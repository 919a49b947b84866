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
