import { describe, expect, it } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { AbortError, ApplicationError, SerializationError, TransportLostError } from '../../lib/errors.ts';
import { createClient } from '../../lib/index.ts';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import type { Session } from '../../lib/session/session.ts';
import { join } from '../../lib/session/join.ts';
import {
  CALL, CANCEL, ERROR, EVENT, GOODBYE, HELLO, INTERRUPT, INVOCATION, PUBLISH, PUBLISHED, REGISTER, REGISTERED, RESULT, SUBSCRIBE, SUBSCRIBED,
  UNREGISTER, UNSUBSCRIBE, UNSUBSCRIBED, WELCOME, YIELD,
} from '../../lib/testing/builders.ts';
import { ScriptError } from '../../lib/testing/script-error.ts';
import { scriptedRouter, type ScriptedRouter, type ScriptedRouterOptions } from '../../lib/testing/scripted-router.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { heard } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

/** A session of the router's. */
function joined(router: ScriptedRouter): { readonly session: Session; readonly ends: unknown[]; leave(): void } {
  const { log, subscription } = heard(join(router.transport, { realm: 'realm1' }));
  const [session] = log;
  return { session: session as Session, ends: log, leave: () => subscription.unsubscribe() };
}

/** Everything a call, or whatever it is, does and when. */
function timed(source: Parameters<typeof heard>[0]): unknown[] {
  const log: unknown[] = [];
  source.subscribe({
    next: (value) => log.push([asyncScheduler.now(), (value as { readonly args: unknown }).args]),
    error: (error: unknown) => log.push([asyncScheduler.now(), error]),
    complete: () => log.push([asyncScheduler.now(), 'complete']),
  });
  return log;
}

/** What verify() says. */
function failureOf(router: ScriptedRouter): string {
  try {
    router.verify();
  } catch (error) {
    expect(error).toBeInstanceOf(ScriptError);
    return (error as Error).message;
  }
  return '';
}

const clientOf = (router: ScriptedRouter, options: Partial<ClientOptions> = {}): Client =>
  createClient({ transport: router.transport, realm: 'realm1', retry: { initialDelay: 100, jitter: 'none' }, ...options });

/** The end of a raw connection to the router, and what came over it. */
function dial(router: ScriptedRouter): { readonly connection: Connection; readonly frames: unknown[] } {
  const { log } = heard(router.transport);
  const connection = log[0] as Connection;
  return { connection, frames: heard(connection).log };
}

describe('scriptedRouter', () => {
  it('is polite where the script says nothing of the handshake', () => {
    const router = scriptedRouter({ welcome: { authid: 'joe' } });
    const { session, leave } = joined(router);

    leave();

    expect([session.details.id, session.details.authid, session.announces('dealer', 'call_timeout')]).toEqual([1001, 'joe', true]);
    expect(router.take()).toEqual([[1, 'realm1', expect.anything()], [6, {}, 'wamp.close.normal']]);
    expect(router.open).toBe(0);
    router.verify();
  });

  it('leaves the handshake to the script where that has it', () => {
    const router = scriptedRouter();
    router.expect(HELLO('realm1')).reply(WELCOME(7, { details: { authid: 'joe' } }));
    router.expect(GOODBYE('wamp.close.normal')).reply(GOODBYE('wamp.close.goodbye_and_out'));

    const { session, leave } = joined(router);
    leave();

    expect([session.details.id, session.details.authid, session.announces('broker', 'event_history')]).toEqual([7, 'joe', true]);
    expect(router.open).toBe(0);
    router.verify();
  });

  it('answers neither HELLO nor GOODBYE by itself where only the script does', () => {
    const router = scriptedRouter({ handshake: 'script' });

    const { ends } = joined(router);

    expect(ends).toEqual([expect.any(TransportLostError)]);
    expect(failureOf(router)).toMatch(/^expected nothing more, got HELLO realm1 /);
  });

  it('fails where the handshake of the script is another', () => {
    for (const [expected, said] of [[HELLO('realm2'), '[1,"realm1",{}]'], [GOODBYE('wamp.close.close_realm'), '[6,{},"wamp.close.normal"]']] as const) {
      const router = scriptedRouter();
      router.expect(expected);

      dial(router).connection.next(said);

      expect(failureOf(router)).toMatch(/^expected (HELLO realm2|GOODBYE wamp.close.close_realm), got (HELLO realm1|GOODBYE wamp.close.normal)\n/);
    }
  });

  it('fills in what answers leave out', () => {
    const router = scriptedRouter();
    router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED());
    router.expect(SUBSCRIBE('com.y')).reply(SUBSCRIBED(), EVENT(['y']));
    router.expect(PUBLISH('com.x')).reply(PUBLISHED());
    router.expect(REGISTER('com.p')).reply(REGISTERED(30));
    router.expect(REGISTER('com.q')).reply(REGISTERED(), INVOCATION(['q']), INTERRUPT());
    router.expect(CALL()).reply(RESULT());
    router.expect(UNSUBSCRIBE(1)).reply(UNSUBSCRIBED());
    router.expect(UNREGISTER(30)).reply(ERROR('com.no'));
    router.expect(CANCEL()).reply(ERROR('wamp.error.canceled'));

    const { connection, frames } = dial(router);
    for (const list of [[32, 1, {}, 'com.x'], [32, 2, {}, 'com.y'], [16, 3, {}, 'com.x'], [64, 4, {}, 'com.p'], [64, 5, {}, 'com.q'], [48, 6, {}, 'com.p'], [34, 7, 1], [66, 8, 30], [49, 6, {}]]) {
      connection.next(JSON.stringify(list));
    }

    expect(frames.map((frame) => JSON.parse(String(frame)) as unknown)).toEqual([
      [33, 1, 1], [33, 2, 2], [36, 2, 1, {}, ['y']], [17, 3, 2], [65, 4, 30], [65, 5, 31], [68, 1, 31, {}, ['q']], [69, 1, {}], [50, 6, {}],
      [35, 7], [8, 66, 8, {}, 'com.no'], [8, 48, 6, {}, 'wamp.error.canceled'],
    ]);
    router.verify();
  });

  it('answers at the times that are written', () => {
    const router = scriptedRouter();
    router.expect(CALL('com.import')).after(100).reply(RESULT([1], { details: { progress: true } })).after(50).reply(RESULT([2]));
    router.expect(CALL('com.add', [2, 3])).reply(RESULT([5]));
    router.expect(CALL('com.slow')).silence();
    let log: unknown[] = [];

    inVirtualTime((at) => {
      const { session } = joined(router);
      at(10, () => { log = timed(session.call('com.import', [], { progress: true })); });
      at(20, () => { log.push(...timed(session.call('com.add', [2, 3]))); });
      at(30, () => { log.push(...timed(session.call('com.slow'))); });
    });

    expect(log).toEqual([[20, [5]], [20, 'complete'], [110, [1]], [160, [2]], [160, 'complete']]);
    router.verify();
  });

  it('takes its time from the scheduler that it is given, and that of the link too', () => {
    let log: unknown[] = [];

    const end = inVirtualTime(() => {
      const router = scriptedRouter({ latency: 10, scheduler: asyncScheduler });
      router.expect(CALL()).after(5).reply(RESULT([1]));
      const client = clientOf(router);
      log = timed(client.call('com.x'));
    });

    expect(log).toEqual([[45, [1]], [45, 'complete']]);
    expect(end).toBeGreaterThan(45);
  });

  it('goes on with steps that are added when the message has come', () => {
    const router = scriptedRouter();
    const answer = router.expect(CALL());
    const { session } = joined(router);
    const { log } = heard(session.call('com.x', [], { progress: true }));

    answer.reply(RESULT([1], { details: { progress: true } }));
    answer.reply(RESULT([2]));

    expect(log).toEqual([expect.objectContaining({ args: [1] }), expect.objectContaining({ args: [2] }), 'complete']);
  });

  it('aborts, and cuts', () => {
    const router = scriptedRouter();
    router.expect(CALL('com.x')).abort('wamp.error.protocol_violation', { message: 'no' });
    router.expect(CALL('com.y')).cut();
    const first = joined(router);
    const second = joined(router);

    first.session.call('com.x').subscribe({ error: () => {} });
    second.session.call('com.y').subscribe({ error: () => {} });

    expect(first.ends[1]).toEqual(new AbortError('wamp.error.protocol_violation', { message: 'no' }));
    expect(second.ends[1]).toBeInstanceOf(TransportLostError);
    expect(router.open).toBe(0);
    router.verify();
  });

  it('refuses requests with ERROR', () => {
    const router = scriptedRouter();
    router.expect(SUBSCRIBE()).reply(ERROR('wamp.error.not_authorized'));
    router.expect(REGISTER()).reply(ERROR('wamp.error.procedure_already_exists', ['x'], { details: { a: 1 } }));
    const { session } = joined(router);

    const topic = heard(session.topic('com.x'));
    const registration = heard(session.register('com.p', () => 1));

    expect(topic.log).toEqual([new ApplicationError('wamp.error.not_authorized')]);
    expect(registration.log).toEqual([new ApplicationError('wamp.error.procedure_already_exists', { args: ['x'] })]);
    router.verify();
  });

  it('sends without being asked, to whoever dialled last', () => {
    const router = scriptedRouter();
    expect(() => router.send(EVENT())).toThrow(new ScriptError('router must be dialled before it can send, got no connection'));
    const old = dial(router);
    const { connection, frames } = dial(router);

    router.send(EVENT(['a'], { subscription: 7 }), ERROR());
    router.sendList(36, 'bad');
    router.raw('?');
    connection.complete();
    router.send(EVENT(['lost']));

    expect(frames).toEqual(['[36,7,1,{},["a"]]', '[8,48,1,{},"wamp.error.runtime_error"]', '[36,"bad"]', '?', 'complete']);
    expect(old.frames).toEqual([]);
    router.expect(CALL());
    expect(failureOf(router)).not.toContain('lost');
  });

  it('throws what cannot be sent at whoever sends it', () => {
    const router = scriptedRouter();
    dial(router);

    expect(() => router.send(EVENT([() => 1]))).toThrow(SerializationError);
    expect(() => router.sendList(36, NaN)).toThrow(SerializationError);
    router.verify();
  });

  it('goes on with the same script where a client comes back', () => {
    const router = scriptedRouter();
    router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED(), EVENT(['a'])).after(10).cut();
    router.expect(HELLO('realm1')).reply(WELCOME());
    router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED(), EVENT(['b']));
    let log: unknown[] = [];

    inVirtualTime((at) => {
      const client = clientOf(router);
      log = timed(client.topic('com.x'));
      at(200, () => { void client.close(); });
    });

    expect(log.slice(0, 2)).toEqual([[0, ['a']], [110, ['b']]]);
    expect(failureOf(router)).toBe('');
  });

  it('sends nothing more over a connection that is gone', () => {
    const router = scriptedRouter();
    router.expect(CALL()).after(10).reply(RESULT());
    router.expect(CALL('com.y')).cut().reply(RESULT(['lost']));
    router.expect(CALL('com.z'));
    let end = 0;

    end = inVirtualTime((at) => {
      const { session } = joined(router);
      session.call('com.x').subscribe({ error: () => {} });
      at(5, () => router.cut());
      at(6, () => { joined(router).session.call('com.y').subscribe({ error: () => {} }); });
    });

    expect(end).toBe(6);
    expect(router.open).toBe(0);
    expect(failureOf(router)).not.toContain('lost');
  });

  it('closes in order, without a word', () => {
    const router = scriptedRouter();
    const { frames } = dial(router);

    router.close();

    expect([frames, router.open]).toEqual([['complete'], 0]);
  });
});

describe('verify', () => {
  it('throws with both sides where a message came that was not expected next', () => {
    const router = scriptedRouter({ welcome: { roles: { broker: {} } } });
    router.expect(CALL('com.add', [2, 3])).reply(RESULT([5]));
    router.expect(CALL('com.sub', [2, 3]));
    const { session, ends } = joined(router);

    session.call('com.add', [2, 3]).subscribe();
    session.call('com.sub', [2, 4]).subscribe({ error: () => {} });

    expect(ends[1]).toBeInstanceOf(TransportLostError);
    expect(failureOf(router).replace(/,"authmethods".*/, '}')).toBe([
      'expected CALL com.sub [2,3], got CALL 2 com.sub [2,4]',
      'conversation:',
      '  client  HELLO realm1 {"roles":{"publisher":…,"subscriber":…,"caller":…,"callee":…}}',
      '  router  WELCOME session=1001 {"roles":{"broker":…}}',
      '  client  CALL 1 com.add [2,3]',
      '  router  RESULT 1 [5]',
      '  client  CALL 2 com.sub [2,4]',
    ].join('\n'));
  });

  it('shows the last ten messages, and no signatures', () => {
    const router = scriptedRouter({ unexpected: 'fail' });
    for (let time = 0; time < 11; time++) router.expect(CALL()).silence();
    const { connection } = dial(router);

    for (let time = 1; time < 12; time++) connection.next(`[48,${time},{},"com.x"]`);
    connection.next('[5,"secret",{}]');

    expect(failureOf(router)).toBe([
      'expected nothing more, got AUTHENTICATE ***',
      'conversation, the last 10 of 12 messages:',
      ...[3, 4, 5, 6, 7, 8, 9, 10, 11].map((time) => `  client  CALL ${time} com.x`),
      '  client  AUTHENTICATE ***',
    ].join('\n'));
  });

  it('lists what did not come', () => {
    const router = scriptedRouter();
    expect(failureOf(router)).toBe('');
    router.expect(CALL('com.add', [2, 3]));
    router.expect(SUBSCRIBE('com.x'));

    expect(failureOf(router)).toBe('expected 2 more from the client, got none of them:\n  CALL com.add [2,3]\n  SUBSCRIBE com.x\nnothing was said before');
  });

  it('keeps the first failure, and ends clients that dial again', () => {
    const router = scriptedRouter();
    const states: unknown[] = [];

    inVirtualTime(() => {
      const client = clientOf(router);
      client.state$.subscribe((state) => states.push(state));
      client.topic('com.x').subscribe({ error: () => {} });
    });

    expect(states.at(-1)).toEqual({ kind: 'closed', cause: expect.any(ScriptError) });
    expect(failureOf(router)).toMatch(/^expected nothing more, got SUBSCRIBE 1 com.x .*\n/);
  });

  it('drops all connections at the first failure, and hears no more', () => {
    const router = scriptedRouter();
    const first = dial(router);
    const second = dial(router);

    first.connection.next('[48,1,{},"com.x"]');
    second.connection.next('[48,1,{},"com.y"]');

    expect([first.frames, second.frames, router.open]).toEqual([[expect.any(TransportLostError)], [expect.any(TransportLostError)], 0]);
    expect(failureOf(router)).toMatch(/got CALL 1 com.x\n/);
  });

  it.each([
    ['?', '"?"'], ['{}', '"{}"'], ['[99]', '"[99]"'], ['[48,0,{},"com.x"]', '"[48,0,{},\\"com.x\\"]"'], ['[48', '"[48"'],
  ])('throws where a frame cannot be read, which is answered with ABORT: %s', (frame, shown) => {
    const router = scriptedRouter({ unexpected: 'keep' });
    const { connection, frames } = dial(router);

    connection.next(frame);

    expect(frames).toEqual(['[3,{},"wamp.error.protocol_violation"]', 'complete']);
    expect(failureOf(router)).toBe(`frame must be a WAMP message, got ${shown}\nconversation:\n  client  ${shown}`);
  });

  it('answers a frame that cannot be read also where frames are under way', () => {
    let frames: unknown[] = [];
    let router: ScriptedRouter | undefined;

    inVirtualTime(() => {
      router = scriptedRouter({ latency: 10 });
      const dialled = dial(router);
      frames = dialled.frames;
      dialled.connection.next('?');
      dialled.connection.next('[48,1,{},"com.x"]');
    });

    expect(() => router?.verify()).toThrow(/^frame must be a WAMP message, got "\?"\n/);
    expect(frames).toEqual(['[3,{},"wamp.error.protocol_violation"]', 'complete']);
  });

  it('throws where an answer cannot be sent, now or later', () => {
    for (const ms of [undefined, 10]) {
      const router = scriptedRouter();
      const answer = router.expect(CALL());
      if (ms !== undefined) answer.after(ms);
      answer.reply(RESULT([NaN]));

      inVirtualTime(() => { dial(router).connection.next('[48,1,{},"com.x"]'); });

      expect(failureOf(router)).toMatch(/^CALL 1 com.x must be answered as it is written, got number must be finite to be written as JSON, got NaN\n/);
    }
  });

  it('throws where a matcher throws', () => {
    const router = scriptedRouter();
    router.expect(YIELD([{ asymmetricMatch: () => { throw new Error('boom'); } }]));

    dial(router).connection.next('[70,1,{},[1]]');

    expect(failureOf(router)).toMatch(/^YIELD 1 \[1\] must be answered as it is written, got boom\n/);
  });
});

describe("scriptedRouter({ unexpected: 'keep' })", () => {
  it('keeps whatever comes until it is taken, and answers what is expected', () => {
    const router = scriptedRouter({ unexpected: 'keep' });
    router.expect(CALL('com.y')).reply(RESULT());
    const { connection, frames } = dial(router);

    connection.next('[48,1,{},"com.x"]');
    connection.next('[48,2,{},"com.y",["\\u0000AQ=="]]');

    expect(frames).toEqual(['[50,2,{}]']);
    expect(router.take()).toEqual([[48, 1, {}, 'com.x'], [48, 2, {}, 'com.y', [new Uint8Array([1])]]]);
    expect([router.received, router.take()]).toEqual([[], []]);
    router.verify();
  });

  it('keeps no more than it is told to', () => {
    const router = scriptedRouter({ unexpected: 'keep', keep: 2 });
    const { connection } = dial(router);

    for (let time = 1; time < 5; time++) connection.next(`[48,${time},{},"com.x"]`);

    expect(router.received).toEqual([[48, 3, {}, 'com.x'], [48, 4, {}, 'com.x']]);
  });
});

describe('options', () => {
  it.each<readonly [object, string]>([
    [{ unexpected: 'open' }, "unexpected must be 'fail' or 'keep', got \"open\""],
    [{ handshake: true }, "handshake must be 'polite' or 'script', got true"],
    [{ latency: -1 }, 'latency must be a number of milliseconds from 0 to 2147483647, got -1'],
    [{ keep: 0.5 }, 'keep must be a whole number from 0 up, got 0.5'],
  ])('are looked at: %j', (options, message) => {
    expect(() => scriptedRouter(options as ScriptedRouterOptions)).toThrow(new RangeError(message));
  });

  it('and so is after()', () => {
    expect(() => scriptedRouter().expect(CALL()).after(NaN)).toThrow(RangeError);
  });
});
