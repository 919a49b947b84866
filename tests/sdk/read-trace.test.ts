import { gzipSync } from "node:zlib";

import { expect, test } from "vitest";

import { readTrace } from "../../sdk/src/public.js";
import { mender } from "./menders.js";

const text = '[{"role":"user","content":"hello"}]';
const bytes = new TextEncoder().encode(text);

test("bytes, blobs and streams come back as bytes", async () => {
  for (const source of [bytes, bytes.buffer.slice(0), new Blob([text]), new Blob([text]).stream()]) {
    expect(new TextDecoder().decode(await readTrace(source as Uint8Array))).toBe(text);
  }
});

test("gzip is unpacked and then detected", async () => {
  const face = await mender();

  const report = face.detect(await readTrace(new Blob([gzipSync(text)])));

  expect(report.source.format).toBe("plain-chat");
});

test("damaged gzip is an error with a code", async () => {
  const packed = gzipSync(text.repeat(100));
  await expect(readTrace(packed.subarray(0, packed.length - 12))).rejects.toMatchObject({ code: "container_unsupported" });
});

test("what unpacks to more than the limit is refused before it is unpacked to the end", async () => {
  const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, 32));

  await expect(readTrace(bomb)).rejects.toMatchObject({ code: "limit_bytes" });
});
