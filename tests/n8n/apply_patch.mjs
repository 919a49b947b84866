// The part of RFC 6902 that the expected heals use, apart from agentmend's own patch code, so that the two check each other.

/** Returns a patched copy; throws when an operation does not fit the document. */
export function applyPatch(document, operations) {
  const result = structuredClone(document);
  for (const { op, path, value } of operations) {
    const tokens = path.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = tokens.pop();
    const parent = tokens.reduce((place, token) => place?.[token], result);
    if (parent === null || typeof parent !== "object") throw new Error(`${op} ${path}: no such parent`);
    if (op !== "add" && !(last in parent)) throw new Error(`${op} ${path}: no such member`);
    if (op === "add" && Array.isArray(parent)) {
      const index = last === "-" ? parent.length : Number(last);
      if (!Number.isInteger(index) || index < 0 || index > parent.length) throw new Error(`${op} ${path}: outside the array`);
      parent.splice(index, 0, value);
    } else if (op === "add" || op === "replace") parent[last] = value;
    else if (op === "remove" && Array.isArray(parent)) parent.splice(Number(last), 1);
    else if (op === "remove") delete parent[last];
    else throw new Error(`${op} ${path}: unknown operation`);
  }
  return result;
}
