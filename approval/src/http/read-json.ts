// Reads a request body: strict JSON, bounded, no key twice. A control document has one reading or none.
import { visit, type JSONPath } from "jsonc-parser";

import { toPointer } from "../../../sdk/src/pointer.js";
import { Problem } from "../problem.js";

export const maxBody = 1024 * 1024;
const maxDepth = 64;
const maxString = 256 * 1024;

/** The value of a body. Refuses what is not JSON, too deep, too long, or says one key twice; with the place where one is known. */
export function readJson(text: string): unknown {
  refuseDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem("bad_json", `The body is not JSON: ${error instanceof Error ? error.message.slice(0, 120) : "unreadable"}. Send one JSON document.`);
  }
  const above: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => void above.push(new Set()),
    onObjectEnd: () => void above.pop(),
    onObjectProperty: (key, _offset, _length, _line, _column, path) => {
      const keys = above.at(-1);
      if (keys?.has(key) === true) {
        const pointer = toPointer([...path(), key]);
        throw new Problem("duplicate_key", `${pointer} is there twice. Remove one.`, { errors: [{ pointer, code: "duplicate_key", message: "This key is there twice." }] });
      }
      keys?.add(key);
      refuseLong(key, path);
    },
    onLiteralValue: (literal: unknown, _offset, _length, _line, _column, path) => refuseLong(literal, path),
  });
  return value;
}

function refuseLong(value: unknown, path: () => JSONPath): void {
  if (typeof value !== "string" || value.length <= maxString) return;
  const pointer = toPointer(path());
  throw new Problem("body_too_large", `${pointer} is longer than 256 kB. Send a digest or a shorter text.`, { errors: [{ pointer, code: "too_long", message: "At most 256 kB." }] });
}

// Before any parser that recurses sees the text.
function refuseDepth(text: string): void {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; ++at) {
    const character = text[at];
    if (inText) {
      if (character === "\\") at += 1;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > maxDepth) throw new Problem("bad_json", `The body is nested deeper than ${maxDepth}. Flatten it.`);
    } else if (character === "}" || character === "]") depth -= 1;
  }
}
