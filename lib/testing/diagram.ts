/**
 * Marble diagrams that stand under each other. Every frame at which something happens in one of the rows is a column in all of them, as
 * wide as the widest group there, so that rows line up whatever happens in them; and each row is a diagram that RxJS reads in run mode.
 */

/** One sign of a diagram. */
export interface Mark {
  /** Milliseconds. */
  readonly frame: number;
  /** A letter, `|`, `#`, `^` or `!`. Asked for only where it is drawn. */
  readonly sign: string;
}

/** Where to look: the mark of that index among those of a frame. */
export interface Place {
  readonly frame: number;
  readonly index: number;
}

/** What is drawn by {@link diagram}. */
export interface Diagram {
  /** One for each list of marks, all of the same length. */
  readonly rows: readonly string[];
  /** How many characters stand before the place. */
  readonly caret: number;
  /** The marks of each row that are drawn; the others are too far from the place. */
  readonly drawn: readonly (readonly Mark[])[];
}

/** Characters that are drawn before and behind the column of the place, about. */
const WIDTH_AROUND = 48;
/** Marks of one frame that are drawn before and behind the place. */
const GROUP_AROUND = 8;
/** A longer gap is written as a time. */
const MOST_DASHES = 12;

const INDENT = '  ';
const ENDS: ReadonlySet<string> = new Set(['|', '#', '!']);

/**
 * Draws lists of marks, each in the order of time, under each other.
 *
 * ```
 * --a 84ms (bc|)       '...' stands for columns that are left out, and the time behind it for when the drawing begins
 * --a 84ms b---c|
 * ```
 *
 * Time goes on as in RxJS: a group takes as long as it is. Where something else happens before that time is over, the other rows have
 * blanks, which take no time. A row is blank after its end.
 */
export function diagram(lists: readonly (readonly Mark[])[], place: Place): Diagram {
  const frames = [...new Set([place.frame, ...lists.flat().map(({ frame }) => frame)])].sort((a, b) => a - b);
  const columns = columnsAround(place, frames, lists);
  const first = columns[0]?.frame ?? 0;
  const last = columns.at(-1)?.frame ?? 0;
  const rows = lists.map(() => new Row());
  if (first !== frames[0]) for (const row of rows) row.omit(first);
  else for (const row of rows) row.wait(0, first);
  let caret = 0;
  columns.forEach(({ frame, groups, width }, index) => {
    if (frame === place.frame) caret = (rows[0]?.text.length ?? 0) + offset(groups, place.index);
    const next = columns[index + 1]?.frame ?? frame + width;
    rows.forEach((row, line) => row.group(groups[line] ?? NOTHING, width, frame, next));
    // A group takes its time, also where the column of something else has come in between.
    const end = frame + width;
    const free = Math.min(Math.max(end, ...rows.map((row) => row.busyUntil)), Math.max(end, next));
    for (const row of rows) row.fill(free - end, free);
    for (const row of rows) row.wait(free, next);
  });
  return {
    rows: last === frames[frames.length - 1] ? rows.map(({ text }) => text) : rows.map(({ text }) => `${text} ...`),
    caret,
    drawn: lists.map((_, line) => columns.flatMap(({ groups }) => groups[line]?.marks ?? [])),
  };
}

/** Rows for people: with a label before each, and the caret under one of them. */
export function labelled(labels: readonly string[], rows: readonly string[], caret: number, under: number): readonly string[] {
  const width = Math.max(...labels.map(({ length }) => length)) + 2;
  const drawn = rows.map((row, index) => `${INDENT}${(labels[index] ?? '').padEnd(width)}${row}`.trimEnd());
  return [...drawn.slice(0, under + 1), `${INDENT}${' '.repeat(width + caret)}^`, ...drawn.slice(under + 1)];
}

/** What happens at one frame in one row. */
interface Group {
  readonly text: string;
  readonly marks: readonly Mark[];
  /** How many characters stand before a mark of that index. */
  readonly start: number;
  readonly ends: boolean;
}

interface Column {
  readonly frame: number;
  readonly groups: readonly Group[];
  readonly width: number;
}

const NOTHING: Group = { text: '', marks: [], start: 0, ends: false };

/** The columns near the place, as many as there is room for. */
function columnsAround(place: Place, frames: readonly number[], lists: readonly (readonly Mark[])[]): readonly Column[] {
  const at = frames.indexOf(place.frame);
  const near = (step: 1 | -1): readonly Column[] => {
    const columns: Column[] = [];
    let room = WIDTH_AROUND;
    for (let index = at + step; index >= 0 && index < frames.length && room > 0; index += step) {
      const frame = frames[index] ?? 0;
      const found = column(lists, frame, 0);
      room -= Math.max(found.width, Math.min(MOST_DASHES, Math.abs(frame - (frames[index - step] ?? 0))));
      columns.push(found);
    }
    return columns;
  };
  return [...[...near(-1)].reverse(), column(lists, place.frame, place.index), ...near(1)];
}

function column(lists: readonly (readonly Mark[])[], frame: number, index: number): Column {
  const groups = lists.map((marks) => groupOf(marks.filter((mark) => mark.frame === frame), index));
  return { frame, groups, width: Math.max(1, ...groups.map(({ text }) => text.length)) };
}

function groupOf(all: readonly Mark[], index: number): Group {
  const from = Math.max(0, index - GROUP_AROUND);
  const marks = all.slice(from, index + GROUP_AROUND + 1);
  const ends = ENDS.has(all.at(-1)?.sign ?? '');
  const signs = marks.map(({ sign }) => sign).join('');
  if (all.length < 2) return { text: signs, marks, start: 0, ends };
  const open = from === 0 ? '(' : '(...';
  return { text: `${open}${signs}${from + marks.length < all.length ? '...' : ''})`, marks, start: open.length - from, ends };
}

// Under the mark where both rows have it; under the column where it is missing or alone in one of them.
function offset(groups: readonly Group[], index: number): number {
  const starts = groups.filter(({ marks }) => marks.length > 0).map(({ start }) => start);
  return starts.length === 0 || (index === 0 && starts.includes(0)) ? 0 : Math.max(...starts) + index;
}

/** One row while it is drawn. */
class Row {
  text = '';
  #time = 0;
  #over = false;

  /** When what was drawn is over. */
  get busyUntil(): number { return this.#over ? 0 : this.#time; }

  /** Begins at a later frame. */
  omit(frame: number): void {
    this.text += `...${progression(frame)}`;
    this.#time = frame;
  }

  /** Draws what happens at a frame, and goes on to the end of the column or to the next frame. */
  group({ text, ends }: Group, width: number, frame: number, next: number): void {
    this.text += text;
    this.#time = Math.max(this.#time, frame) + text.length;
    this.#over ||= ends;
    this.fill(width - text.length, Math.min(next, frame + width));
  }

  /** Lets time go by from one frame to another, where there is time. */
  wait(from: number, to: number): void {
    const gap = to - from;
    if (gap <= 0) return;
    if (Number.isInteger(gap) && gap <= MOST_DASHES) return this.fill(gap, to);
    const time = this.text === '' ? progression(gap).trimStart() : progression(gap);
    this.text += this.#over ? ' '.repeat(time.length) : time;
    this.#time = to;
  }

  /** Fills room: with dashes up to a frame, which is then reached, and with blanks, which take no time. */
  fill(room: number, to: number): void {
    for (let at = 0; at < room; at++) {
      const passes = !this.#over && this.#time + 1 <= to;
      this.text += passes ? '-' : ' ';
      if (passes) this.#time += 1;
    }
  }
}

const UNITS = [['m', 60_000], ['s', 1000]] as const;

/** A time as RxJS reads it: ` 84ms `, ` 1.98s `. */
function progression(ms: number): string {
  const exact = UNITS.filter(([, length]) => ms >= length).map(([unit, length]) => ({ text: `${ms / length}${unit}`, ms: Number.parseFloat(String(ms / length)) * length }));
  const texts = [`${Math.round(ms * 1000) / 1000}ms`, ...exact.filter((unit) => unit.ms === ms).map(({ text }) => text)];
  return ` ${texts.reduce((shortest, text) => (text.length < shortest.length ? text : shortest))} `;
}
