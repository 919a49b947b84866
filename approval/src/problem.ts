// Errors of the API (RFC 9457): one list of codes with status and title; `detail` says what to do next.
const problems = {
  bad_json: [400, "Not JSON"],
  duplicate_key: [400, "A key is there twice"],
  credential_in_url: [400, "Credential in the URL"],
  project_required: [400, "Which project?"],
  bad_cursor: [400, "Unreadable cursor"],
  unauthenticated: [401, "Not signed in"],
  key_expired: [401, "Key expired"],
  key_revoked: [401, "Key revoked"],
  missing_scope: [403, "Not allowed with this key"],
  self_approval: [403, "Nobody approves what they asked for"],
  four_eyes_same_principal: [403, "A second person is needed"],
  approver_not_allowed: [403, "Not strong enough for this decision"],
  csrf: [403, "The form was not sent from its page"],
  not_found: [404, "Not found"],
  idempotency_conflict: [409, "This idempotency key was used for something else"],
  in_progress: [409, "Somebody else holds it"],
  already_decided: [409, "Already decided"],
  already_consumed: [409, "Already used"],
  illegal_transition: [409, "Not possible from here"],
  binding_mismatch: [409, "This is not what was shown"],
  governance_has_no_apply: [409, "A governance case has nothing to apply"],
  superseded: [409, "Superseded"],
  target_halted: [409, "This target is halted"],
  expired: [410, "Expired"],
  stale_revision: [412, "Changed in the meantime"],
  body_too_large: [413, "Too large"],
  unsupported_media_type: [415, "Not JSON"],
  invalid_input: [422, "Not a valid request"],
  unknown_detector: [422, "Unknown detector"],
  unknown_fix_type: [422, "Unknown fix"],
  fix_not_allowed: [422, "This fix does not belong to this detector"],
  no_remediation_path: [422, "There is no fix"],
  precondition_required: [428, "Say which version"],
  rate_limited: [429, "Too many requests"],
  internal: [500, "Something went wrong here"],
  unavailable: [503, "Not ready"],
  audit_unavailable: [503, "The audit trail cannot be written"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;

/** What is wrong with one place of a body. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly retryAfterS?: number;
  readonly current?: object;
  /** Overrides the status of the table (a hash that does not fit the body is 422, one that does not fit the card 409). */
  readonly status?: number;
  readonly cause?: unknown;
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterS: number | undefined;
  readonly current: object | undefined;

  constructor(
    readonly code: ProblemCode,
    message: string,
    extras: ProblemExtras = {},
  ) {
    super(message, { cause: extras.cause });
    this.status = extras.status ?? problems[code][0];
    this.errors = extras.errors;
    this.retryAfterS = extras.retryAfterS;
    this.current = extras.current;
  }

  /** The body as it goes out. */
  document(instance: string): object {
    return {
      type: `urn:agentmend:problem:${this.code}`,
      title: problems[this.code][1],
      status: this.status,
      detail: this.message,
      instance,
      code: this.code,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      ...(this.retryAfterS === undefined ? {} : { retry_after_s: this.retryAfterS }),
      ...(this.current === undefined ? {} : { current: this.current }),
    };
  }
}

/** A wrong member of a body. */
export function invalid(pointer: string, message: string, code = "invalid"): Problem {
  return new Problem("invalid_input", `${pointer === "" ? "The body" : pointer}: ${message}`, { errors: [{ pointer, code, message }] });
}
