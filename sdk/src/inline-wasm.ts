import base64 from "agentmend:wasm"; // put in by sdk/inline-wasm.mjs when a bundle is built

/** The C-ABI module as base64 text, for hosts that load no files. */
export const wasmBase64: string = base64;

/** Its bytes. One pass over the text: a mapped `Uint8Array.from` takes twenty times as long. */
export function wasmBytes(): Uint8Array<ArrayBuffer> {
  const text = atob(wasmBase64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
