// What the page and its worker say to each other.
import type { Detection, GovernanceCase, HealingRecord, Report } from "../../sdk/src/wire.js";

/** A file that was dropped or picked, or a text that was pasted. */
export interface Given {
  name: string;
  content: Blob | string;
}

export type Ask = { type: "look"; given: Given[] } | { type: "roll_back"; item: number };

/** A piece of a line; `mark` 1 = inside the place that is named, 2 = the very words. */
export interface Part {
  text: string;
  mark: 0 | 1 | 2;
}

/** The lines around a place in a file, as they stand there. */
export interface Passage {
  file: string;
  line: number;
  column: number;
  /** A row with the number 0 stands for lines that are left out. */
  rows: { number: number; parts: Part[] }[];
}

/** One place in the input, and all the evidence that points there. */
export interface Place {
  pointer: string;
  said: { kind: string; text: string; value: string }[];
  passage: Passage | null;
}

/** A finding and what became of it. */
export interface Item {
  title: string;
  detection: Detection;
  places: Place[];
  outcome:
    | { kind: "record"; record: HealingRecord; diff: string; patch: string }
    | { kind: "case"; case: GovernanceCase }
    | { kind: "insight"; reason: string };
}

export type Role = "run" | "workflow" | "config";

export interface Found {
  files: { name: string; bytes: number; role: Role }[];
  report: Report;
  /** How many detectors had something to look at. */
  asked: number;
  items: Item[];
  /** The document that fixes are made to; null = none was given. */
  config: { name: string; diff: string; text: string } | null;
}

export interface Failure {
  code: string;
  at: string;
  message: string;
  file: string;
  passage: Passage | null;
}

export interface RolledBack {
  item: number;
  state: string;
  diff: string;
  /** The document after the roll-back, and how it compares with the one that was given. */
  text: string;
  same: "bytes" | "canonical" | "no";
}

export type Answer =
  | { type: "step"; step: "reading" | "finding" | "healing" | "placing" }
  | { type: "found"; found: Found }
  | { type: "rolled_back"; rolledBack: RolledBack }
  | { type: "failed"; failure: Failure };
