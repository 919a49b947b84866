import { instantiate } from "../../wasm/c-abi.js";
import { request, type Core } from "../../wasm/core.js";
import { AgentmendError, readAnswer } from "./errors.js";

/** The core as a host can hand it over: compiled, as bytes, or on its way (what `fetch` answers). */
export type WasmSource = WebAssembly.Module | BufferSource | Response;

declare const AGENTMEND_VERSION: string; // written in by build.mjs from package.json

const magic = [0x00, 0x61, 0x73, 0x6d];
const refused = (code: string, message: string): AgentmendError => new AgentmendError(code, "/wasm", message);
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// By name and not by `instanceof`, which says no to a module of another realm (a test runner, an iframe).
function isModule(value: unknown): value is WebAssembly.Module {
  return Object.prototype.toString.call(value) === "[object WebAssembly.Module]";
}

function isResponse(value: unknown): value is Response {
  return typeof value === "object" && value !== null && typeof (value as Response).arrayBuffer === "function";
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
  if (Object.prototype.toString.call(value) === "[object ArrayBuffer]") return new Uint8Array(value as ArrayBuffer);
  const got = typeof value === "string" ? `the text "${value.slice(0, 60)}"` : value === null ? "null" : `a value of type ${typeof value}`;
  throw refused("wasm_invalid", `\`wasm\` is ${got}. Give the compiled module, the bytes of agentmend.wasm, or a Response with them.`);
}

function checkedBytes(value: unknown): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(value);
  if (magic.every((byte, at) => bytes[at] === byte)) return bytes;
  const page = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart().startsWith("<");
  const what = bytes.length === 0 ? "There are no bytes" : page ? "This is a web page" : "These bytes are something else";
  throw refused("wasm_invalid", `${what}, not WebAssembly. Give the file agentmend.wasm of this package as it is.`);
}

// Hosts that forbid compiling say so with a CompileError too; only its words tell the two apart.
function compileFailure(error: unknown): AgentmendError {
  if (/disallow|blocked|not allowed|content security policy|unsafe-eval/i.test(words(error))) {
    return refused("wasm_forbidden", `This host does not compile WebAssembly at run time (${words(error)}). Hand over a compiled module: see agentmend/worker.`);
  }
  return refused("wasm_invalid", `The bytes are not a whole WebAssembly module (${words(error)}). Copy agentmend.wasm again.`);
}

// A core holds no state between calls: all menders of a module share it. A worker that makes one for each request needs that.
const started = new WeakMap<WebAssembly.Module, Core>();

function start(module: WebAssembly.Module): Core {
  const known = started.get(module);
  if (known !== undefined) return known;
  let core: Core;
  let version: string;
  try {
    core = instantiate(module);
    ({ version } = readAnswer<{ version: string }>(core.call("version", request({}))));
  } catch (error) {
    throw refused("wasm_foreign", `This module is not agentmend's core (${words(error)}). Give the file agentmend.wasm of this package.`);
  }
  if (version !== AGENTMEND_VERSION) throw refused("wasm_version", `agentmend.wasm is version ${version}, this package is ${AGENTMEND_VERSION}. Copy the file of this package.`);
  started.set(module, core);
  return core;
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) throw refused("wasm_fetch_failed", `The server answered ${response.status} for ${response.url || "agentmend.wasm"}.`);
  try {
    return await response.arrayBuffer();
  } catch (error) {
    throw refused("wasm_fetch_failed", `The bytes of ${response.url || "agentmend.wasm"} did not arrive (${words(error)}).`);
  }
}

/** Starts the core from whatever the host has. Throws AgentmendError `wasm_…`. */
export async function loadCore(source: WasmSource | PromiseLike<WasmSource>): Promise<Core> {
  let given: WasmSource;
  try {
    given = await source;
  } catch (error) {
    throw refused("wasm_fetch_failed", `agentmend.wasm did not arrive (${words(error)}).`);
  }
  if (isModule(given)) return start(given);
  const bytes = checkedBytes(isResponse(given) ? await bodyOf(given) : given);
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes);
  } catch (error) {
    throw compileFailure(error);
  }
  return start(module);
}
