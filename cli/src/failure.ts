import { AgentmendError, readAnswer } from "../../sdk/src/errors.js";

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

/** Does the work; an error of the core or of an edit becomes a Failure with its file. */
export function inFile<T>(file: string | null, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AgentmendError) throw new Failure(error.code, error.at, error.message, file);
    throw error;
  }
}

/** The answer of an operation, or its error as a Failure. */
export function answerOf<T>(json: string, file: string | null = null): T {
  return inFile(file, () => readAnswer<T>(json));
}
