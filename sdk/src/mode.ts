import { AgentmendError } from "./errors.js";

/** What a mender may do: only look, recommend, or act. */
export type Mode = "observe" | "recommend" | "enforce";
/** What happens to a call when the guard itself fails: it runs (`open`) or it is blocked (`closed`). */
export type FailMode = "open" | "closed";

const applying: readonly Mode[] = ["observe", "recommend", "enforce"];

/** The mode that applies least: every place that names a mode may lower it, none may raise it. */
export function least(...modes: readonly (Mode | undefined)[]): Mode {
  let lowest = applying.length - 1;
  for (const mode of modes) if (mode !== undefined) lowest = Math.min(lowest, applying.indexOf(mode));
  return applying[lowest] ?? "observe";
}

/** Reads a word given by a caller or the environment; a word that is none is bad use, so that a typing error never loosens anything. */
export function readWord<Word extends string>(value: unknown, words: readonly Word[], at: string): Word | undefined {
  if (value === undefined || value === "") return undefined;
  const found = words.find((word) => word === value);
  if (found === undefined) throw new AgentmendError("invalid_input", at, `${JSON.stringify(value)?.slice(0, 60) ?? "This value"} is not one of ${words.join(", ")}.`);
  return found;
}

export const modes = applying;
export const failModes: readonly FailMode[] = ["open", "closed"];
