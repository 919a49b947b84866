import { AgentmendError } from "../../sdk/src/errors.js";
import { parseConfig } from "../../sdk/src/edit/index.js";
import { Failure } from "./failure.js";
import { readInput, type InputFile } from "./read-input.js";

/** A file that the core reads; `json` is what it is given: the file itself, or what a YAML file says as JSON. */
export interface RunFile extends InputFile {
  json: Uint8Array;
}

/** Reads a run, a workflow or a definition of an app. A .yaml or .yml file is YAML. */
export function readRun(name: string): RunFile {
  const file = readInput(name);
  if (!/\.ya?ml$/i.test(name)) return { ...file, json: file.bytes };
  try {
    const value = parseConfig(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file.bytes), "yaml");
    return { ...file, json: new TextEncoder().encode(JSON.stringify(value)) };
  } catch (error) {
    if (error instanceof AgentmendError) throw new Failure(error.code, error.at, error.message, name);
    if (error instanceof TypeError) throw new Failure("encoding", "", "This file is not UTF-8.", name);
    throw error;
  }
}
