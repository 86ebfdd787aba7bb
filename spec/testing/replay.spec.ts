import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, concat, delay, map, timer, type Observable } from 'rxjs';
import { ticket } from '../../lib/auth/ticket.ts';
import { ApplicationError, SerializationError, TransportLostError, type WampError } from '../../lib/errors.ts';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { createClient } from '../../lib/index.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { toWire } from '../../lib/protocol/wire.ts';
import { createRouter } from '../../lib/router/index.ts';
import {
  ABORT, AUTHENTICATE, CALL, CANCEL, CHALLENGE, ERROR, EVENT, GOODBYE, HELLO, INVOCATION, REGISTER, REGISTERED, RESULT, SUBSCRIBE, SUBSCRIBED,
  WELCOME, YIELD, complete, type MessagePattern,
} from '../../lib/testing/builders.ts';
import { Link } from '../../lib/testing/link.ts';
import { record, type Recorder, type Recording } from '../../lib/testing/recording.ts';
import { replay, type ReplayOptions } from '../../lib/testing/replay.ts';
import { ScriptError } from '../../lib/testing/script-error.ts';
import type { ScriptedRouter } from '../../lib/testing/scripted-router.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';
import { heard } from '../support/scripted-router.ts';
import { inVirtualTime, type At } from '../support/virtual-time.ts';

const clientOf = (transport: Transport, options: Partial<ClientOptions> = {}): Client =>
  createClient({ transport, realm: 'realm1', retry: { initialDelay: 100, jitter: 'none' }, ...options });

/** What happens, and when, from 0 on. */
class Diary {
  readonly entries: unknown[] = [];

  watch(what: string, source: Observable<unknown>): void {
    const enter = (value: unknown): void => { this.entries.push([asyncScheduler.now(), what, value]); };
    source.subscribe({ next: enter, error: enter, complete: () => enter('complete') });
  }
}

/** A day of a client: it subscribes, serves, calls with progress, fails, and leaves. */
function spend(client: Client, at: At, diary: Diary, { last = 'com.fail' } = {}): void {
  at(0, () => diary.watch('topic', client.topic('com.topic').pipe(map(({ args, kwargs }) => ({ args, kwargs })))));
  at(5, () => diary.watch('registration', client.register('com.own', ({ args }) => [args, new Uint8Array([1, 2])]).pipe(map(() => 'registered'))));
  at(20, () => diary.watch('call', client.call('com.slow', { args: [1], kwargs: { a: 1 } }, { progress: true }).pipe(map((result) => result.args))));
  at(30, () => diary.watch('own', client.call('com.own', ['x']).pipe(map((result) => result.args))));
  at(35, () => diary.watch('publication', client.publish('com.other', [new Uint8Array([3])], { acknowledge: true }).pipe(map(() => 'published'))));
  at(100, () => diary.watch('failure', client.call(last)));
  at(200, () => { void client.close(); });
}

/** Records the day in front of an embedded router, on a link that takes 3 ms each way. */
function recordDay(): { readonly file: string; readonly entries: readonly unknown[] } {
  const diary = new Diary();
  let recording: Recording | undefined;
  inVirtualTime((at) => {
    const router = createRouter({ realms: { realm1: {} } });
    const other = clientOf(router.link());
    other.register('com.slow', () => concat(timer(10).pipe(map(() => 'progress')), timer(10).pipe(map(() => 'done'))), { final: 'last' }).subscribe();
    other.register('com.fail', () => { throw new ApplicationError('com.failed', { args: ['left: 0'] }); }).subscribe();
    at(50, () => { other.publish('com.topic', { args: ['a'], kwargs: { b: 2 } }).subscribe(); });
    at(77, () => { other.publish('com.topic', ['b']).subscribe(); });
    at(210, () => { void other.close(); });

    const client = clientOf(router.link({ latency: 3 }));
    const recorder = record(client.frames$);
    at(209, () => { recording = recorder.stop(); });
    spend(client, at, diary);
  });
  return { file: JSON.stringify(recording), entries: diary.entries };
}

/** A recording, from messages and the times between them; those of the router are marked. */
function recordingOf(...messages: readonly (readonly ['in' | 'out', MessagePattern, number?])[]): Recording {
  let now = 0;
  return {
    version: 1, truncated: false,
    frames: messages.map(([direction, pattern, pause = 0]) => ({ direction, at: now += pause, message: toWire(complete(pattern)) })),
  };
}

const HANDSHAKE = [['out', HELLO('realm1')], ['in', WELCOME()]] as const;

/** A connection that says what it is told to, at once, and what came over it. */
function dial(router: ScriptedRouter): { say(pattern: MessagePattern): void; readonly lists: () => unknown[] } {
  const [connection] = heard(router.transport).log as [Connection];
  const { log } = heard(connection);
  return {
    say: (pattern) => connection.next(JSON.stringify(toWire(complete(pattern)))),
    lists: () => log.map((frame) => (typeof frame === 'string' && frame !== 'complete' ? JSON.parse(frame) as unknown : frame)),
  };
}

describe('replay', () => {
  it('gives the same values at the same times to a client that does the same', () => {
    const { file, entries } = recordDay();
    const diary = new Diary();
    let router: ScriptedRouter | undefined;

    inVirtualTime((at) => {
      router = replay(JSON.parse(file));
      spend(clientOf(router.transport), at, diary);
    });

    router?.verify();
    expect(entries).toContainEqual([53, 'topic', { args: ['a'], kwargs: { b: 2 } }]);
    expect(entries).toContainEqual([46, 'call', ['progress']]);
    expect(entries).toContainEqual([42, 'own', [[['x'], new Uint8Array([1, 2])]]]);
    expect(diary.entries).toEqual(entries);
  });

  it('fails with both sides where the client does something else', () => {
    const { file } = recordDay();
    let router: ScriptedRouter | undefined;

    inVirtualTime((at) => {
      router = replay(JSON.parse(file));
      spend(clientOf(router.transport), at, new Diary(), { last: 'com.other' });
    });

    expect(() => router?.verify()).toThrow(ScriptError);
    expect(() => router?.verify()).toThrow(/^expected CALL \d com\.fail, got CALL \d com\.other\nconversation, the last 10 of \d+ messages:\n/);
  });

  it('fails where the client does less', () => {
    const router = replay(recordingOf(...HANDSHAKE, ['out', CALL('com.x')], ['in', RESULT()]));

    dial(router).say(HELLO('realm1'));

    expect(() => router.verify()).toThrow(/^expected 1 more from the client, got none of them:\n {2}CALL 1 com.x\n/);
  });

  it.each<readonly [string, MessagePattern, MessagePattern]>([
    ['other arguments', CALL('com.x', [1]), CALL('com.x', [2])],
    ['more arguments', CALL('com.x'), CALL('com.x', [2])],
    ['fewer arguments', CALL('com.x', { kwargs: { a: 1 } }), CALL('com.x')],
    ['more options', CALL('com.x'), CALL('com.x', [], { options: { receive_progress: true } })],
    ['another message', CALL('com.x'), SUBSCRIBE('com.x')],
    ['an answer to another invocation', YIELD([], { request: 1 }), YIELD([], { request: 2 })],
    ['another reason', GOODBYE('wamp.close.normal'), GOODBYE('wamp.close.close_realm')],
  ])('takes no %s', (_, then, now) => {
    const router = replay(recordingOf(...HANDSHAKE, ['out', then], ['out', CALL('com.y')]));
    const { say } = dial(router);

    say(HELLO('realm1'));
    say(now);

    expect(() => router.verify()).toThrow(/^expected (?!\d).*, got (?!none)/);
  });

  it('takes no other realm', () => {
    const router = replay(recordingOf(...HANDSHAKE));

    dial(router).say(HELLO('realm2'));

    expect(() => router.verify()).toThrow(/^expected HELLO realm1 .*, got HELLO realm2 /);
  });

  it('takes any details of HELLO and any signature', () => {
    const recording = recordingOf(['out', HELLO('realm1')], ['in', CHALLENGE('ticket')], ['out', AUTHENTICATE('***')], ['in', WELCOME()]);
    const router = replay(recording);
    const { say, lists } = dial(router);

    say(HELLO('realm1', { details: { authid: 'joe' } }));
    say(AUTHENTICATE('secret', { extra: { a: 1 } }));

    router.verify();
    expect(lists()).toEqual(recording.frames.flatMap((frame) => ('message' in frame && frame.direction === 'in' ? [frame.message] : [])));
  });

  it('replays a session that was joined with a ticket', () => {
    let recording: Recording | undefined;
    const play = (transport: Transport, at: At): Client => {
      const client = clientOf(transport, { auth: ticket({ authid: 'joe', ticket: 'secret' }) });
      at(0, () => { client.call('com.x').subscribe({ error: () => {} }); });
      at(50, () => { void client.close(); });
      return client;
    };
    inVirtualTime((at) => {
      const router = createRouter({ realms: { realm1: { auth: { ticket: { users: { joe: { ticket: 'secret', role: 'user' } } } } } } });
      const recorder = record(play(router.link({ latency: 1 }), at).frames$);
      at(49, () => { recording = recorder.stop(); });
    });

    const router = replay(recording);
    inVirtualTime((at) => { play(router.transport, at); });

    router.verify();
    expect(JSON.stringify(recording)).not.toContain('secret');
    expect(JSON.stringify(recording)).toContain('no_such_procedure');
  });

  it('takes the ids of requests as they come, and answers with them', () => {
    const router = replay(recordingOf(
      ...HANDSHAKE, ['out', CALL('com.x', [], { request: 1 })], ['out', CALL('com.y', [], { request: 2 })], ['out', REGISTER('com.p', { request: 3 })],
      ['in', REGISTERED(9, { request: 3 })], ['in', INVOCATION([], { request: 1, registration: 9 })], ['out', YIELD([], { request: 1 })],
      ['in', INVOCATION([], { request: 2, registration: 9 })], ['out', ERROR('com.no', [], { requestType: MessageType.INVOCATION, request: 2 })],
      ['in', RESULT(['y'], { request: 2 })], ['out', CANCEL({ request: 1, options: { mode: 'kill' } })], ['in', ERROR('wamp.error.canceled', [], { request: 1 })],
    ));
    const { say, lists } = dial(router);

    say(HELLO('realm1'));
    say(CALL('com.x', [], { request: 11 }));
    say(CALL('com.y', [], { request: 12 }));
    say(REGISTER('com.p', { request: 13 }));
    say(YIELD([], { request: 1 }));
    say(ERROR('com.no', [], { requestType: MessageType.INVOCATION, request: 2 }));
    say(CANCEL({ request: 11, options: { mode: 'kill' } }));

    router.verify();
    expect(lists().slice(1)).toEqual([
      [65, 13, 9], [68, 1, 9, {}, []], [68, 2, 9, {}, []], [50, 12, {}, ['y']], [8, 48, 11, {}, 'wamp.error.canceled', []],
    ]);
  });

  it('minds which call is given up', () => {
    const router = replay(recordingOf(
      ...HANDSHAKE, ['out', CALL('com.x', [], { request: 1 })], ['out', CALL('com.y', [], { request: 2 })], ['out', CANCEL({ request: 1 })],
    ));
    const { say } = dial(router);

    say(HELLO('realm1'));
    say(CALL('com.x', [], { request: 11 }));
    say(CALL('com.y', [], { request: 12 }));
    say(CANCEL({ request: 12 }));

    expect(() => router.verify()).toThrow(/^expected CANCEL 1, got CANCEL 12\n/);
  });

  it.each<readonly [ReplayOptions, readonly unknown[]]>([
    [{}, [[10, 'a'], [35, 'b']]],
    [{ pauses: 'kept', scheduler: asyncScheduler }, [[10, 'a'], [35, 'b']]],
    [{ pauses: 'none' }, [[0, 'a'], [0, 'b']]],
  ])('keeps the pauses or not: %#', (options, events) => {
    const recording = recordingOf(
      ...HANDSHAKE, ['out', SUBSCRIBE('com.x', { options: { match: 'exact' } })], ['in', SUBSCRIBED()], ['in', EVENT(['a']), 10], ['in', EVENT(['b']), 25],
    );
    const log: unknown[] = [];

    inVirtualTime((at) => {
      const client = clientOf(replay(recording, options).transport);
      client.topic('com.x').subscribe(({ args }) => log.push([asyncScheduler.now(), args[0]]));
      at(100, () => { void client.close(); });
    });

    expect(log).toEqual(events);
  });

  it('cuts the connection where a client dialled again without GOODBYE or ABORT', () => {
    const session = [...HANDSHAKE, ['out', SUBSCRIBE('com.x', { options: { match: 'exact' } })], ['in', SUBSCRIBED()]] as const;
    const router = replay(recordingOf(...session, ['in', EVENT(['a']), 10], ...session, ['in', EVENT(['b']), 10]));
    const log: unknown[] = [];
    const states: unknown[] = [];

    inVirtualTime((at) => {
      const client = clientOf(router.transport);
      client.state$.subscribe((state) => { if (state.kind === 'waiting') states.push([asyncScheduler.now(), state.cause]); });
      client.topic('com.x').subscribe(({ args }) => log.push([asyncScheduler.now(), args[0]]));
      at(200, () => { void client.close(); });
    });

    router.verify();
    expect(log).toEqual([[10, 'a'], [120, 'b']]);
    expect(states).toEqual([[10, expect.any(TransportLostError)]]);
  });

  describe('brings a client back when it came back then', () => {
    const options: Partial<ClientOptions> = { retry: { initialDelay: 100, jitter: 'none' }, stableAfter: 100, timeouts: { join: 500 } };
    const day = (transport: Transport, at: At): { readonly client: Client; readonly diary: Diary } => {
      const client = clientOf(transport, options);
      const diary = new Diary();
      diary.watch('state', client.state$.pipe(map(({ kind }) => kind)));
      at(0, () => { client.topic('com.x').subscribe(({ args }) => diary.entries.push([asyncScheduler.now(), 'event', args])); });
      at(300, () => { client.call('com.slow').subscribe({ next: ({ args }) => diary.entries.push([asyncScheduler.now(), 'result', args]), error: ({ code }: WampError) => diary.entries.push([asyncScheduler.now(), 'failure', code]) }); });
      at(2500, () => { void client.close(); });
      return { client, diary };
    };

    /** Plays a day in front of a router over a line with faults, and again in front of its recording. */
    function twice(disturb: (link: Link) => void, pauses?: 'kept' | 'none'): readonly [readonly unknown[], readonly unknown[], Recording] {
      let recorder: Recorder | undefined;
      let first: Diary | undefined;
      inVirtualTime((at) => {
        const router = createRouter({ realms: { realm1: {} } });
        const other = clientOf(router.link());
        other.register('com.slow', () => timer(40)).subscribe();
        for (const ms of [50, 150, 650, 1950]) at(ms, () => { other.publish('com.x', [ms]).subscribe(); });
        at(5000, () => { void other.close(); });
        const link = new Link(router.link().pipe(delay(7)), { random: () => 0.5 });
        link.latency(3);
        disturb(link);
        const { client, diary } = day(link, at);
        recorder = record(client.wire$);
        first = diary;
      });
      const recording = recorder!.stop();
      let router: ScriptedRouter | undefined;
      let second: Diary | undefined;
      inVirtualTime((at) => {
        router = replay(JSON.parse(JSON.stringify(recording)), { pauses });
        second = day(router.transport, at).diary;
      });
      router?.verify();
      return [first!.entries, second!.entries, recording];
    }

    it.each<readonly [string, string, readonly string[]]>([
      ['it was lost', '         200ms x 20ms o', ['dial', 'open', 'lost', 'dial', 'open', 'closed']],
      ['it was refused again and again', '210ms x 500ms o', ['dial', 'open', 'lost', 'dial', 'refused', 'dial', 'refused', 'dial', 'open', 'closed']],
      ['nobody was there at first', 'r 120ms o', ['dial', 'refused', 'dial', 'refused', 'dial', 'open', 'closed']],
      ['it was lost in the midst of a call', '320ms x o', ['dial', 'open', 'lost', 'dial', 'open', 'closed']],
      ['it was lost twice', '   200ms x o 400ms x 50ms o', ['dial', 'open', 'lost', 'dial', 'open', 'lost', 'dial', 'open', 'closed']],
      ['it was lost before it had joined', '12ms x o', ['dial', 'open', 'lost', 'dial', 'open', 'closed']],
      ['WELCOME did not come in time', '12ms s 700ms o', ['dial', 'open', 'closed', 'dial', 'open', 'closed']],
      ['nothing happened', '   -', ['dial', 'open', 'closed']],
    ])('where %s', (_, marbles, connections) => {
      const [then, now, { frames }] = twice((link) => link.marbles(marbles));

      expect(frames.flatMap((frame) => ('connection' in frame ? [frame.connection] : []))).toEqual(connections);
      expect(now).toEqual(then);
    });

    it('where the line was silent for a while', () => {
      const [then, now] = twice((link) => link.marbles('400ms s 1s o'));

      expect(now).toEqual(then);
    });

    it('at once where pauses are not kept', () => {
      const [, now] = twice((link) => link.marbles('210ms x 500ms o'), 'none');

      const states = now.filter((entry) => (entry as readonly unknown[])[1] === 'state').map((entry) => [(entry as readonly unknown[])[0], (entry as readonly unknown[])[2]]);
      expect(states.filter(([, state]) => state === 'waiting').map(([time]) => time)).toEqual([0, 100, 300]);
    });
  });

  it('has a dial hang that was given up', () => {
    const recording = { version: 1, truncated: false, frames: [{ at: 0, connection: 'dial' }, { at: 5, connection: 'closed' }, { at: 9, connection: 'dial' }, { at: 9, connection: 'closed' }, { at: 12, connection: 'open' }] };
    const { transport } = replay(recording);
    const opened: unknown[] = [];

    inVirtualTime(() => {
      transport.subscribe(() => opened.push(['first', asyncScheduler.now()]));
      transport.subscribe(() => opened.push(['second', asyncScheduler.now()]));
      transport.subscribe(() => opened.push(['third', asyncScheduler.now()]));
    });

    expect(opened).toEqual([['third', 0], ['second', 3]]);
  });

  it.each<readonly [string, MessagePattern]>([['GOODBYE', GOODBYE()], ['ABORT', ABORT()]])('cuts nothing behind %s', (_, last) => {
    const router = replay(recordingOf(...HANDSHAKE, ['out', CALL('com.x')], ['in', last], ['out', HELLO('realm1')]));
    const { say, lists } = dial(router);

    say(HELLO('realm1'));
    say(CALL('com.x'));

    expect(lists().map((list) => Array.isArray(list))).toEqual([true, true]);
    expect(router.open).toBe(1);
  });

  it('lets a client leave when it has done everything', () => {
    const router = replay(recordingOf(...HANDSHAKE, ['out', CALL('com.x')], ['in', RESULT()]));
    const { say, lists } = dial(router);

    say(HELLO('realm1'));
    say(CALL('com.x'));
    say(GOODBYE());

    router.verify();
    expect(lists().at(-1)).toEqual([6, {}, 'wamp.close.goodbye_and_out']);
  });

  it('lets no client leave before', () => {
    const router = replay(recordingOf(...HANDSHAKE, ['out', CALL('com.x')]));
    const { say } = dial(router);

    say(HELLO('realm1'));
    say(GOODBYE());

    expect(() => router.verify()).toThrow(/^expected CALL 1 com.x, got GOODBYE wamp.close.normal\n/);
  });

  it('is polite where nothing was recorded', () => {
    const router = replay(recordingOf());
    const { say } = dial(router);

    say(HELLO('realm1'));
    say(GOODBYE());

    router.verify();
  });

  it('refuses what is no recording, and options that are none', () => {
    expect(() => replay('[]')).toThrow(new SerializationError('recording must be an object, got "[]"'));
    expect(() => replay(recordingOf(), { pauses: 'some' } as unknown as ReplayOptions)).toThrow(new RangeError("pauses must be 'kept' or 'none', got \"some\""));
  });

  it('brings answers in the order and at the times they came, whatever they answer', () => {
    const log: unknown[] = [];
    const recording = recordingOf(...HANDSHAKE, ['out', CALL('com.x', [], { request: 1 })], ['out', CALL('com.y', [], { request: 2 }), 5], ['in', RESULT(['y'], { request: 2 }), 5], ['in', RESULT(['x'], { request: 1 }), 40]);

    inVirtualTime((at) => {
      const client = clientOf(replay(recording).transport);
      const enter = ({ args }: { readonly args: unknown }): void => { log.push([asyncScheduler.now(), args]); };
      client.call('com.x').subscribe(enter);
      at(5, () => { client.call('com.y').subscribe(enter); });
      at(100, () => { void client.close(); });
    });

    expect(log).toEqual([[10, ['y']], [50, ['x']]]);
  });
});
