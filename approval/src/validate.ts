import type { Validator } from "#validators";

import { Problem, type FieldError } from "./problem.js";

/** The value, typed, when it fits its schema; else 422 with the place of what does not fit. */
export function checked<T>(validator: Validator, value: unknown): T {
  if (validator(value)) return value as T;
  const errors = (validator.errors ?? []).slice(0, 5).map((error): FieldError => {
    const extra = error.keyword === "additionalProperties" ? `/${String(error.params["additionalProperty"]).replaceAll("~", "~0").replaceAll("/", "~1")}` : "";
    return { pointer: error.instancePath + extra, code: error.keyword, message: error.message ?? "does not fit" };
  });
  const [first] = errors;
  throw new Problem("invalid_input", `${first === undefined || first.pointer === "" ? "The body" : first.pointer}: ${first?.message ?? "does not fit"}.`, { errors });
}
