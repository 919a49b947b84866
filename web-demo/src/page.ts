// The page: takes what is given, hands it to the worker, shows the answer.
import { examples } from "agentmend:examples";
import { script } from "agentmend:worker";

import { button } from "./dom.js";
import { failureElement, foundElements, showNotRolledBack, showRolledBack } from "./findings.js";
import type { Answer, Ask, Given } from "./protocol.js";

const mostFiles = 8;
const stepWords = { reading: "Reading…", finding: "Looking for failures…", healing: "Trying the fixes…", placing: "Finding the places…" };

function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page lacks #${id}.`);
  return element as T;
}

const status = byId("status");
const results = byId("results");
const stop = byId<HTMLButtonElement>("stop");
const pasted = byId<HTMLTextAreaElement>("pasted");
const picker = byId<HTMLInputElement>("picker");
const drop = byId("drop");

let worker: Worker | undefined;
let current = ""; // the text of the mended document

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

// The worker is made from a blob: such a worker lives under this page's own policy, so it may not connect anywhere either. A worker
// with an address of its own would be free of it. Trusted Types: this one address is the only script that may be made from a text.
const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
const workerAddress = trusted === undefined ? address : trusted.createPolicy("agentmend-worker", { createScriptURL: () => address }).createScriptURL(address);

function working(busy: boolean): void {
  stop.hidden = !busy;
  results.setAttribute("aria-busy", String(busy));
}

function show(...elements: HTMLElement[]): void {
  results.replaceChildren(...elements);
  results.hidden = false;
  const heading = results.querySelector<HTMLElement>("#found");
  heading?.focus({ preventScroll: true });
  results.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start" });
}

function card(index: number): Element {
  const found = results.querySelectorAll("article.finding")[index];
  if (found === undefined) throw new Error("The finding is gone.");
  return found;
}

function start(): Worker {
  const started = new Worker(workerAddress);
  started.onerror = (event) => {
    working(false);
    worker?.terminate();
    worker = undefined;
    show(failureElement({ code: "internal", at: "", message: `The browser stopped the work: ${event.message || "out of memory"}. Try a smaller file.`, file: "", passage: null }));
    status.textContent = "";
  };
  return started;
}

/** One question at a time; `answered` gets the last answer. */
function put(question: Ask, answered: (answer: Exclude<Answer, { type: "step" }>) => void): void {
  worker ??= start();
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (data.type === "step") {
      status.textContent = stepWords[data.step];
      return;
    }
    working(false);
    answered(data);
  };
  worker.postMessage(question);
  working(true);
}

function takeBack(index: number): void {
  put({ type: "roll_back", item: index }, (answer) => {
    if (answer.type === "rolled_back") {
      current = answer.rolledBack.text;
      showRolledBack(card(index), answer.rolledBack);
    } else if (answer.type === "failed") showNotRolledBack(card(index), answer.failure);
    status.textContent = "";
  });
}

function halt(): void {
  worker?.terminate();
  worker = undefined;
  working(false);
}

function look(given: Given[]): void {
  halt(); // a new question ends the one before
  if (given.length === 0) return;
  results.hidden = true;
  if (given.length > mostFiles) {
    show(failureElement({ code: "invalid_input", at: "", message: `These are ${given.length} files. Give one run, with its workflow or configuration if you have it; at most ${mostFiles} files.`, file: "", passage: null }));
    return;
  }
  status.textContent = "Reading…";
  put({ type: "look", given }, (answer) => {
    if (answer.type === "found") {
      current = answer.found.config?.text ?? "";
      show(...foundElements(answer.found, () => current, takeBack));
      status.textContent = answer.found.items.length === 0 ? "Done. Nothing found." : `Done. Findings: ${answer.found.items.length}.`;
    } else if (answer.type === "failed") {
      show(failureElement(answer.failure));
      status.textContent = "";
    }
  });
}

function filesOf(list: FileList | null | undefined): Given[] {
  return [...(list ?? [])].map((file) => ({ name: file.name, content: file }));
}

function listenForFiles(): void {
  picker.addEventListener("change", () => {
    look(filesOf(picker.files));
    picker.value = ""; // so that the same file can be given again
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const files = filesOf(event.dataTransfer?.files);
    const text = event.dataTransfer?.getData("text/plain") ?? "";
    look(files.length > 0 || text === "" ? files : [{ name: "dropped text", content: text }]);
  });
}

function listenForText(): void {
  const lookAtPasted = (): void => look([{ name: "pasted text", content: pasted.value }]);
  byId("paste-form").addEventListener("submit", (event) => {
    event.preventDefault();
    lookAtPasted();
  });
  pasted.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) lookAtPasted();
  });
  document.addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData?.files);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (files.length > 0) {
      event.preventDefault();
      look(files);
    } else if (event.target !== pasted && text !== "") {
      event.preventDefault();
      look([{ name: "pasted text", content: text }]);
    }
  });
}

function listenForTheme(): void {
  const toggle = byId<HTMLButtonElement>("theme");
  const dark = (): boolean => (document.documentElement.dataset["theme"] ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = (): void => void (toggle.textContent = dark() ? "Light" : "Dark");
  toggle.addEventListener("click", () => {
    document.documentElement.dataset["theme"] = dark() ? "light" : "dark";
    name();
  });
  name();
}

byId("examples").append(...examples.map(({ name, files }) => button(name, () => look(files.map(({ name: file, text }) => ({ name: file, content: text }))))));
stop.addEventListener("click", () => {
  halt();
  status.textContent = "Stopped.";
});
listenForFiles();
listenForText();
listenForTheme();
