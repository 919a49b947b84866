// Secrets do not rest here: what looks like one is masked before a request is stored. The binding hash is made of the exact values.
const secretKey = /pass(word|phrase|wd)?$|secret|token$|api[-_]?key|authorization|credential|private[-_]?key|cookie|bearer/i;
const secretText = [
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}/g, // model and payment providers
  /\bamk_[0-9A-Z]{26}_[A-Za-z0-9_-]{43}/g, // our own
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bxox[abpr]-[A-Za-z0-9-]{10,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, // JWT
  /\bBearer\s+[A-Za-z0-9._~+/-]{8,}=*/gi,
];

const mask = "••••";

/** A copy with secrets masked: texts that look like keys, and whole values under keys like `password`. */
export function masked(value: unknown): unknown {
  if (typeof value === "string") return secretText.reduce((text, pattern) => text.replace(pattern, mask), value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, secretKey.test(key) && isScalar(member) ? mask : masked(member)]));
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}
