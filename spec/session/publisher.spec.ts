import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { ApplicationError, InvalidUriError, NotJoinedError, SerializationError, TransportLostError } from '../../lib/errors.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';

describe('Session.publish', () => {
  it('sends nothing before it is subscribed to, and then one PUBLISH for each subscriber', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const publication = session.publish('com.x', [1]);
    expect(router.take()).toEqual([]);

    publication.subscribe();
    publication.subscribe();

    expect(router.take()).toEqual([[16, 1, {}, 'com.x', [1]], [16, 2, {}, 'com.x', [1]]]);
  });

  it('sends attributes beside its options', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    session.publish('com.x', [], { excludeMe: false, attributes: { _traceparent: '00-1-2-01' } }).subscribe();

    expect(router.take()).toEqual([[16, 1, { exclude_me: false, _traceparent: '00-1-2-01' }, 'com.x']]);
  });

  it('emits and completes when it is written', () => {
    const { session } = joined(new ScriptedRouter());

    expect(heard(session.publish('com.x')).log).toEqual([{ id: undefined }, 'complete']);
    expect(session.idle).toBe(true);
  });

  it('waits for the acknowledgement it asked for', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.publish('com.x', [], { acknowledge: true }));
    expect([log, session.idle, router.take()]).toEqual([[], false, [[16, 1, { acknowledge: true }, 'com.x']]]);

    router.send(17, 1, 4711);

    expect([log, session.idle]).toEqual([[{ id: 4711 }, 'complete'], true]);
  });

  it('errors where the router refuses', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.publish('com.x', [], { acknowledge: true }));

    router.send(8, 16, 1, { a: 1 }, 'wamp.error.not_authorized', ['no'], { code: 7 });

    expect(log).toEqual([expect.any(ApplicationError)]);
    expect(log).toEqual([expect.objectContaining({
      uri: 'wamp.error.not_authorized', args: ['no'], kwargs: { code: 7 }, details: { a: 1 }, effect: 'none', operation: { verb: 'publish', uri: 'com.x', request: 1 },
    })]);
    expect(session.idle).toBe(true);
  });

  it('sends the options under their names on the wire', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    session.publish('com.x', [], {
      acknowledge: false, excludeMe: false, discloseMe: true, exclude: [1], excludeAuthid: ['a'], excludeAuthrole: ['b'], eligible: [], eligibleAuthid: ['c'], eligibleAuthrole: ['d'],
    }).subscribe();

    expect(router.take()).toEqual([[16, 1, {
      acknowledge: false, exclude_me: false, disclose_me: true, exclude: [1], exclude_authid: ['a'], exclude_authrole: ['b'], eligible: [], eligible_authid: ['c'], eligible_authrole: ['d'],
    }, 'com.x']]);
  });

  it('leaves out what is not there: absent and empty parts of a payload', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    session.publish('com.x', { args: [], kwargs: {} }).subscribe();
    session.publish('com.x', { kwargs: { a: 1 } }).subscribe();
    session.publish('com.x', { args: [1], kwargs: {} }).subscribe();

    expect(router.take()).toEqual([[16, 1, {}, 'com.x'], [16, 2, {}, 'com.x', [], { a: 1 }], [16, 3, {}, 'com.x', [1]]]);
  });

  it('hands an event, a result and an application error on as they came', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const handOn = (payload: unknown) => session.publish('com.copy', payload as never).subscribe();
    session.topic('com.x').subscribe(handOn);
    session.call('com.y').subscribe({ error: handOn });
    router.send(33, 1, 70);
    router.take();

    router.send(36, 70, 1, {});
    router.send(36, 70, 2, {}, [1]);
    router.send(36, 70, 3, {}, [], { a: 1 });
    router.send(8, 48, 2, {}, 'com.no', ['why']);

    expect(router.take().map((list) => list.slice(3))).toEqual([['com.copy'], ['com.copy', [1]], ['com.copy', [], { a: 1 }], ['com.copy', ['why']]]);
  });

  it('waits no more when it is unsubscribed from, and sends nothing', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    const { log, subscription } = heard(session.publish('com.x', [], { acknowledge: true }));
    router.take();

    subscription.unsubscribe();
    expect([session.idle, router.take()]).toEqual([true, []]);
    router.send(17, 1, 4711);

    expect([log, ends]).toEqual([[], []]);
  });

  it('fails in the order of the publications when the session ends', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const order: unknown[] = [];
    for (const uri of ['com.a', 'com.b']) session.publish(uri, [], { acknowledge: true }).subscribe({ error: (error: unknown) => order.push(error) });

    router.cut();

    expect(order).toEqual([
      expect.objectContaining({ sent: true, effect: 'unknown', operation: { verb: 'publish', uri: 'com.a', request: 1 } }),
      expect.objectContaining({ operation: { verb: 'publish', uri: 'com.b', request: 2 } }),
    ]);
    expect(order[0]).toBeInstanceOf(TransportLostError);
  });

  it.each([false, true])('leaves no hole in the request ids where a payload cannot be written (acknowledge: %p)', (acknowledge) => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);

    const { log } = heard(session.publish('com.x', [() => 1], { acknowledge }));
    session.publish('com.x').subscribe();

    expect(log).toEqual([expect.any(SerializationError)]);
    expect([router.take(), session.idle, ends]).toEqual([[[16, 1, {}, 'com.x']], true, []]);
  });

  it('refuses to start on a session that has ended', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const publication = session.publish('com.x');
    router.cut();

    expect(heard(publication).log).toEqual([expect.any(NotJoinedError)]);
  });

  it.each<[string, string, unknown, new (...args: never) => Error]>([
    ['an empty URI', '', [], InvalidUriError],
    ['a pattern', 'com..x', [], InvalidUriError],
    ['a bare dictionary', 'com.x', { a: 1 }, TypeError],
    ['a stream', 'com.x', of([1]), TypeError],
  ])('refuses %s at the call', (_, uri, payload, kind) => {
    const { session } = joined(new ScriptedRouter());

    expect(() => session.publish(uri, payload as never)).toThrow(kind);
  });
});

describe('Session.subject', () => {
  it('publishes at once and subscribes as a topic does', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const subject = session.subject<[number]>('com.x', { excludeMe: false, match: 'exact' });
    expect(router.take()).toEqual([]);

    const { log } = heard(subject);
    router.send(33, 1, 70);
    subject.next([1]);
    router.send(36, 70, 9, {}, [1]);

    expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x'], [16, 2, { exclude_me: false }, 'com.x', [1]]]);
    expect(log).toEqual([expect.objectContaining({ publication: 9, args: [1] })]);
  });

  it('reports what fails, since nobody is there to hear it', () => {
    const router = new ScriptedRouter();
    const reports: unknown[] = [];
    const { session } = joined(router, { report: (error) => reports.push(error) });
    const subject = session.subject('com.x', { acknowledge: true });

    subject.next([1]);
    router.send(8, 16, 1, {}, 'wamp.error.not_authorized');
    subject.next([() => 1]);
    router.cut();
    subject.next([2]);

    expect(reports).toEqual([expect.any(ApplicationError), expect.any(SerializationError), expect.any(NotJoinedError)]);
  });

  it('can be the observer at the end of a pipe', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    of([1], [2]).subscribe((payload) => session.subject('com.x').next(payload));

    expect(router.take()).toEqual([[16, 1, {}, 'com.x', [1]], [16, 2, {}, 'com.x', [2]]]);
  });
});
