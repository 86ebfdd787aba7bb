import { Observable, combineLatest, concat, defer, endWith, filter, ignoreElements, map, merge, repeat, switchMap, take, takeUntil, tap, timer, type Subscriber } from 'rxjs';
import type { Client } from '../../client/client.ts';
import { randomToken } from '../../crypto/bytes.ts';
import { command, type Command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { SESSION_OPTIONS } from '../input/connection-options.ts';
import type { Io } from '../io.ts';
import { Latencies, type Summary } from '../latencies.ts';
import type { View } from '../view/view.ts';
import { withClient } from '../with-client.ts';

const DEFAULT_TIME = 2000;
const DEFAULT_MANY = 64;
const MOST_MANY = 1000;
const MOST_BYTES = 1_000_000;
/** The part of the time that each load runs before it is measured. */
const WARMING = 0.25;
/** Kinds of load. */
const LOADS = 4;

/** One kind of load, and how much of it there is at a time. */
interface Load {
  readonly name: string;
  readonly at: number;
  /** Does it once; it counts when that completes. */
  readonly once: () => Observable<unknown>;
}

interface Measured extends Summary {
  readonly name: string;
}

/** `rxwamp bench`: a short load on a router. */
export const bench: Command = command({
  name: 'bench',
  summary: 'measures a router, in ten seconds',
  about: `Calls a procedure of its own and publishes to itself, first one at a time and then many, and prints how many went through in a
second and how long each took.

It does not tell what the router can do at most: caller, callee, publisher and subscriber are this one process on one connection, which
is mostly what is measured where the router is fast. It tells how long your network and your router take, and compares two of
them, one serializer with another, or today with yesterday.`,
  words: [{ name: 'url', about: 'the router, as --url', count: 'maybe' }],
  options: {
    time: { type: 'duration', value: 'time', about: 'how long each of the four takes (2s)' },
    many: { type: 'count', value: 'number', least: 1, most: MOST_MANY, about: 'how many is many (64)' },
    bytes: { type: 'count', value: 'number', least: 0, most: MOST_BYTES, about: 'letters in each argument (16)' },
    ...SESSION_OPTIONS,
  },
  examples: [
    { line: 'rxwamp bench ws://127.0.0.1:8080/ws --time 500ms', shows: 'a table' },
    { line: 'rxwamp bench --serializer msgpack --bytes 1000 --time 500ms', shows: 'the same with a thousand letters in MessagePack' },
    { line: 'rxwamp bench --json --time 500ms', shows: 'lines of JSON' },
  ],
  exits: [ExitCode.failed, ExitCode.error, ExitCode.refused, ExitCode.interrupted],
  run({ time = DEFAULT_TIME, many = DEFAULT_MANY, bytes = 16, ...given }, [url = given.url], io) {
    return withClient({ ...given, url }, io, ({ client, view }) => defer(() => {
      const uri = `rxwamp.bench.${randomToken(8)}`;
      const echo = new Echo(client, uri);
      return echo.ready().pipe(
        switchMap(() => {
          begin(client, time, view);
          return concat(...loadsOf(echo, 'x'.repeat(bytes), many).map((load) => measured(load, time, io)));
        }),
        tap((line) => tell(line, view)),
        take(LOADS),
        ignoreElements(), endWith(ExitCode.done),
      );
    }));
  },
});

/** A procedure and a topic that answer whoever made them. */
class Echo {
  readonly #client: Client;
  readonly #uri: string;
  /** By the number of the event. */
  readonly #waiting = new Map<unknown, Subscriber<never>>();
  #count = 0;

  constructor(client: Client, uri: string) {
    this.#client = client;
    this.#uri = uri;
  }

  /** Emits when both are there, and keeps them. */
  ready(): Observable<unknown> {
    const subscribed$ = this.#client.topicStatus(this.#uri).pipe(filter((signal) => {
      if (signal.kind === 'event') this.#waiting.get(signal.event.args[0])?.complete();
      return signal.kind === 'subscribed';
    }));
    // Of what is not acknowledged, who may not publish hears nothing.
    const allowed$ = defer(() => this.#client.publish(this.#uri, [], { acknowledge: true }));
    return combineLatest([this.#client.register(this.#uri, ({ args: [value] }) => value), subscribed$, allowed$]);
  }

  call(payload: string): Observable<unknown> {
    return this.#client.call(this.#uri, [payload]);
  }

  /** Completes when the event is back. */
  publish(payload: string): Observable<never> {
    return new Observable((subscriber) => {
      const number = this.#count++;
      this.#waiting.set(number, subscriber);
      subscriber.add(() => this.#waiting.delete(number));
      subscriber.add(this.#client.publish(this.#uri, [number, payload], { excludeMe: false }).subscribe({ error: (error: unknown) => subscriber.error(error) }));
    });
  }
}

function loadsOf(echo: Echo, payload: string, many: number): readonly Load[] {
  return [
    { name: 'one call at a time', at: 1, once: () => echo.call(payload) },
    { name: `${many} calls at a time`, at: many, once: () => echo.call(payload) },
    { name: 'one event at a time', at: 1, once: () => echo.publish(payload) },
    { name: `${many} events at a time`, at: many, once: () => echo.publish(payload) },
  ];
}

function measured({ name, at, once }: Load, time: number, { clock, scheduler }: Io): Observable<Measured> {
  return defer(() => {
    const latencies = new Latencies();
    // Code that runs for the first time is slow, at both ends.
    const began = clock() + time * WARMING;
    const timed = defer(() => {
      const sent = clock();
      return once().pipe(tap({ complete: () => { if (clock() >= began) latencies.add(clock() - sent); } }));
    });
    const load = Array.from({ length: at }, () => timed.pipe(repeat()));
    return merge(...load).pipe(
      takeUntil(timer(time * (1 + WARMING), scheduler)),
      ignoreElements(), endWith(undefined),
      map(() => ({ name, ...latencies.summary(clock() - began) })),
    );
  });
}

const NAME = 22;
const CELL = 12;

function begin({ state }: Client, time: number, view: View): void {
  const serializer = state.kind === 'joined' ? state.details.subprotocol : '';
  view.note(`${serializer}, ${time / 1000} s for each`);
  if (!view.isJson) view.print(rowOf('', ['per second', 'p50', 'p90', 'p99', 'max']));
}

function tell({ name, ...summary }: Measured, view: View): void {
  if (view.isJson) return view.printJson({ name, ...summary });
  const { perSecond, p50, p90, p99, max } = summary;
  view.print(rowOf(name, [Math.round(perSecond).toLocaleString('en'), ...[p50, p90, p99, max].map((time) => `${time.toFixed(2)} ms`)]));
}

function rowOf(name: string, cells: readonly string[]): string {
  return `${name.padEnd(NAME)}${cells.map((cell) => cell.padStart(CELL)).join('')}`;
}
