// A JSON or YAML file as a target: comments, order and indentation stay; the write is whole or not at all.
import { closeSync, constants, fchmodSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";

import { editText, formatOf, parseConfig, type ConfigFormat } from "../edit/index.js";
import { AgentmendError } from "../errors.js";
import { canonicalExact, sha256Hex } from "../seal.js";
import type { Target } from "./target.js";

/**
 * A config file. Its version is the digest of its text: whoever changes it meanwhile is not overwritten (`version_conflict`).
 *
 * @example
 * const target = fileTarget("agent.yaml");
 * const { config, version } = await target.read();
 */
export function fileTarget(name: string): Target {
  return {
    kind: "file",
    read: async () => {
      const { text, format } = load(name);
      return { config: parseConfig(text, format), version: sha256Hex(text) };
    },
    write: async (config, { ifVersion, patch }) => {
      const unlock = lock(name);
      try {
        const { text, format } = load(name);
        if (ifVersion !== null && sha256Hex(text) !== ifVersion) throw new AgentmendError("version_conflict", "", "The file was changed by somebody else meanwhile. Nothing was written.");
        const next = patch === undefined ? print(config, format) : editText(text, patch, format);
        if (canonicalExact(parseConfig(next, format)) !== canonicalExact(config)) throw new AgentmendError("edit_not_faithful", "", "The file could not be changed to exactly this. Nothing was written.");
        replace(realpathSync(name), next);
        return { version: sha256Hex(next) };
      } finally {
        unlock();
      }
    },
  };
}

function load(name: string): { text: string; format: ConfigFormat } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(name));
  } catch (error) {
    if (error instanceof TypeError) throw new AgentmendError("utf8_invalid", "", "The file is not UTF-8.");
    throw new AgentmendError("read_failed", "", error instanceof Error ? error.message : String(error));
  }
  return { text, format: /\.ya?ml$/i.test(name) ? "yaml" : formatOf(text) };
}

function print(config: unknown, format: ConfigFormat): string {
  if (format === "yaml") throw new AgentmendError("edit_not_faithful", "", "A YAML file is changed by a patch, so that its comments stay.");
  return `${JSON.stringify(config, null, 2)}\n`;
}

// Between two of ours; an editor does not know it, the version does.
function lock(name: string): () => void {
  const beside = `${name}.agentmend.lock`;
  try {
    closeSync(openSync(beside, "wx"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new AgentmendError("target_locked", "", `${beside} is there: another process writes. Remove it when none does.`);
    throw new AgentmendError("write_failed", "", error instanceof Error ? error.message : String(error));
  }
  return () => unlinkSync(beside);
}

/** Beside the file, to the disk, then in its place: a reader or a crash never sees half of it. */
function replace(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      fchmodSync(file, statSync(path).mode & 0o777);
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    try {
      unlinkSync(beside);
    } catch {
      // it was never made, or is in its place already
    }
    throw new AgentmendError("write_failed", "", error instanceof Error ? error.message : String(error));
  }
}
