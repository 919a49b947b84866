import { AgentmendError } from "./errors.js";

/** What the core reads at most (json/limits.h); larger input is refused before it is unpacked to the end. */
const maxBytes = 64 * 1024 * 1024;

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      throw new AgentmendError("limit_bytes", "", `The input has more than ${maxBytes} bytes.`);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * The bytes of a trace from wherever they come: a file that was dropped, the body of a request, bytes. Gzip is unpacked by the
 * platform's own DecompressionStream. Throws AgentmendError `limit_bytes` (over 64 MiB, also unpacked) or `container_unsupported`
 * (damaged gzip).
 *
 * @example
 * const bytes = await readTrace(new Blob(['[{"role":"user","content":"hello"}]']));
 * bytes.length; // 35
 */
export async function readTrace(source: Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const bytes = source instanceof Uint8Array ? source : source instanceof ArrayBuffer ? new Uint8Array(source) : await collect(source instanceof Blob ? source.stream() : source);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  try {
    return await collect(packed.pipeThrough(new DecompressionStream("gzip")));
  } catch (error) {
    if (error instanceof AgentmendError) throw error;
    throw new AgentmendError("container_unsupported", "", "This gzip file is damaged.");
  }
}
