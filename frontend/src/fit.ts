/** The largest tiles of a wall that fit its screen. */

/** Heights and widths in units of the font of a name. */
const LINE = 1.06;
const DETAIL = 0.55;
const DETAIL_LINE = 1.25 * DETAIL;
const PADDING_BLOCK = 0.34;
const PADDING_INLINE = 1;
const ICON = 0.85;
const BAR = 0.42;
const HEADING = 0.9;
/** Larger names would not be read from further away. */
const LARGEST = 0.16;
/** Names of more characters are cut. */
export const LONGEST_NAME = 24;
const LONGEST_UNBROKEN = 14;
/** Fonts are not measured exactly. */
const SPARE = 1.04;

export interface Needs {
  /** Width that the names need on one line, and on two, in units of their font. */
  one: number;
  two: number;
  /** Width of the longest status with its time, in units of their font. */
  detail: number;
}

export interface Room {
  width: number;
  height: number;
  gap: number;
  /** Number of tiles in each group, and whether the groups have headings. */
  groups: readonly number[];
  headings: boolean;
  bar: boolean;
}

export interface Fit {
  columns: number;
  lines: number;
  /** Pixels. */
  font: number;
}

/** Measure what must not be cut, with a function that returns a width in units of the font. */
export function needsOf(
  names: readonly string[],
  details: readonly string[],
  measure: (text: string, bold: boolean) => number,
): Needs {
  const short = names.map((name) => name.slice(0, LONGEST_NAME));
  const bold = (text: string): number => measure(text, true);
  return {
    one: Math.max(1, ...short.map(bold)) * SPARE,
    two: Math.max(1, ...short.map((name) => twoLines(name, bold))) * SPARE,
    detail: Math.max(1, ...details.map((text) => measure(text, false))) * SPARE,
  };
}

/** Width of a name that is broken once, at a space or a hyphen, or anywhere if it has none. */
function twoLines(name: string, measure: (text: string) => number): number {
  const breaks = [...name.matchAll(/[ -](?=.)/g)].map(({ index }) => index + 1);
  if (!breaks.length) {
    return name.length <= LONGEST_UNBROKEN
      ? measure(name)
      : Math.max(measure(name) / 2 + measure("m"), measure(name.slice(0, LONGEST_UNBROKEN)));
  }
  return Math.min(
    ...breaks.map((at) => Math.max(measure(name.slice(0, at).trim()), measure(name.slice(at)))),
  );
}

/** Return the columns with which the names are largest. */
export function fit(room: Room, needs: Needs): Fit {
  const most = Math.max(1, ...room.groups);
  let best: Fit = { columns: 1, lines: 2, font: 0 };
  for (let columns = 1; columns <= most; columns += 1) {
    for (const lines of [1, 2]) {
      const font = fontOf(room, needs, columns, lines);
      if (font > best.font) {
        best = { columns, lines, font };
      }
    }
  }
  return { ...best, font: Math.min(best.font, LARGEST * Math.min(room.width, room.height)) };
}

function fontOf(room: Room, needs: Needs, columns: number, lines: number): number {
  const rows = room.groups.reduce((sum, people) => sum + Math.ceil(people / columns), 0);
  const headings = room.headings ? room.groups.length : 0;
  const gaps = (rows + headings - 1) * room.gap;
  const tile = lines * LINE + DETAIL_LINE + PADDING_BLOCK + (room.bar ? BAR : 0);
  const byHeight = (room.height - gaps) / (rows * tile + headings * HEADING);
  const width = (room.width - (columns - 1) * room.gap) / columns;
  const text = Math.max(lines === 1 ? needs.one : needs.two, needs.detail * DETAIL + ICON);
  return Math.max(0, Math.min(byHeight, width / (text + PADDING_INLINE)));
}
