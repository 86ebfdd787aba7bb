/** What the page shows at one moment, made from all changes up to it. Pure: nothing here knows of a page. */
import type { ClientState, Presence } from 'rxwamp';
import { reason, stateNote } from '../start/notes.ts';
import { bytes, seconds } from '../start/shapes.ts';
import type { Checksum, Progress } from '../start/topics.ts';
import type { Change, ChartName, Point } from './changes.ts';

/** A time in which the line was down. */
export interface Cut {
  /** Milliseconds since 1970. */
  readonly from: number;
  /** `undefined` while it lasts. */
  readonly to: number | undefined;
  /** Samples that came from the history afterwards. */
  readonly recovered: number;
}

export interface Dashboard {
  readonly state: ClientState;
  readonly charts: { readonly [N in ChartName]: readonly Point[] };
  readonly cuts: readonly Cut[];
  readonly checksum: { readonly running: boolean; readonly progress: Progress | undefined; readonly done: Checksum | undefined; readonly text: string };
  readonly present: readonly Presence[];
  readonly notes: readonly { readonly at: number; readonly text: string }[];
}

/** Samples that a chart keeps: a minute at four a second. */
export const KEPT = 240;
const KEPT_NOTES = 50;

export const EMPTY_DASHBOARD: Dashboard = {
  state: { kind: 'idle' },
  charts: { cpu: [], memory: [], delay: [] },
  cuts: [],
  checksum: { running: false, progress: undefined, done: undefined, text: 'not called yet' },
  present: [],
  notes: [],
};

/** The dashboard after a change that came `at` milliseconds since 1970. */
export function reduceDashboard(before: Dashboard, change: Change, at: number): Dashboard {
  const text = noteOf(change);
  const notes = text === undefined ? before.notes : [...before.notes, { at, text }].slice(-KEPT_NOTES);
  return { ...before, notes, ...partOf(before, change, at) };
}

function partOf({ charts, cuts, checksum }: Dashboard, change: Change, at: number): Partial<Dashboard> {
  switch (change.kind) {
    case 'state':
      return { state: change.state };
    case 'points':
      return { charts: { ...charts, [change.chart]: change.points.reduce(inserted, charts[change.chart]) } };
    case 'suspended':
      return change.cause === undefined ? {} : { cuts: [...cuts, { from: at, to: undefined, recovered: 0 }] };
    case 'recovered':
      return { cuts: ended(cuts, at, change.count) };
    case 'gap':
      return { cuts: ended(cuts, at, change.recovered) };
    case 'progress':
      return { checksum: { running: true, progress: change.progress, done: undefined, text: change.progress === undefined ? 'called' : progressText(change.progress) } };
    case 'checksum':
      return { checksum: { running: false, progress: checksum.progress, done: change.checksum, text: `sha256 ${change.checksum.sha256.slice(0, 16)}… of ${bytes(change.checksum.bytes)}` } };
    case 'cancelled':
      return { checksum: { ...checksum, running: false, text: `cancelled after ${checksum.progress?.files ?? 0} files` } };
    case 'failed':
      return { checksum: { ...checksum, running: false, text: change.error.message } };
    case 'present':
      return { present: change.present };
    default:
      return {};
  }
}

// Mostly it is the newest. What comes from the history has its place among the others, and may be there already.
function inserted(points: readonly Point[], point: Point): readonly Point[] {
  const behind = points.findLastIndex(({ seq }) => seq <= point.seq);
  if (points[behind]?.seq === point.seq) return points;
  return points.toSpliced(behind + 1, 0, point).slice(-KEPT);
}

function ended(cuts: readonly Cut[], to: number, recovered: number): readonly Cut[] {
  return cuts.map((cut) => (cut.to === undefined ? { ...cut, to, recovered } : cut));
}

function progressText({ files, allFiles, bytes: read, allBytes }: Progress): string {
  return `${files} of ${allFiles} files, ${bytes(read)} of ${bytes(allBytes)}`;
}

/** Numbers that are not there, between the first sample that is kept and the last. */
export function missing(points: readonly Point[]): number {
  const [first, last] = [points[0], points.at(-1)];
  return first === undefined || last === undefined ? 0 : last.seq - first.seq + 1 - points.length;
}

/** Where the connection stands, and why: with the seconds until the next attempt where there is one. */
export function connection(state: ClientState, now: number): { readonly text: string; readonly why: string } {
  switch (state.kind) {
    case 'joined':
      return { text: 'joined', why: `session ${state.details.id}, ${state.details.subprotocol}, for ${seconds(now - state.since)}` };
    case 'waiting':
      return { text: `attempt ${state.attempt} in ${seconds(Math.max(0, state.retryAt - now))}`, why: reason(state.cause) };
    case 'closed':
      return { text: 'closed', why: state.cause === undefined ? '' : reason(state.cause) };
    default:
      return { text: state.kind, why: '' };
  }
}

function noteOf(change: Change): string | undefined {
  switch (change.kind) {
    case 'state':
      return stateNote(change.state);
    case 'suspended':
      // Before the first session nothing was lost.
      return change.cause === undefined ? undefined : 'topics suspended';
    case 'recovered':
      return `${change.count} samples that were missed came from the router's history`;
    case 'gap':
      return `a gap of ${seconds(change.duration)}: ${change.reason}`;
    case 'checksum':
      return `checksum of ${change.checksum.files} files: ${change.checksum.sha256}`;
    case 'cancelled':
      return 'checksum cancelled';
    case 'failed':
      return `checksum failed: ${change.error.message}`;
    case 'note':
      return change.text;
    default:
      return undefined;
  }
}
