/**
 * The page that `npm start` serves: the machine of the terminal, in a browser.
 *
 * Reading order: changes.ts (what is watched), dashboard.ts (what it makes of it), charts.ts (how it is drawn). This file puts the page
 * together: clicks in, changes to one state, the state to the page.
 */
import { animationFrameScheduler, auditTime, combineLatest, exhaustMap, fromEvent, interval, map, merge, startWith } from 'rxjs';
import { createClient, toState } from 'rxwamp';
import { ticket } from 'rxwamp/auth/ticket';
import { cutLine, watchChecksum, watchMachine, watchPresence, type Change, type ChartName } from './changes.ts';
import { Chart, newest } from './charts.ts';
import { EMPTY_DASHBOARD, connection, missing, reduceDashboard, type Dashboard } from './dashboard.ts';

const ADJECTIVES = ['amber', 'brisk', 'calm', 'dapper', 'eager', 'fond', 'gentle', 'hazel', 'ivory', 'jolly', 'keen', 'lucid'];
const ANIMALS = ['otter', 'heron', 'lynx', 'finch', 'marten', 'newt', 'owl', 'plover', 'raven', 'stoat', 'tern', 'wren'];
/** Milliseconds for which a click breaks the line. */
const CUT = 4000;
/** Milliseconds between two looks at the clock. */
const TICK = 100;

const element = <E extends HTMLElement = HTMLElement>(id: string): E => document.querySelector<E>(`#${id}`)!;
const clicks = (id: string) => fromEvent(element(id), 'click');
const one = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)]!;

// A tab keeps its name when it is loaded again.
const name = sessionStorage.getItem('name') ?? `${one(ADJECTIVES)} ${one(ANIMALS)} ${Math.floor(Math.random() * 90) + 10}`;
sessionStorage.setItem('name', name);

const url = new URL(`/ws?${new URLSearchParams({ page: name })}`, location.href);
url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
const client = createClient({ url: url.href, realm: 'realm1', auth: ticket({ authid: name, ticket: 'page' }), retry: { initialDelay: 600, maxDelay: 2000, jitter: 'none' } });

const changes = merge(
  client.state$.pipe(map((state): Change => ({ kind: 'state', state }))),
  watchMachine(client),
  watchPresence(client),
  watchChecksum(client, clicks('call'), clicks('cancel')),
  clicks('cut').pipe(exhaustMap(() => cutLine(client, name, CUT))),
);
const dashboard$ = toState((before: Dashboard, change: Change) => reduceDashboard(before, change, Date.now()), EMPTY_DASHBOARD)(changes);

const charts = (['cpu', 'memory', 'delay'] satisfies ChartName[]).map((chart) => ({ chart, plot: new Chart(chart) }));

combineLatest([dashboard$, interval(TICK).pipe(startWith(0))])
  .pipe(auditTime(0, animationFrameScheduler))
  .subscribe(([dashboard]) => draw(dashboard, Date.now()));

function draw(dashboard: Dashboard, now: number): void {
  const { state, checksum, present, notes, charts: { cpu } } = dashboard;
  const { text, why } = connection(state, now);
  document.body.dataset['state'] = state.kind;
  write('state', text);
  write('why', why);
  element<HTMLButtonElement>('cut').disabled = state.kind !== 'joined';

  for (const { chart, plot } of charts) {
    plot.draw(dashboard, now);
    element(`${chart}-now`).replaceChildren(...newest(chart, dashboard).map(({ text: value, colour }) => {
      const number = Object.assign(document.createElement('span'), { textContent: value });
      number.style.color = colour;
      return number;
    }));
  }
  const holes = missing(cpu);
  write('samples', cpu.length === 0 ? 'waiting for the first sample' : `samples ${cpu[0]!.seq} to ${cpu.at(-1)!.seq}, ${holes === 0 ? 'none' : holes} missing`);

  const { progress, done, running } = checksum;
  element<HTMLProgressElement>('progress').value = done !== undefined ? 1 : progress === undefined ? 0 : progress.bytes / Math.max(1, progress.allBytes);
  write('checksum', checksum.text);
  element<HTMLButtonElement>('call').disabled = running || state.kind !== 'joined';
  element<HTMLButtonElement>('cancel').disabled = !running;

  write('count', String(present.length));
  list('present', present.map(({ authid }) => (authid === name ? `${authid} (this tab)` : String(authid))));
  list('notes', notes.map(({ at, text: note }) => `${new Date(at).toLocaleTimeString([], { hour12: false })}  ${note}`).reverse());
}

function write(id: string, text: string): void {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}

function list(id: string, lines: readonly string[]): void {
  const place = element(id);
  if (place.dataset['lines'] === lines.join('\n')) return;
  place.dataset['lines'] = lines.join('\n');
  place.replaceChildren(...lines.map((line) => Object.assign(document.createElement('li'), { textContent: line })));
}
