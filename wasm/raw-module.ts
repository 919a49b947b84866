import type { Backend, Core, CoreSession } from "./core.js";

/** The plain exports of wasm/raw_exports.cpp, the same in the C-ABI module and in the Embind module. */
export interface RawExports {
  input_buffer(bytes: number): number;
  output_data(): number;
  output_size(): number;
  call(nameBytes: number, requestBytes: number): void;
  session_new(optionBytes: number): number;
  session_restore(optionBytes: number, snapshotBytes: number): number;
  session_snapshot(session: number): void;
  session_event(session: number, bytes: number): number;
  session_result(session: number, which: number): void;
  session_free(session: number): void;
}

const smallest = 4096;
const keepUpTo = 1 << 20; // a larger input buffer is given back after the call

/** Binds raw exports. `memory` is asked anew each time, because a memory that grows gets another buffer. */
export function bindRaw(exports: RawExports, memory: () => ArrayBuffer, backend: Backend): Core {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let view = new Uint8Array(0);
  let at = 0;
  let room = 0;

  function reserve(bytes: number): Uint8Array {
    if (bytes > room) {
      room = Math.max(bytes, smallest);
      at = exports.input_buffer(room);
    }
    const buffer = memory();
    if (view.buffer !== buffer || view.byteOffset !== at || view.length !== room) view = new Uint8Array(buffer, at, room);
    return view;
  }
  // UTF-16 to UTF-8 needs at most three bytes a unit.
  const writeText = (text: string): number => encoder.encodeInto(text, reserve(text.length * 3)).written;
  const restore = (options: string, snapshot: Uint8Array): number => {
    const head = encoder.encode(options);
    const target = reserve(head.length + snapshot.length);
    target.set(head);
    target.set(snapshot, head.length);
    return exports.session_restore(head.length, snapshot.length);
  };
  const read = (): string => decoder.decode(new Uint8Array(memory(), exports.output_data(), exports.output_size()));

  return {
    backend,
    call(operation, request) {
      const name = encoder.encode(operation);
      const target = reserve(name.length + request.length);
      target.set(name);
      target.set(request, name.length);
      exports.call(name.length, request.length);
      const answer = read();
      if (room > keepUpTo) {
        exports.input_buffer(0);
        room = 0;
      }
      return answer;
    },
    session(options, snapshot): CoreSession {
      let handle = snapshot === undefined ? exports.session_new(writeText(options)) : restore(options, snapshot);
      const live = (): number => {
        if (handle === 0) throw new TypeError("The session is disposed.");
        return handle;
      };
      return {
        event: (json) => exports.session_event(live(), writeText(json)),
        result: (which) => (exports.session_result(live(), which), read()),
        snapshot: () => (exports.session_snapshot(live()), new Uint8Array(memory(), exports.output_data(), exports.output_size()).slice()),
        dispose() {
          if (handle !== 0) exports.session_free(handle);
          handle = 0;
        },
      };
    },
  };
}
