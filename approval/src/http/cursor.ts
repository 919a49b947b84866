import { equalInConstantTime, hmacSha256Hex } from "../../../sdk/src/seal.js";
import { Problem } from "../problem.js";

interface Place {
  readonly created_at_ms: number;
  readonly id: string;
}

/** Where a list goes on; signed, so that nobody makes one up. */
export function writeCursor(row: Place, key: Uint8Array): string {
  const text = `${row.created_at_ms}.${row.id}`;
  return `${text}.${hmacSha256Hex(key, `cursor\n${text}`).slice(0, 32)}`;
}

export function readCursor(cursor: string | undefined, key: Uint8Array): Place | undefined {
  if (cursor === undefined) return undefined;
  const [at, id, mac] = cursor.split(".");
  if (at === undefined || id === undefined || mac === undefined || !equalInConstantTime(hmacSha256Hex(key, `cursor\n${at}.${id}`).slice(0, 32), mac)) {
    throw new Problem("bad_cursor", "Take the cursor from next_cursor of the page before, as it is.");
  }
  return { created_at_ms: Number(at), id };
}
