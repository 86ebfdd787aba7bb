/**
 * What the status page shows, as text: the numbers, and what has become of them in the last minute. The server draws it all, so that the page
 * itself has five lines of script, and no name of a client or realm is ever anything but text.
 */
import { scan, type Observable } from 'rxjs';
import type { RealmStats, RouterStats } from '../stats.ts';

/** What is drawn. */
export interface StatusView {
  readonly stats: RouterStats;
  /** Messages per second, the newest last; empty at the first look. */
  readonly received: readonly number[];
  readonly sent: readonly number[];
}

/** Seconds that the lines reach back. */
const HISTORY = 60;

/** Follows the statistics: what is drawn after each look at them. */
export function statusViews(stats$: Observable<RouterStats>): Observable<StatusView> {
  return stats$.pipe(scan<RouterStats, StatusView, undefined>((before, stats) => (before === undefined ? firstView(stats) : nextView(before, stats)), undefined));
}

/** What is drawn where nothing is known of the time before. */
export function firstView(stats: RouterStats): StatusView {
  return { stats, received: [], sent: [] };
}

function nextView({ stats: before, received, sent }: StatusView, stats: RouterStats): StatusView {
  const seconds = (stats.uptime - before.uptime) / 1000;
  if (seconds <= 0) return { stats, received, sent };
  return {
    stats,
    received: [...received, (stats.messagesIn - before.messagesIn) / seconds].slice(-HISTORY),
    sent: [...sent, (stats.messagesOut - before.messagesOut) / seconds].slice(-HISTORY),
  };
}

/** The part of the page that changes. */
export function drawStatus({ stats, received, sent }: StatusView): string {
  return `<section class="tiles">
${tile('Sessions', stats.sessions, `${plain(stats.connections)} ${stats.connections === 1 ? 'connection' : 'connections'}`)}
${tile('Subscriptions', stats.subscriptions)}
${tile('Registrations', stats.registrations)}
${tile('Pending calls', stats.pendingCalls)}
</section>
<section class="tiles wide">
${rate('Received', received, stats.messagesIn)}
${rate('Sent', sent, stats.messagesOut)}
</section>
<section class="tiles small">
${warning('Denied actions', stats.deniedActions)}
${warning('Aborts', stats.aborts)}
${warning('Dropped events', stats.droppedEvents)}
${warning('Slow sessions', stats.slowSessions)}
</section>
${realmTable(Object.entries(stats.realms))}
<footer>up ${duration(stats.uptime)}</footer>`;
}

function tile(name: string, value: number, note = ''): string {
  return `<div class="tile"><h2>${name}</h2><p class="value">${plain(value)}</p><p class="note">${note}</p></div>`;
}

function warning(name: string, value: number): string {
  return `<div class="tile${value > 0 ? ' warn' : ''}"><h2>${name}</h2><p class="value">${plain(value)}</p></div>`;
}

function rate(name: string, perSecond: readonly number[], total: number): string {
  const now = perSecond.at(-1);
  return `<div class="tile"><h2>${name}</h2><p class="value">${now === undefined ? '–' : plain(Math.round(now))}<small> messages/s</small></p>
${line(perSecond)}<p class="note">${plain(total)} since the start, at most ${plain(Math.round(Math.max(0, ...perSecond)))} a second in the last minute</p></div>`;
}

// The newest stands at the right, also where there are few.
function line(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  const points = values.map((value, at) => `${HISTORY - values.length + at},${(30 - (28 * value) / most).toFixed(1)}`).join(' ');
  return `<svg viewBox="0 0 ${HISTORY - 1} 31" preserveAspectRatio="none" aria-hidden="true"><polyline points="${points}"/></svg>`;
}

const COLUMNS: readonly (readonly [key: keyof RealmStats, name: string])[] = [
  ['sessions', 'Sessions'], ['subscriptions', 'Subscriptions'], ['registrations', 'Registrations'], ['pendingCalls', 'Pending'],
  ['messagesIn', 'Received'], ['messagesOut', 'Sent'], ['deniedActions', 'Denied'], ['droppedEvents', 'Dropped'],
];

function realmTable(realms: readonly (readonly [name: string, stats: RealmStats])[]): string {
  const head = COLUMNS.map(([, name]) => `<th scope="col">${name}</th>`).join('');
  const rows = realms.map(([name, stats]) =>
    `<tr><th scope="row">${escaped(name)}</th>${COLUMNS.map(([key]) => `<td>${plain(stats[key])}</td>`).join('')}</tr>`);
  return `<section class="realms"><table><thead><tr><th scope="col">Realm</th>${head}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></section>`;
}

function plain(value: number): string {
  return value.toLocaleString('en-US');
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const parts = [[days, 'd'], [hours, 'h'], [minutes, 'min'], [seconds % 60, 's']] as const;
  const first = parts.findIndex(([value]) => value > 0);
  return first === -1 ? '0 s' : parts.slice(first, first + 2).map(([value, unit]) => `${value} ${unit}`).join(' ');
}

const ENTITIES: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
