// Elements are made here, and only here. Text becomes a text node, never markup: what a trace says stays text.

export type Child = Node | string | null;

const attributes = ["class", "id", "role", "type", "for", "tabindex", "aria-label", "aria-labelledby", "aria-hidden", "data-mark", "data-risk", "data-severity", "data-line", "lang", "dir"] as const;
export type Attributes = Partial<Record<(typeof attributes)[number], string>>;

// Characters that act instead of being seen: controls, and those that reorder or hide text.
const acting = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text from outside with every acting character written out, for example ⟨U+202E⟩. */
export function visible(text: string): string {
  return text.replace(acting, (character) => (character === "\r" ? "" : `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`));
}

/** Makes an element. Strings among the children become text. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, given: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const name of attributes) {
    const value = given[name];
    if (value !== undefined) element.setAttribute(name, value);
  }
  for (const child of children) {
    if (child !== null) element.append(typeof child === "string" ? document.createTextNode(visible(child)) : child);
  }
  return element;
}

/** A button that does something. */
export function button(label: string, act: () => void, given: Attributes = {}): HTMLButtonElement {
  const element = el("button", { type: "button", ...given }, label);
  element.addEventListener("click", act);
  return element;
}

/** Offers a text as a file. Nothing is sent: the browser writes it itself. */
export function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name.replace(/[^\w.-]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
