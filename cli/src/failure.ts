/** What went wrong, on one line: shown as `agentmend: FILE: code at PLACE: message`, exit status 2. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    readonly at: string,
    message: string,
    readonly file: string | null = null,
  ) {
    super(message);
  }

  line(): string {
    const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").slice(0, 500);
    const file = this.file === null ? "" : `${oneLine(this.file)}: `;
    const at = this.at === "" ? "" : ` at ${this.at.length > 120 ? `${oneLine(this.at).slice(0, 117)}...` : oneLine(this.at)}`;
    return `agentmend: ${file}${this.code}${at}: ${oneLine(this.message)}`;
  }
}

interface WireError {
  code: string;
  at: string;
  message: string;
}

/** The answer of an operation, or its error as a Failure. */
export function answerOf<T>(json: string, file: string | null = null): T {
  const answer = JSON.parse(json) as T & { error?: WireError };
  const error = answer.error;
  if (error !== undefined && error !== null && typeof error.code === "string" && !("schema" in (answer as object))) {
    throw new Failure(error.code, error.at, error.message, file);
  }
  return answer;
}
