// The lines around a place in a file, with the place marked.
import { locateRanges, locationOf, type TextRange } from "../../sdk/src/pointer-location.js";
import type { Part, Passage } from "./protocol.js";

export interface Source {
  name: string;
  text: string;
}

const linesBefore = 2;
const linesAfter = 2;
const linesMarked = 8; // of a long value the beginning says which it is
const mostWords = 6; // places of words in one passage
const around = 60; // units of a long line that are shown before and after what is marked
const widest = 600; // units of one line at most

const searched = 1 << 18; // units of a place in which words are looked for
const shortest = 3; // a whole text that is marked; a piece of one needs more, else "the" would be marked
const shortestPiece = 12;

function find(text: string, range: TextRange, plain: string): TextRange | null {
  const once = JSON.stringify(plain).slice(1, -1); // as it stands in a JSON text; twice: in a JSON text inside a string
  const inside = text.slice(range.start, Math.min(range.end, range.start + searched));
  for (const form of [plain, once, JSON.stringify(once).slice(1, -1)]) {
    const at = inside.indexOf(form);
    if (at !== -1) return { start: range.start + at, end: range.start + at + form.length };
  }
  return null;
}

/** The longest beginning of a text that stands in a place. */
function beginning(text: string, range: TextRange, plain: string): { found: TextRange | null; length: number } {
  let found: TextRange | null = null;
  let [length, tooLong] = [0, plain.length + 1];
  while (length + 1 < tooLong) {
    const middle = (length + tooLong) >> 1;
    const here = find(text, range, plain.slice(0, middle));
    if (here === null) tooLong = middle;
    else [found, length] = [here, middle];
  }
  return { found, length };
}

/** The very words inside a range. Evidence may be masked, cut or put together from several texts: then its pieces are found. */
function wordsIn(text: string, range: TextRange, words: string): TextRange[] {
  const pieces = words.split(/\[masked\]|…/).filter((piece) => piece.trim().length >= shortest);
  return pieces.flatMap((piece) => {
    const whole = find(text, range, piece);
    if (whole !== null) return [whole];
    const found: TextRange[] = [];
    for (let rest = piece.slice(0, 400); rest.length >= shortestPiece; ) {
      const { found: here, length } = beginning(text, range, rest);
      const taken = here !== null && length >= shortestPiece;
      if (taken) found.push(here);
      rest = rest.slice(taken ? length : 1).replace(taken ? /^[^\p{L}\p{N}]+/u : /^[\p{L}\p{N}]*[^\p{L}\p{N}]*/u, "");
    }
    return found;
  });
}

interface Marked {
  place: TextRange;
  words: TextRange[];
}

const inside = ({ start, end }: TextRange, at: number): boolean => at >= start && at < end;

function partsOf(text: string, from: number, to: number, { place, words }: Marked): Part[] {
  const edges = [place, ...words].flatMap(({ start, end }) => [start, end]).filter((at) => at > from && at < to);
  const cuts = [...new Set([from, ...edges.sort((a, b) => a - b), to])];
  const parts: Part[] = [];
  cuts.forEach((start, index) => {
    const end = cuts[index + 1];
    if (end === undefined) return;
    const mark = words.some((range) => inside(range, start)) ? 2 : inside(place, start) ? 1 : 0;
    const before = parts.at(-1);
    if (before?.mark === mark) before.text += text.slice(start, end);
    else parts.push({ text: text.slice(start, end), mark });
  });
  const [first] = parts;
  const indent = first?.mark === 1 ? (/^\s+/.exec(first.text)?.[0].length ?? 0) : 0;
  if (first === undefined || indent === 0) return parts;
  return [{ text: first.text.slice(0, indent), mark: 0 as const }, { ...first, text: first.text.slice(indent) }, ...parts.slice(1)].filter(({ text: some }) => some !== "");
}

/** One line; of a long one, the stretch around what is marked in it. */
function rowOf(text: string, start: number, end: number, marked: Marked): Part[] {
  if (end - start <= 4 * around) return partsOf(text, start, end, marked);
  const here = marked.words.filter((range) => range.start < end && range.end > start);
  const first = Math.min(...(here.length > 0 ? here : [marked.place]).map((range) => range.start));
  const last = Math.max(first, ...here.map((range) => range.end));
  const from = Math.max(start, (first >= start && first < end ? first : start) - around);
  const to = Math.min(end, from + widest, Math.max(from + 4 * around, last + around));
  const parts = partsOf(text, from, to, marked);
  if (from > start) parts.unshift({ text: "… ", mark: 0 });
  if (to < end) parts.push({ text: " …", mark: 0 });
  return parts;
}

/** Where the line starts that is `back` lines before the one of `at`. */
function lineStart(text: string, at: number, back: number): number {
  let start = at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
  for (let step = 0; step < back && start > 0; step += 1) start = start === 1 ? 0 : text.lastIndexOf("\n", start - 2) + 1;
  return start;
}

/** The passage around a range of a source, with the words that are said to stand in it. A row with the number 0 is a gap. */
export function passageAt({ name, text }: Source, place: TextRange, said: readonly string[]): Passage {
  const words = said.flatMap((one) => wordsIn(text, place, one)).sort((a, b) => a.start - b.start);
  const centres = words.length === 0 ? [place.start] : words.slice(0, mostWords).map(({ start }) => start);
  const rows: Passage["rows"] = [];
  const last = (): number => rows.at(-1)?.number ?? 0;
  for (const centre of centres) {
    let start = lineStart(text, centre, linesBefore);
    let number = locationOf(text, start).line;
    if (rows.length > 0 && number > last() + 1) rows.push({ number: 0, parts: [] });
    const most = linesBefore + linesAfter + (centres.length === 1 ? linesMarked : 1);
    for (let shown = 0, after = 0; shown < most && after <= linesAfter; shown += 1, number += 1) {
      const feed = text.indexOf("\n", start);
      const end = feed === -1 ? text.length : feed;
      if (rows.length === 0 || last() === 0 || number > last()) rows.push({ number, parts: rowOf(text, start, end, { place, words }) });
      if (feed === -1) break;
      start = feed + 1;
      if (start >= place.end) after += 1;
    }
  }
  return { file: name, ...locationOf(text, place.start), rows };
}

/** Passages for pointers, each in the first source where it points somewhere; one pass over each source. */
export function passagesOf(sources: readonly Source[], wanted: readonly { pointer: string; words: string[] }[]): (Passage | null)[] {
  const passages: (Passage | null)[] = wanted.map(() => null);
  if (wanted.length === 0) return passages;
  for (const source of sources) {
    const ranges = locateRanges(source.text, wanted.map(({ pointer }) => pointer));
    ranges.forEach((range, index) => {
      if (range !== null) passages[index] ??= passageAt(source, range, wanted[index]?.words ?? []);
    });
  }
  return passages;
}

/** The passage at a line and column as an error names them; null when the text has no such line. */
export function passageAtLine(source: Source, line: number, column: number): Passage | null {
  let start = 0;
  for (let passed = 1; passed < line; passed += 1) {
    const feed = source.text.indexOf("\n", start);
    if (feed === -1) return null;
    start = feed + 1;
  }
  const at = Math.min(source.text.length, start + column - 1);
  return passageAt(source, { start: at, end: Math.min(source.text.length, at + 1) }, []);
}
