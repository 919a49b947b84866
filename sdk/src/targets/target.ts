import type { PatchOperation } from "../wire.js";

export interface WriteOptions {
  /** The write is refused (`version_conflict`) when the target is not at this version any more. */
  readonly ifVersion: string | null;
  /** What the change is, when it is known: a target of text then changes these lines alone. */
  readonly patch?: readonly PatchOperation[] | undefined;
}

/** Something that holds a config which a fix may change. */
export interface Target {
  readonly kind: string;
  read(): Promise<{ config: unknown; version: string | null }>;
  write(config: unknown, options: WriteOptions): Promise<{ version: string | null }>;
}
