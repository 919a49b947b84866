// Foreign text on a page: shown as text, with what is invisible made visible, and never endless.
import { html, raw } from "hono/html";

export type Html = ReturnType<typeof html>;

const mostShown = 4096;

// Controls (but tab and line feed), zero-width characters, and the marks that turn the direction of text round: with these a payload
// can read "approve $10" and mean something else.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** The text with hidden characters as visible escapes; the rest is escaped by the template. */
export function visible(text: string): Html {
  const parts: Html[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    parts.push(html`${text.slice(from, match.index)}<span class="control">${escapeOf(match[0])}</span>`);
    from = match.index + match[0].length;
  }
  return html`${parts}${text.slice(from)}`;
}

function escapeOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}

/** Foreign text as a block, cut at 4 kB with a link to the whole. */
export function block(text: string, whole: string): Html {
  const cut = text.length > mostShown;
  return html`<pre dir="auto">${visible(cut ? wellFormed(text.slice(0, mostShown)) : text)}</pre>
    ${cut ? html`<p class="note">Cut after ${mostShown} of ${text.length} characters. <a href="${whole}">Show everything as plain text</a></p>` : nothing}`;
}

/** Half a character at the cut would be shown as a replacement mark. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, "");
}

/** A value as text: a text as it is, all else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

export const nothing = raw("");

/** A time that people and machines read. */
export function time(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

/** How long until a time, in words. */
export function until(ms: number, now: number): string {
  const minutes = Math.ceil((ms - now) / 60_000);
  if (minutes <= 0) return "now";
  if (minutes < 90) return `in ${minutes} minute${minutes === 1 ? "" : "s"}`;
  return minutes < 2880 ? `in ${Math.round(minutes / 60)} hours` : `in ${Math.round(minutes / 1440)} days`;
}
