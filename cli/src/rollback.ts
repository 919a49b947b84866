import { basename, dirname, join } from "node:path";

import { editText, unifiedDiff } from "../../sdk/src/edit/index.js";
import { rollBack } from "../../sdk/src/heal.js";
import type { HealingRecord } from "../../sdk/src/wire.js";
import type { Context } from "./context.js";
import { Failure, inFile } from "./failure.js";
import { colouredDiff, readConfig, writeWhole, type RecordFile } from "./heal.js";
import { safe } from "./paint.js";

export interface RollbackOptions {
  target?: string | undefined;
  json: boolean;
}

function recordFile(name: string): RecordFile {
  const { value } = readConfig(name);
  const { config, records } = (value ?? {}) as Partial<RecordFile>;
  if (typeof config !== "string" || config === "" || config !== basename(config) || !Array.isArray(records)) {
    throw new Failure("record_invalid", "", "This is not a record that agentmend heal --write made.", name);
  }
  return { config, records };
}

/** Takes back the applied records, the last first. A config that was changed where a fix had changed it is left as it is. */
export function rollback(context: Context, name: string, options: RollbackOptions): number {
  const { config: configName, records } = recordFile(name);
  const config = readConfig(options.target ?? join(dirname(name), configName));
  let { text } = config;
  let value: unknown = config.value;
  const after: HealingRecord[] = [...records];
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (record === undefined || record.state !== "applied") continue;
    const undone = inFile(config.name, () => rollBack(context.core, record, value, Date.now));
    text = inFile(config.name, () => editText(text, undone.patch, config.format));
    value = undone.config;
    after[index] = undone.record;
  }
  writeWhole(config.name, text);
  writeWhole(name, `${JSON.stringify({ config: configName, records: after } satisfies RecordFile, null, 2)}\n`);
  if (options.json) context.out(JSON.stringify(after, null, 2));
  else {
    const diff = unifiedDiff(config.text, text, config.name);
    context.out(diff === "" ? "Nothing to take back." : `${colouredDiff(context, diff)}\n${context.paint.green("✓ rolled back")}: ${safe(config.name)}`);
  }
  return 0;
}
