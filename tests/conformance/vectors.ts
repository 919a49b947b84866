// One vector, and its answer from any core; runs in Node and in a browser.
import type { Core } from "../../wasm/core.js";

export interface Vector {
  name: string;
  op?: string;
  request?: string;
  session?: string;
  events?: string[];
}

const encoder = new TextEncoder();

export function answer(core: Core, vector: Vector): string {
  if (vector.session === undefined) return core.call(vector.op ?? "", encoder.encode(vector.request ?? ""));
  const session = core.session(vector.session);
  const steps: (number | string)[] = [];
  for (const event of vector.events ?? []) {
    const code = session.event(event);
    steps.push(code);
    if (code !== 0) steps.push(session.result(0), session.result(2));
  }
  const report = session.result(1);
  session.dispose();
  return JSON.stringify({ steps, report });
}
