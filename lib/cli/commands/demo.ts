import { concat, concatMap, defer, from, ignoreElements, interval, map, merge, of, share, shareReplay, switchMap, take, takeUntil, timer, type Observable, type SchedulerLike } from 'rxjs';
import { clientOf } from '../../client/create-client.ts';
import type { Client } from '../../client/client.ts';
import { ApplicationError } from '../../errors.ts';
import { createRouter, type ListeningRouter } from '../../router/node.ts';
import { json } from '../../serializers/json.ts';
import { result, type Invocation } from '../../session/options.ts';
import { command, type Command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { untilSignal } from '../until-signal.ts';

const REALM = 'realm1';
const TICK = 1000;
const WAVE = 100;
const LONGEST_COUNT = 10_000;

/** `rxwamp demo`: a router with something in it, for the examples of the help. */
export const demo: Command = command({
  name: 'demo',
  summary: 'starts a router with something in it, to try all this',
  about: `Starts a router for this machine alone, with topics that have events and procedures that can be called, and says what to type
in a second terminal. The examples in the help of the other commands work with it. Ctrl-C ends it.`,
  words: [],
  options: { port: { type: 'count', value: 'number', least: 0, most: 65_535, about: 'where it listens; 0 takes a free one (8080)' } },
  examples: [
    { line: 'rxwamp demo', shows: 'listens at ws://127.0.0.1:8080/ws' },
    { line: 'rxwamp demo --port 0', shows: 'takes a free port, and says which' },
    { line: 'rxwamp demo &', shows: 'leaves the terminal free' },
  ],
  exits: [ExitCode.failed],
  run({ port = 8080 }, _words, io) {
    return defer(() => {
      const running$ = from(start(port, io)).pipe(shareReplay(1));
      const stop$ = io.signals('SIGTERM', 'SIGINT').pipe(share());
      return merge(
        running$.pipe(switchMap((running) => world(running, io)), takeUntil(stop$)),
        untilSignal(running$, {}, { signals: () => stop$ }),
      ).pipe(take(1));
    });
  },
});

async function start(port: number, io: Io): Promise<ListeningRouter> {
  const history = [{ uri: 'com.example.tick', limit: 100 }];
  const running = createRouter({ realms: { [REALM]: { history } }, scheduler: io.scheduler });
  const { url } = await running.listen(`ws://127.0.0.1:${port}/ws`, { status: true });
  io.stdout.write(introduction(url, port === 8080 ? '' : ` --url ${url}`));
  return running;
}

function introduction(url: string, where: string): string {
  return `A router listens at ${url}, and shows itself at ${new URL('/', url.replace(/^ws/, 'http')).href}
In a second terminal, try:

  rxwamp subscribe com.example.tick${where}
  rxwamp subscribe com.example.wave. --match prefix --plot${where}
  rxwamp call com.example.add 2 3${where}
  rxwamp call com.example.count 50 --progress${where}
  rxwamp call com.example.sell tea${where}
  rxwamp publish com.example.chat 'hello there'${where}

rxwamp --help has the rest. Ctrl-C ends this.
`;
}

/** What is in the router: it says nothing of itself, and never ends. */
function world(running: ListeningRouter, { scheduler, dial }: Io): Observable<never> {
  const client = clientOf({ transport: running.link(), realm: REALM, scheduler }, { dial, serializers: () => [json()] });
  const now = (): number => scheduler.now();
  return merge(
    events(client, 'com.example.tick', timer(0, TICK, scheduler)),
    ...Object.entries(WAVES).map(([name, wave]) => events(client, `com.example.wave.${name}`, interval(WAVE, scheduler).pipe(map(() => wave(now()))))),
    client.register('com.example.add', ({ args }) => args.reduce<number>((sum, value) => sum + Number(value), 0)),
    client.register('com.example.greet', ({ args: [name = 'you'], kwargs }) => (kwargs['polite'] === true ? `Good day to you, ${String(name)}.` : `hi ${String(name)}`)),
    client.register('com.example.echo', ({ args, kwargs }) => result(args, kwargs)),
    client.register('com.example.shout', ({ input$ }) => input$.pipe(map(({ args: [line] }) => String(line).toUpperCase()))),
    client.register('com.example.sell', ({ args: [what = 'tea'] }) => { throw new ApplicationError('com.example.error.sold_out', { args: [what], kwargs: { until: 'tuesday' } }); }),
    client.register('com.example.count', (invocation) => count(invocation, scheduler), { final: 'last' }),
  ).pipe(ignoreElements());
}

function events(client: Client, uri: string, values$: Observable<number>): Observable<unknown> {
  return values$.pipe(concatMap((value) => client.publish(uri, [value], { retain: true })));
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

const WAVES: { readonly [name: string]: (now: number) => number } = {
  sine: (now) => rounded(20 + 5 * Math.sin(now / 2000)),
  saw: (now) => rounded(14 + ((now / 1000) % 8)),
  steps: (now) => 16 + 2 * (Math.floor(now / 3000) % 4),
};

function count({ args: [to] }: Invocation, scheduler: SchedulerLike): Observable<unknown> {
  const total = typeof to === 'number' ? Math.max(1, Math.min(LONGEST_COUNT, Math.floor(to))) : 20;
  const steps$ = timer(0, WAVE, scheduler).pipe(take(total + 1), map((done) => ({ done, total })));
  return concat(steps$, of(`counted to ${total}`));
}
