import { readAnswer } from "../../../sdk/src/errors.js";
import { wasmBytes } from "../../../sdk/src/inline-wasm.js";
import { loadCore } from "../../../sdk/src/load-wasm.js";
import { request, type Core } from "../../../wasm/core.js";

export interface Detector {
  name: string;
  title: string;
  inputs: string[];
}

export interface Engine {
  /** Asks the core; an error answer is thrown as AgentmendError. */
  ask<T>(operation: string, header: object, payload?: readonly Uint8Array[]): T;
  /** The detectors that work, in the order of the catalogue. */
  detectors: Detector[];
}

function engineOf(core: Core): Engine {
  const ask = <T>(operation: string, header: object, payload: readonly Uint8Array[] = []): T => readAnswer<T>(core.call(operation, request(header, payload)));
  const { detectors } = ask<{ detectors: (Detector & { readiness: string })[] }>("detectors", {});
  return { ask, detectors: detectors.filter(({ readiness }) => readiness !== "planned") };
}

let started: Promise<Engine> | undefined;

/** The core, compiled at the first check and kept: an n8n that never runs the node does not pay for it. */
export function core(): Promise<Engine> {
  started ??= loadCore(wasmBytes()).then(engineOf);
  return started;
}
