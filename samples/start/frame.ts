/** Draws a view as lines of text: pure, so that it can be looked at without a terminal. */
import type { ClientState } from 'rxwamp';
import { reason } from './notes.ts';
import { bar, bytes, level, percent, seconds, sparkline } from './shapes.ts';
import { Sheet, type Paint, type Style } from './sheet.ts';
import type { View } from './view.ts';

export interface Place {
  readonly width: number;
  readonly height: number;
  /** Times in milliseconds since 1970. */
  readonly start: number;
  readonly now: number;
  readonly paint: Paint;
}

const MARGIN = 2;
const WIDEST = 110;
/** Milliseconds of lateness that fill the sparkline of the event loop. */
const LATEST = 20;

/** The lines, none longer than the place is wide, and not more than it is high. */
export function frame(view: View, { width, height, start, now, paint }: Place): readonly string[] {
  const sheet = new Sheet(Math.min(width, WIDEST) - 2 * MARGIN, paint);
  if (height > 20) sheet.blank();
  sheet.title('rxwamp: this machine as topics', `Ctrl-C leaves ${seconds(now - start).padStart(7)}`);
  sheet.blank();
  sheet.text('router', view.router);
  sheet.text('in a browser', view.page, 'cyan');
  sheet.text('connection', ...connection(view.state, now));
  sheet.blank();
  drawMachine(sheet, view, height);
  sheet.blank();
  drawChecksum(sheet, view);
  sheet.blank();
  const room = Math.max(0, height - 1 - sheet.lines.length);
  for (const { at, text } of view.notes.slice(Math.max(0, view.notes.length - room))) sheet.note(seconds(at - start), text);
  return sheet.lines.slice(0, height - 1).map((line) => (line === '' ? '' : ' '.repeat(MARGIN) + line));
}

function drawMachine(sheet: Sheet, { cpu, delay, memory }: View, height: number): void {
  const now = cpu.findLast((loads) => loads !== undefined) ?? [];
  const mean = (loads: readonly number[]): number => loads.reduce((sum, load) => sum + load, 0) / Math.max(1, loads.length);
  if (now.length <= (height >= 24 ? 4 : 2)) {
    now.forEach((load, core) => sheet.chart(`core ${core}`, sparkline(cpu.map((loads) => loads?.[core]), sheet.room, 1), percent(load)));
  } else {
    sheet.chart(`${now.length} cores`, sparkline(cpu.map((loads) => loads && mean(loads)), sheet.room, 1), percent(mean(now)));
    sheet.chart('each', now.map(level).join('').slice(0, sheet.room).padEnd(sheet.room), '');
  }
  const { used, total } = memory ?? { used: 0, total: 1 };
  sheet.chart('memory', bar(used / total, sheet.room), percent(used / total));
  sheet.chart('event loop', sparkline(delay, sheet.room, LATEST), `${(delay.at(-1) ?? 0).toFixed(1)} ms`);
}

function drawChecksum(sheet: Sheet, { checksum }: View): void {
  const { files = 0, allFiles = 0, bytes: count = 0, allBytes = 0 } = checksum?.progress ?? {};
  const share = checksum?.done === undefined ? files / Math.max(1, allFiles) : 1;
  sheet.chart('checksum', bar(share, sheet.room), percent(share));
  sheet.text(checksum?.path ?? '', checksum === undefined ? '' : `${files} of ${allFiles} files, ${bytes(count)} of ${bytes(allBytes)}`);
  if (checksum?.error === undefined) sheet.text('sha256', checksum?.done?.sha256 ?? '');
  else sheet.text('failed', checksum.error.message, 'red');
}

function connection(state: ClientState, now: number): readonly [text: string, style: Style] {
  switch (state.kind) {
    case 'joined':
      return [`● joined as session ${state.details.id}, ${state.details.subprotocol}`, 'green'];
    case 'waiting':
      return [`○ waiting, attempt ${state.attempt} in ${seconds(Math.max(0, state.retryAt - now))}: ${reason(state.cause)}`, 'yellow'];
    case 'connecting':
    case 'authenticating':
      return [`◌ ${state.kind}${state.attempt === 0 ? '' : `, attempt ${state.attempt}`}`, 'yellow'];
    default:
      return [`○ ${state.kind}`, 'dim'];
  }
}
