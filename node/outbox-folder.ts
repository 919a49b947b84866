// An outbox that survives a kill: one file an item, written beside, synced, renamed.
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

import { checkRoom, type OutboxItem, type OutboxStore } from "../sdk/src/escalation/outbox.js";

const ending = ".json";
// A key may hold any visible ASCII; a file name must not.
const fileOf = (key: string): string => `${Buffer.from(key, "utf8").toString("base64url")}${ending}`;

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some file systems cannot sync a folder; the rename is then as safe as they make it.
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
  } finally {
    closeSync(handle);
  }
}

function writeWhole(folder: string, name: string, text: string): void {
  const beside = join(folder, `${name}.${process.pid}.tmp`);
  const handle = openSync(beside, "w", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, join(folder, name));
  syncFolder(folder);
}

/**
 * Keeps items as files in a folder, which is made when it is not there. Several processes may share it: the endpoint knows an item by
 * its idempotency key, whoever sends it.
 *
 * @example
 * const mender = await createMender({ approval: { endpoint: "https://approve.example.com", outbox: "/var/lib/bot/outbox" } });
 */
export function folderOutbox(folder: string): OutboxStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const sizes = new Map<string, number>();
  let total = 0;
  const forget = (name: string): void => {
    total -= sizes.get(name) ?? 0;
    sizes.delete(name);
  };
  const count = (name: string, size: number): void => {
    forget(name);
    sizes.set(name, size);
    total += size;
  };
  return {
    durable: true,
    put(item) {
      const name = fileOf(item.key);
      const text = JSON.stringify(item);
      if (!sizes.has(name)) checkRoom(sizes.size + 1, total + text.length);
      writeWhole(folder, name, text);
      count(name, text.length);
    },
    due(nowMs) {
      const items: OutboxItem[] = [];
      for (const name of readdirSync(folder).sort()) {
        if (!name.endsWith(ending)) continue;
        const text = readFileSync(join(folder, name), "utf8");
        count(name, text.length);
        const item = readItem(text);
        if (item === null) renameSync(join(folder, name), join(folder, `${name}.unreadable`));
        else if (item.next_at_ms <= nowMs) items.push(item);
      }
      return items.sort((one, other) => one.queued_at_ms - other.queued_at_ms);
    },
    done(key) {
      rmSync(join(folder, fileOf(key)), { force: true });
      forget(fileOf(key));
      syncFolder(folder);
    },
    fail(key, error) {
      const name = fileOf(key);
      if (!sizes.has(name)) return;
      // Kept for a person, out of the way of the sender.
      writeWhole(folder, `${name}.refused`, JSON.stringify({ error, item: JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown }));
      rmSync(join(folder, name), { force: true });
      forget(name);
    },
  };
}

// A half-written file cannot be there (rename), a foreign one can.
function readItem(text: string): OutboxItem | null {
  try {
    const item = JSON.parse(text) as OutboxItem;
    return typeof item.key === "string" && typeof item.binding_hash === "string" && typeof item.body === "object" && typeof item.expires_at_ms === "number" ? item : null;
  } catch {
    return null;
  }
}
