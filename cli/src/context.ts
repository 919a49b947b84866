import { loadCore } from "../../node/backend.js";
import type { Core } from "../../wasm/core.js";
import { inFile } from "./failure.js";
import { paintFor, type Paint } from "./paint.js";

/** What every command gets: the core, where to write, how to paint. */
export interface Context {
  core: Core;
  paint: Paint;
  out(text: string): void;
  note(text: string): void;
}

const wasmFile = new URL("./agentmend.wasm", import.meta.url);

/** Loads the core; with `verbose`, says which binding was taken and why. */
export function openContext(verbose: boolean): Context {
  const asked = process.env["AGENTMEND_BACKEND"];
  const { core, reason } = inFile(null, () => loadCore(asked === "native" || asked === "wasm" ? asked : "auto", wasmFile));
  const paint = paintFor(process.stdout.isTTY === true, process.env);
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  if (verbose) note(core.backend === "native" ? "backend: native add-on" : `backend: WebAssembly (${reason ?? "no reason"})`);
  return { core, paint, note, out: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`) };
}
