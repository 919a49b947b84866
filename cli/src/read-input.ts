import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { Failure } from "./failure.js";

export interface InputFile {
  name: string;
  bytes: Uint8Array;
}

// The core's own limit (json/limits.h); larger files are refused before they are read.
const maxBytes = 64 * 1024 * 1024;

function explain(error: unknown): { code: string; message: string } {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Record<string, { code: string; message: string }> = {
    ENOENT: { code: "file_missing", message: "There is no such file." },
    EACCES: { code: "file_no_permission", message: "You may not read this file." },
    EPERM: { code: "file_no_permission", message: "You may not read this file." },
    EISDIR: { code: "file_is_directory", message: "This is a directory; name a file." },
  };
  return known[code] ?? { code: "file_unreadable", message: error instanceof Error ? error.message : String(error) };
}

function tooLarge(name: string, size: number): Failure {
  return new Failure("limit_bytes", "", `The input has ${size} bytes, more than the limit of ${maxBytes}.`, name);
}

function readFile(name: string): Uint8Array {
  let file: number;
  try {
    file = openSync(name, "r");
  } catch (error) {
    const { code, message } = explain(error);
    throw new Failure(code, "", message, name);
  }
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw new Failure("file_is_directory", "", "This is a directory; name a file.", name);
    if (stat.size > maxBytes) throw tooLarge(name, stat.size);
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code, message } = explain(error);
    throw new Failure(code, "", message, name);
  } finally {
    closeSync(file);
  }
}

function readStdin(): Uint8Array {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.alloc(1 << 16);
    let read = 0;
    try {
      read = readSync(0, chunk, 0, chunk.length, null);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        continue;
      }
      if (error instanceof Error && "code" in error && error.code === "EOF") break;
      throw error;
    }
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    size += read;
    if (size > maxBytes) throw tooLarge("standard input", size);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Reads a file, or standard input for `-`. Gzip is unpacked; the limit holds for the unpacked bytes too. */
export function readInput(name: string): InputFile {
  const bytes = name === "-" ? readStdin() : readFile(name);
  const shown = name === "-" ? "standard input" : name;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { name: shown, bytes };
  try {
    return { name: shown, bytes: new Uint8Array(gunzipSync(bytes, { maxOutputLength: maxBytes })) };
  } catch (error) {
    const large = error instanceof RangeError;
    throw new Failure(large ? "limit_bytes" : "container_unsupported", "", large ? `The unpacked input is larger than ${maxBytes} bytes.` : "This gzip file is damaged.", shown);
  }
}
